namespace Assay;

public sealed record UnfinishedRun(Guid Id, Guid OrganizationId, string Kind, DateTimeOffset UpdatedAt);

/// <summary>Where runs wait.</summary>
public sealed record WaitingRuns(Guid OrganizationId, string Kind);

/// <summary>Runs of all organizations that have not ended.</summary>
public sealed class RunBacklog(JobDatabase database)
{
    /// <summary>The organizations and kinds of which runs have waited for <paramref name="age"/>.</summary>
    public Task<IReadOnlyList<WaitingRuns>> ListWaitingAsync(
        TimeSpan age, int take, CancellationToken cancellation) =>
        database.ListAsync<WaitingRuns>(
            """
            select organization_id, kind
            from ops.workflow_run
            where status = 'queued' and admitted_at is null
            group by organization_id, kind
            having min(updated_at) < now() - @age
            order by min(updated_at)
            limit @take
            """,
            new { age, take }, cancellation);

    /// <summary>
    /// Runs that were admitted at least <paramref name="age"/> ago and have not begun, oldest first.
    /// </summary>
    public Task<IReadOnlyList<UnfinishedRun>> ListQueuedAsync(TimeSpan age, int take, CancellationToken cancellation) =>
        database.ListAsync<UnfinishedRun>(
            """
            select id, organization_id, kind, updated_at
            from ops.workflow_run
            where status = 'queued' and admitted_at is not null and updated_at < now() - @age
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
