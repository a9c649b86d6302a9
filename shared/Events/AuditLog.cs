using System.Text.Json.Nodes;

namespace Assay;

/// <summary>Something that was done to an entity, by whom.</summary>
/// <param name="EntityType">A table, such as <c>document</c>.</param>
/// <param name="Action">created, updated, deleted, or what became of it, such as completed or revoked.</param>
/// <param name="ActorType">user, api_key, system, or share for whoever came by a link.</param>
/// <param name="Before">
/// What <paramref name="After"/> changed, as it was; <c>(private)</c> stands for what is private to others.
/// </param>
/// <param name="After">What was changed, as it became.</param>
/// <param name="RequestId">The trace of the request that did it.</param>
public sealed record AuditEntry(
    Guid Id, string EntityType, Guid EntityId, string Action, string ActorType, Guid? ActorId, JsonObject? Before,
    JsonObject? After, string? RequestId, string? Address, DateTimeOffset CreatedAt);

/// <summary>What <see cref="AuditLog.ListAsync"/> leaves out; null takes all.</summary>
/// <param name="Installation">Events of no organization instead of the organization's.</param>
public sealed record AuditFilter(
    string? EntityType, Guid? EntityId, string? Action, Guid? ActorId, string? RequestId, DateTimeOffset? From,
    DateTimeOffset? To, bool Installation);

/// <summary>
/// The organization's events, as administrators read them; and those of what all organizations share, which the
/// database shows to administrators of the installation. What is private to others is told without what it says.
/// </summary>
public sealed class AuditLog(Database database, OrganizationScope scope)
{
    // People's own events are of no organization either, and nobody else's business.
    private static string Those(bool installation) => installation
        ? "organization_id is null and user_id is null"
        : "organization_id = @Organization";

    private static readonly string[] columns =
    [
        "id", "entity_type", "entity_id", "action", "actor_type", "actor_id", "before", "after", "request_id",
        "address", "created_at",
    ];

    /// <summary>Newest first, a <see cref="Portion{T}"/> where there is no room for all.</summary>
    public async Task<IReadOnlyList<AuditEntry>> ListAsync(
        AuditFilter filter, (DateTimeOffset At, Guid Id)? after, int limit, CancellationToken cancellation) =>
        Portion.Of(await database.ListAsync<AuditEntry>(
            Portion.Sql(columns, ["entity_type", "before", "after"], $"""
            select id, entity_type, entity_id, action, actor_type, actor_id,
                ops.event_state(entity_type, entity_id, before_state) as before,
                ops.event_state(entity_type, entity_id, after_state) as after, request_id, host(address) as address,
                created_at
            from ops.event
            where {Those(filter.Installation)}
                and (@EntityType::text is null or entity_type = @EntityType)
                and (@EntityId::uuid is null or entity_id = @EntityId)
                and (@Action::text is null or action = @Action)
                and (@ActorId::uuid is null or actor_id = @ActorId)
                and (@RequestId::text is null or request_id = @RequestId)
                and (@From::timestamptz is null or created_at >= @From)
                and (@To::timestamptz is null or created_at < @To)
                and (@at::timestamptz is null or (created_at, id) < (@at, @id))
            order by created_at desc, id desc
            limit @limit
            """, "created_at desc, id desc"),
            new
            {
                Organization = scope.Id,
                room = Portion.BytesMax,
                filter.EntityType,
                filter.EntityId,
                filter.Action,
                filter.ActorId,
                filter.RequestId,
                filter.From,
                filter.To,
                at = after?.At,
                id = after?.Id,
                limit,
            },
            cancellation), entry => entry.EntityType is null);

    /// <summary>
    /// An entity as its events say it was at a time: the last value of each column until then. Null when it was not
    /// there, or nothing is known of it.
    /// </summary>
    public Task<JsonObject?> FindStateAsync(
        Guid entityId, DateTimeOffset at, bool installation, CancellationToken cancellation) =>
        database.FindAsync<JsonObject?>(
            $"""
            with told as (
                select sequence, ops.event_state(entity_type, entity_id, after_state) as after_state from ops.event
                where {Those(installation)} and entity_id = @entityId and created_at <= @at
            ), last as (
                select distinct on (state.key) state.key, state.value
                from told, jsonb_each(told.after_state) state
                order by state.key, told.sequence desc
            )
            select jsonb_object_agg(key, value) from last
            having (select after_state is not null from told order by sequence desc limit 1)
            """,
            new { Organization = scope.Id, entityId, at }, cancellation);
}
