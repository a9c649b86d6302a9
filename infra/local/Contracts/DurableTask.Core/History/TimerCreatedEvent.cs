// The real type says nothing about null.
#nullable disable

namespace DurableTask.Core.History;

public class TimerCreatedEvent : HistoryEvent
{
    public TimerCreatedEvent(int eventId, DateTime fireAt)
        : base(eventId) =>
        FireAt = fireAt;

    public TimerCreatedEvent(int eventId)
        : base(eventId)
    {
    }

    public override EventType EventType => EventType.TimerCreated;

    public DateTime FireAt { get; set; }
}
