// The real type says nothing about null.
#nullable disable

namespace DurableTask.Core.History;

public class ExecutionTerminatedEvent : HistoryEvent
{
    public ExecutionTerminatedEvent(int eventId, string input)
        : base(eventId) =>
        Input = input;

    public override EventType EventType => EventType.ExecutionTerminated;

    /// <summary>The output that the instance was given.</summary>
    public string Input { get; set; }
}
