namespace Assay;

/// <summary>Removes entities that have been deleted for long, with their history.</summary>
public sealed class EntityPurge(JobDatabase database)
{
    private const int BatchSize = 500;

    /// <summary>Safe to repeat and to race. Returns how many went.</summary>
    /// <param name="before">Those that were deleted before this time go.</param>
    public async Task<int> RemoveAsync(DateTimeOffset before, CancellationToken cancellation)
    {
        var (removed, batch) = (0, BatchSize);
        while (batch == BatchSize)
            removed += batch = await database.ExecuteAsync(
                """
                delete from core.entity
                where id = any (array(
                    select id from core.entity where deleted_at < @before order by deleted_at limit @BatchSize))
                """,
                new { before, BatchSize }, cancellation);
        return removed;
    }
}
