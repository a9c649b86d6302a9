namespace Assay;

/// <summary>A message that nobody has begun to deliver.</summary>
public sealed record UnsentMessage(Guid Id, Guid OrganizationId);

/// <summary>Messages of every organization, for background work.</summary>
public sealed class WebhookBacklog(JobDatabase database)
{
    /// <summary>Oldest first.</summary>
    public Task<IReadOnlyList<UnsentMessage>> ListUnsentAsync(int limit, CancellationToken cancellation) =>
        database.ListAsync<UnsentMessage>(
            """
            select id, organization_id from ops.webhook_delivery
            where status = 'pending' and started_at is null
            order by created_at
            limit @limit
            """,
            new { limit }, cancellation);

    /// <summary>After deliveries were started: a process that dies before this starts them twice, not never.</summary>
    public Task StartedAsync(IReadOnlyCollection<Guid> ids, CancellationToken cancellation) =>
        database.ExecuteAsync(
            "update ops.webhook_delivery set started_at = now() where id = any(@ids)", new { ids = ids.ToArray() },
            cancellation);

    /// <summary>Forgets messages that ended before a time. Returns how many.</summary>
    public Task<int> PruneAsync(DateTimeOffset before, CancellationToken cancellation) =>
        database.ExecuteAsync(
            "delete from ops.webhook_delivery where finished_at < @before", new { before }, cancellation);
}
