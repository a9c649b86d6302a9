namespace Assay;

/// <summary>A request that nobody waits for yet.</summary>
public sealed record WaitingRequest(
    Guid OrganizationId, Guid Id, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt);

/// <summary>Requests to move labels, across organizations.</summary>
public sealed class LabelBacklog(JobDatabase database)
{
    public Task<IReadOnlyList<WaitingRequest>> ListNotStartedAsync(int limit, CancellationToken cancellation) =>
        database.ListAsync<WaitingRequest>(
            """
            select organization_id, id, created_at, expires_at from core.label_request
            where started_at is null and status = 'pending'
            order by created_at
            limit @limit
            """,
            new { limit }, cancellation);

    public Task StartedAsync(Guid[] ids, CancellationToken cancellation) => database.ExecuteAsync(
        "update core.label_request set started_at = now() where id = any (@ids)", new { ids }, cancellation);

    /// <summary>Safe to repeat: asks once more for a decision, by an event that webhooks tell of.</summary>
    public Task EscalateAsync(Guid id, CancellationToken cancellation) => database.ExecuteAsync(
        """
        update core.label_request set escalated_at = now(), updated_at = now()
        where id = @id and status = 'pending' and escalated_at is null
        """,
        new { id }, cancellation);

    /// <summary>Safe to repeat: gives up waiting.</summary>
    public Task ExpireAsync(Guid id, CancellationToken cancellation) => database.ExecuteAsync(
        "update core.label_request set status = 'expired', updated_at = now() where id = @id and status = 'pending'",
        new { id }, cancellation);
}
