using DurableTask.Core.Tracing;

namespace DurableTask.Core.History;

/// <summary>A failed instance was brought back to life.</summary>
public class ExecutionRewoundEvent : HistoryEvent, ISupportsDurableTraceContext
{
    public ExecutionRewoundEvent(int eventId)
        : base(eventId)
    {
    }

    public ExecutionRewoundEvent(int eventId, string? reason)
        : base(eventId) =>
        Reason = reason;

    public override EventType EventType => EventType.ExecutionRewound;

    public string? Reason { get; set; }

    public string? ParentExecutionId { get; set; }

    public string? InstanceId { get; set; }

    public DistributedTraceContext? ParentTraceContext { get; set; }
}
