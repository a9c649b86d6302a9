using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using Microsoft.DurableTask.Entities;

namespace Microsoft.DurableTask.Client.Entities;

[JsonConverter(typeof(EntityMetadataConverter))]
public class EntityMetadata<TState>
{
    private readonly TState? state;

    public EntityMetadata(EntityInstanceId id)
    {
        if (id == default)
            throw new ArgumentException("An entity needs an id.", nameof(id));

        Id = id;
    }

    public EntityMetadata(EntityInstanceId id, TState? state)
        : this(id) =>
        this.state = state;

    public EntityInstanceId Id { get; }

    public DateTimeOffset LastModifiedTime { get; init; }

    public int BacklogQueueSize { get; init; }

    /// <summary>Id of the orchestration that holds the entity's lock.</summary>
    public string? LockedBy { get; init; }

    [MemberNotNullWhen(true, nameof(State), nameof(state))]
    public bool IncludesState => state is not null;

    /// <exception cref="InvalidOperationException">The state was not asked for.</exception>
    public TState State => IncludesState
        ? state
        : throw new InvalidOperationException($"Cannot retrieve state when {nameof(IncludesState)}=false");
}

[JsonConverter(typeof(EntityMetadataConverter))]
public sealed class EntityMetadata : EntityMetadata<SerializedData>
{
    public EntityMetadata(EntityInstanceId id, SerializedData? state = null)
        : base(id, state)
    {
    }
}
