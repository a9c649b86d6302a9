// The real type says nothing about null.
#nullable disable

namespace DurableTask.Core.History;

public class ExecutionResumedEvent : HistoryEvent
{
    public ExecutionResumedEvent(int eventId, string reason)
        : base(eventId) =>
        Reason = reason;

    public override EventType EventType => EventType.ExecutionResumed;

    public string Reason { get; set; }
}
