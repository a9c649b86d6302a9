namespace Assay;

/// <summary>Removes what was kept for a time that is over: cached answers, and windows of limits.</summary>
public sealed class Expiry(JobDatabase database)
{
    private const int BatchSize = 10_000;

    /// <summary>Safe to repeat and to race. Returns how many rows went.</summary>
    public async Task<int> RemoveAsync(CancellationToken cancellation) =>
        await InBatchesAsync(() => database.ExecuteAsync(
            """
            delete from ops.cache_entry
            where ctid = any (array(
                select ctid from ops.cache_entry where removable_at < now() limit @BatchSize))
            """,
            new { BatchSize }, cancellation))
        + await InBatchesAsync(() => database.ValueAsync<int>(
            "select ops.prune_rate_limits(@BatchSize)", new { BatchSize }, cancellation));

    private static async Task<int> InBatchesAsync(Func<Task<int>> remove)
    {
        var (removed, batch) = (0, BatchSize);
        while (batch == BatchSize)
            removed += batch = await remove();
        return removed;
    }
}
