namespace Assay;

/// <summary>What became of an entity that was to be deleted.</summary>
public abstract record DeletionOutcome
{
    private DeletionOutcome()
    {
    }

    /// <param name="Ids">Itself, and what depended on it.</param>
    public sealed record Done(IReadOnlyList<Guid> Ids) : DeletionOutcome;

    /// <summary>Somebody changed it meanwhile.</summary>
    public sealed record Stale : DeletionOutcome;

    /// <summary>Others depend on it.</summary>
    /// <param name="By">At most ten of them.</param>
    public sealed record Used(IReadOnlyList<Dependent> By) : DeletionOutcome;
}

/// <summary>An entity that depends on another.</summary>
public sealed record Dependent(Guid Id, string Type, string Title);

/// <summary>
/// Deletes entities, unless something would then miss what it depends on. What others keep private does not count: it
/// could hold up everybody else, and nobody could say by what.
/// </summary>
public sealed class EntityDeletion(Database database)
{
    private const int NamedMax = 10;

    /// <param name="cascade">Deletes also what depends on it, and what depends on that.</param>
    public Task<DeletionOutcome> DeleteAsync(Entity known, bool cascade, CancellationToken cancellation) =>
        database.InTransactionAsync<DeletionOutcome>(
            async transaction =>
            {
                // Whoever makes something depend on a row locks it too: from here on nobody does.
                var version = await transaction.FindAsync<int?>(
                    "select version from core.entity where id = @Id and deleted_at is null for update",
                    new { known.Id }, cancellation);
                if (version != known.Version)
                    return new DeletionOutcome.Stale();

                var dependents = await LockDependentsAsync(transaction, known.Id, cascade, cancellation);
                if (dependents.Length > 0 && !cascade)
                    return new DeletionOutcome.Used(await NamesAsync(transaction, dependents, cancellation));

                return new DeletionOutcome.Done(await transaction.ListAsync<Guid>(
                    """
                    update core.entity set deleted_at = clock_timestamp(), note = null
                    where id = any (@ids) and deleted_at is null
                    returning id
                    """,
                    new { ids = (Guid[])[known.Id, .. dependents] }, cancellation));
            },
            cancellation);

    // Once all are locked that there are, no more can come.
    private static async Task<Guid[]> LockDependentsAsync(
        DatabaseTransaction transaction, Guid id, bool cascade, CancellationToken cancellation)
    {
        for (var locked = 0; ;)
        {
            var found = await transaction.ListAsync<Guid>(
                cascade
                    ? """
                      with recursive dependent (id) as (
                          select core.dependents(@id) union select core.dependents(dependent.id) from dependent)
                      select id from dependent order by id
                      """
                    : "select core.dependents(@id)",
                new { id }, cancellation);
            if (!cascade || found.Count == locked)
                return [.. found];
            locked = found.Count;
            await transaction.ExecuteAsync(
                "select from core.entity where id = any (@ids) order by id for update",
                new { ids = found.ToArray() }, cancellation);
        }
    }

    private static Task<IReadOnlyList<Dependent>> NamesAsync(
        DatabaseTransaction transaction, Guid[] ids, CancellationToken cancellation) =>
        transaction.ListAsync<Dependent>(
            "select id, type, title from core.entity where id = any (@ids) order by id limit @NamedMax",
            new { ids, NamedMax }, cancellation);
}
