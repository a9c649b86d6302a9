// The real type says nothing about null.
#nullable disable

namespace DurableTask.Core.History;

public class TimerFiredEvent : HistoryEvent
{
    public TimerFiredEvent(int eventId, DateTime fireAt)
        : base(eventId) =>
        FireAt = fireAt;

    public TimerFiredEvent(int eventId)
        : base(eventId)
    {
    }

    public override EventType EventType => EventType.TimerFired;

    /// <summary>The event id of the timer's creation.</summary>
    public int TimerId { get; set; }

    public DateTime FireAt { get; set; }
}
