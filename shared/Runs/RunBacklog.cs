namespace Assay;

public sealed record UnfinishedRun(Guid Id, Guid OrganizationId, string Kind, DateTimeOffset UpdatedAt);

/// <summary>Runs of all organizations that have not ended.</summary>
public sealed class RunBacklog(JobDatabase database)
{
    /// <summary>Runs that have been queued for at least <paramref name="age"/>, oldest first.</summary>
    public Task<IReadOnlyList<UnfinishedRun>> ListQueuedAsync(TimeSpan age, int take, CancellationToken cancellation) =>
        database.ListAsync<UnfinishedRun>(
            """
            select id, organization_id, kind, updated_at
            from ops.workflow_run
            where status = 'queued' and updated_at < now() - @age
            order by created_at
            limit @take
            """,
            new { age, take }, cancellation);

    /// <summary>
    /// Runs that began, or began again, at least <paramref name="age"/> ago and run still, oldest first.
    /// </summary>
    public Task<IReadOnlyList<UnfinishedRun>> ListRunningAsync(
        TimeSpan age, int take, CancellationToken cancellation) =>
        database.ListAsync<UnfinishedRun>(
            """
            select id, organization_id, kind, updated_at
            from ops.workflow_run
            where status = 'running' and updated_at < now() - @age
            order by created_at
            limit @take
            """,
            new { age, take }, cancellation);
}
