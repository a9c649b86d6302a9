using System.Text.Json;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>
/// The append-only log of what changed. An entry commits with the change it tells of.
/// </summary>
public sealed class EventLog(OrganizationScope organization)
{
    /// <param name="entityType">A table's name, such as <c>document</c>.</param>
    /// <param name="action">A past participle: <c>created</c>, <c>completed</c>, <c>failed</c>, <c>deleted</c>.</param>
    public Task AppendAsync(
        DatabaseTransaction transaction,
        string entityType,
        Guid entityId,
        string action,
        JsonObject? before,
        JsonObject? after,
        CancellationToken cancellation) =>
        transaction.ExecuteAsync(
            """
            insert into ops.event (id, organization_id, entity_type, entity_id, action, actor_type, actor_id,
                before_state, after_state, request_id, address)
            values (@Id, @Organization, @entityType, @entityId, @action, @ActorType, @ActorId,
                @before, @after, @RequestId, @Address::inet)
            """,
            new
            {
                Id = Guid.CreateVersion7(),
                Organization = organization.Id,
                entityType,
                entityId,
                action,
                ActorType = JsonNamingPolicy.SnakeCaseLower.ConvertName($"{organization.Actor.Kind}"),
                ActorId = organization.Actor.Id,
                before,
                after,
                organization.Actor.RequestId,
                Address = organization.Actor.Address?.ToString(),
            },
            cancellation);
}
