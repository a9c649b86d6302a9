using DurableTask.Core.Tracing;

// The real type says nothing about null.
#nullable disable

namespace DurableTask.Core;

public interface ISupportsDurableTraceContext
{
    DistributedTraceContext ParentTraceContext { get; set; }
}
