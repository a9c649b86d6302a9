namespace Assay;

public sealed record QueuedRun(Guid Id, Guid OrganizationId, string Kind);

/// <summary>Runs of all organizations that wait to start.</summary>
public sealed class RunBacklog(JobDatabase database)
{
    /// <summary>Runs that have been queued for at least <paramref name="age"/>, oldest first.</summary>
    public Task<IReadOnlyList<QueuedRun>> ListQueuedAsync(TimeSpan age, int take, CancellationToken cancellation) =>
        database.ListAsync<QueuedRun>(
            """
            select id, organization_id, kind
            from ops.workflow_run
            where status = 'queued' and updated_at < now() - @age
            order by created_at
            limit @take
            """,
            new { age, take }, cancellation);
}
