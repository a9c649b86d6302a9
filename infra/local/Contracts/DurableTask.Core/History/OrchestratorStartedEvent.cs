// The real type says nothing about null.
#nullable disable

namespace DurableTask.Core.History;

/// <summary>The code goes on; its clock shows this event's time.</summary>
public class OrchestratorStartedEvent : HistoryEvent
{
    public OrchestratorStartedEvent(int eventId)
        : base(eventId)
    {
    }

    public override EventType EventType => EventType.OrchestratorStarted;
}
