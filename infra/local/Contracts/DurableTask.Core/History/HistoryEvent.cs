using System.Runtime.Serialization;

namespace DurableTask.Core.History;

/// <summary>Something that an instance did or that happened to it.</summary>
public abstract class HistoryEvent : IExtensibleDataObject
{
    protected HistoryEvent(int eventId) => EventId = eventId;

    /// <summary>Of a step that the orchestrator asked for, which what comes of it refers to; else -1.</summary>
    public int EventId { get; }

    public bool IsPlayed { get; set; }

    /// <summary>UTC.</summary>
    public DateTime Timestamp { get; set; } = DateTime.UtcNow;

    public virtual EventType EventType { get; }

    public ExtensionDataObject? ExtensionData { get; set; }

    public static IEnumerable<Type> KnownTypes() => typeof(HistoryEvent).Assembly.GetTypes()
        .Where(type => !type.IsAbstract && typeof(HistoryEvent).IsAssignableFrom(type));
}
