// The real type says nothing about null.
#nullable disable

namespace DurableTask.Core.History;

/// <summary>The code waits, or has ended.</summary>
public class OrchestratorCompletedEvent : HistoryEvent
{
    public OrchestratorCompletedEvent(int eventId)
        : base(eventId)
    {
    }

    public override EventType EventType => EventType.OrchestratorCompleted;
}
