using System.Text.Json;

namespace Assay;

/// <summary>
/// Imports, and what they bring. Everything is written by functions of the database, which check it: the app itself may
/// write no history.
/// </summary>
public sealed class ImportStore(Database database, RunStore runs, OrganizationScope scope)
{
    public const string RunKind = "import";

    /// <summary>Records an import and its run.</summary>
    public Task CreateAsync(
        Guid id, ImportPolicy policy, bool dryRun, long bytes, CancellationToken cancellation) =>
        database.InTransactionAsync(
            async transaction =>
            {
                await transaction.ExecuteAsync(
                    """
                    insert into core.import (id, organization_id, actor_type, user_id, api_key_id, policy, dry_run,
                        bytes)
                    values (@id, @Organization, @actorType, @UserId, @apiKey, @policy, @dryRun, @bytes)
                    """,
                    new
                    {
                        id,
                        Organization = scope.Id,
                        actorType = scope.Actor.Kind switch
                        {
                            ActorKind.ApiKey => "api_key",
                            ActorKind.User => "user",
                            _ => "system",
                        },
                        scope.Actor.UserId,
                        apiKey = scope.Actor.Kind == ActorKind.ApiKey ? scope.Actor.Id : null,
                        policy = JsonNamingPolicy.CamelCase.ConvertName($"{policy}"),
                        dryRun,
                        bytes,
                    },
                    cancellation);
                await runs.CreateAsync(
                    transaction, new NewRun(id, RunKind, RunKind, id, BundleKind.All), cancellation);
            },
            cancellation);

    public Task<Import?> FindAsync(Guid id, CancellationToken cancellation) => database.FindAsync<Import>(
        $"select {Import.Columns} from core.import where id = @id", new { id }, cancellation);

    /// <summary>
    /// Stores what a batch brings and moves the import on, in one transaction. Returns how far it is then; null when
    /// somebody else took the batch.
    /// </summary>
    /// <param name="movesProtected">Whether whoever imports may move protected labels.</param>
    public async Task<Import?> TryApplyAsync(
        Import import, ImportBatch batch, bool movesProtected, CancellationToken cancellation)
    {
        try
        {
            return await database.InTransactionAsync(
                async transaction =>
                {
                    var after = import.After(
                        batch, await BringAsync(transaction, import.Policy, batch, movesProtected, cancellation));
                    return await TryAdvanceAsync(transaction, import, after, cancellation)
                        ? after
                        : throw new UndoneException();
                },
                cancellation);
        }
        catch (UndoneException)
        {
            return null;
        }
    }

    /// <summary>
    /// Brings a whole bundle, or what there is of it until it is given up, takes all of it back, and keeps how it went.
    /// </summary>
    /// <param name="movesProtected">Whether whoever imports may move protected labels.</param>
    public async Task<Import> TryOutAsync(
        Import import, IAsyncEnumerable<ImportBatch> batches, bool movesProtected, CancellationToken cancellation)
    {
        var after = import;
        try
        {
            await database.InTransactionAsync(
                async transaction =>
                {
                    await foreach (var batch in batches.WithCancellation(cancellation))
                    {
                        after = after.After(
                            batch, await BringAsync(transaction, import.Policy, batch, movesProtected, cancellation));
                        if (after.Failed > Import.FailedMax)
                            break;
                    }
                    throw new UndoneException();
                },
                cancellation);
        }
        catch (UndoneException)
        {
            await database.InTransactionAsync(
                transaction => TryAdvanceAsync(transaction, import, after, cancellation), cancellation);
        }
        return after;
    }

    // What the rows answer: created, changed, skipped, or a member and what was expected there. Batches of one
    // organization wait for each other: what one brings the other finds, and neither holds what the other waits for.
    private async Task<IReadOnlyList<string>> BringAsync(
        DatabaseTransaction transaction, string policy, ImportBatch batch, bool movesProtected,
        CancellationToken cancellation)
    {
        if (batch.Items.Count == 0)
            return [];
        // Relationships have no labels.
        var rights = batch.Kind == BundleKind.Relationship ? "" : ", @movesProtected";
        await transaction.ExecuteAsync(
            "select pg_advisory_xact_lock(hashtextextended('core.import:' || @Id, 0))", new { Id = $"{scope.Id}" },
            cancellation);
        return await transaction.ListAsync<string>(
            $"""
            select core.import_{BundleKind.All.First(kind => kind == batch.Kind)}(item, @policy{rights})
            from unnest(@items::jsonb[]) as item (item)
            """,
            new
            {
                policy,
                movesProtected,
                items = batch.Items.Select(item => item.Json.ToJsonString()).ToArray(),
            },
            cancellation);
    }

    private static Task<bool> TryAdvanceAsync(
        DatabaseTransaction transaction, Import before, Import after, CancellationToken cancellation) =>
        transaction.ChangedAsync(
            """
            update core.import
            set position = @Position, line = @Line, kind = @Kind, created = @Created, changed = @Changed,
                skipped = @Skipped, failed = @Failed, errors = @Errors
            where id = @Id and position = @from
            """,
            new
            {
                after.Id,
                after.Position,
                after.Line,
                after.Kind,
                after.Created,
                after.Changed,
                after.Skipped,
                after.Failed,
                after.Errors,
                from = before.Position,
            },
            cancellation);

    private sealed class UndoneException : Exception;
}
