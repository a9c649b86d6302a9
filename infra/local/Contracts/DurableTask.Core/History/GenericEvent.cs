// The real type says nothing about null.
#nullable disable

namespace DurableTask.Core.History;

/// <summary>Holds a place in the history and means nothing to the orchestrator.</summary>
public class GenericEvent : HistoryEvent
{
    public GenericEvent(int eventId, string data)
        : base(eventId) =>
        Data = data;

    public override EventType EventType => EventType.GenericEvent;

    public string Data;
}
