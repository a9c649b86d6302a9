using Azure.Storage.Blobs;

namespace Assay;

/// <summary>Whether the app can serve, part by part. A part that is well has no problem.</summary>
public sealed record Readiness(
    DatabaseReadiness Database, MigrationReadiness? Migrations, PartReadiness Blobs, WorkReadiness? Work,
    InboxReadiness? Inbox)
{
    public bool Ready => Database.Problem is null && Migrations is { Pending: 0 } && Blobs.Problem is null;
}

public sealed record DatabaseReadiness(string? Postgres, string? Pgvector, string? Problem);

public sealed record MigrationReadiness(int Applied, int Pending);

public sealed record PartReadiness(string? Problem);

/// <summary>Runs of all organizations that have not ended, and for how many seconds the oldest has existed.</summary>
public sealed record WorkReadiness(int Queued, int Running, double OldestSeconds);

/// <param name="Poison">
/// Files that could not be received, as one in a folder of no organization cannot. The queue
/// <c>webjobs-blobtrigger-poison</c> names them, and they are tried again three times a minute.
/// </param>
public sealed record InboxReadiness(int Poison);

/// <summary>Asks Postgres and blob storage, each for a few seconds at most.</summary>
public sealed class ReadinessProbe(
    JobDatabase database, DatabasePools pools, BlobServiceClient blobs, PoisonFiles poison)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public async Task<Readiness> CheckAsync(CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);

        var blobReadiness = CheckBlobsAsync(limit.Token);
        var inboxReadiness = CheckInboxAsync(limit.Token);
        try
        {
            var row = await database.FindAsync<Row>(
                """
                select current_setting('server_version') as postgres,
                    (select extversion from pg_extension where extname = 'vector') as pgvector,
                    (select count(*)::int from ops.migration) as applied,
                    count(*) filter (where status = 'queued')::int as queued,
                    count(*) filter (where status = 'running')::int as running,
                    coalesce(extract(epoch from now() - min(created_at)), 0)::float8 as oldest_seconds
                from ops.workflow_run
                where status in ('queued', 'running')
                """,
                null, limit.Token);
            await CheckScopeAsync(limit.Token);
            return new Readiness(
                new DatabaseReadiness(row!.Postgres, row.Pgvector, null),
                new MigrationReadiness(row.Applied, MigrationFile.Embedded.Count - row.Applied),
                await blobReadiness,
                new WorkReadiness(row.Queued, row.Running, row.OldestSeconds),
                await inboxReadiness);
        }
        catch (Exception e) when (
            e is DatabaseUnavailableException or OperationCanceledException or Npgsql.PostgresException)
        {
            var problem = e is Npgsql.PostgresException { MessageText: var message }
                ? message
                : "Postgres does not answer.";
            return new Readiness(new DatabaseReadiness(null, null, problem), null, await blobReadiness, null,
                await inboxReadiness);
        }
    }

    // The app may reach Postgres and yet have a key that proves nothing there.
    private Task CheckScopeAsync(CancellationToken cancellation)
    {
        var scope = new OrganizationScope();
        scope.Enter(Guid.CreateVersion7());
        return new Database(pools, scope).ExecuteAsync("select 1", null, cancellation);
    }

    private async Task<PartReadiness> CheckBlobsAsync(CancellationToken cancellation)
    {
        try
        {
            await blobs.GetPropertiesAsync(cancellation);
            return new PartReadiness(Problem: null);
        }
        catch (Exception e) when (e is Azure.RequestFailedException or AggregateException or OperationCanceledException)
        {
            return new PartReadiness("Blob storage does not answer.");
        }
    }

    private async Task<InboxReadiness?> CheckInboxAsync(CancellationToken cancellation)
    {
        try
        {
            return new InboxReadiness(await poison.CountAsync(cancellation));
        }
        catch (Exception e) when (e is Azure.RequestFailedException or AggregateException or OperationCanceledException)
        {
            return null;
        }
    }

    private sealed record Row(
        string Postgres, string? Pgvector, int Applied, int Queued, int Running, double OldestSeconds);
}
