using DurableTask.Core.Tracing;

// The real type says nothing about null.
#nullable disable

namespace DurableTask.Core.History;

public class ExecutionStartedEvent : HistoryEvent, ISupportsDurableTraceContext
{
    public ExecutionStartedEvent(int eventId, string input)
        : base(eventId) =>
        Input = input;

    public override EventType EventType => EventType.ExecutionStarted;

    public OrchestrationInstance OrchestrationInstance;

    public ParentInstance ParentInstance { get; set; }

    public string Name { get; set; }

    public string Version { get; set; }

    public string Input { get; set; }

    public IDictionary<string, string> Tags { get; set; }

    public string Correlation { get; set; }

    public DistributedTraceContext ParentTraceContext { get; set; }

    public DateTime? ScheduledStartTime { get; set; }

    public int? Generation { get; set; }

    public bool GenerateNewTrace { get; set; }
}
