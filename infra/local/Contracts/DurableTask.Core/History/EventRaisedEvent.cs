using DurableTask.Core.Tracing;

// The real type says nothing about null.
#nullable disable

namespace DurableTask.Core.History;

/// <summary>An event came from outside.</summary>
public class EventRaisedEvent : HistoryEvent, ISupportsDurableTraceContext
{
    public EventRaisedEvent(int eventId, string input)
        : base(eventId) =>
        Input = input;

    public override EventType EventType => EventType.EventRaised;

    public string Name { get; set; }

    public string Input { get; set; }

    public DistributedTraceContext ParentTraceContext { get; set; }
}
