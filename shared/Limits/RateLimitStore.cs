namespace Assay;

/// <summary>Permits that one statement took of several limits together.</summary>
/// <param name="Count">None when one of the limits had no room.</param>
/// <param name="CountedIn">The part of each window that they were counted in, to give them back to.</param>
internal sealed record TakenPermits(
    int Count, IReadOnlyList<RateLimitState> States, IReadOnlyList<long> CountedIn);

/// <summary>
/// The windows of all limits, in Postgres and by its clock, so that all processes see the same ones. Decision 0012
/// tells how they are counted.
/// </summary>
internal sealed class RateLimitStore(DatabasePools pools)
{
    // Subjects are of no organization.
    private readonly Database database = new(pools, new OrganizationScope());

    /// <param name="needed">Wanted at once; given as far as there is room.</param>
    /// <param name="wanted">Given while that is at most a sixteenth of the room.</param>
    /// <param name="present">For tests; null is the database's clock.</param>
    public async Task<TakenPermits> TakeAsync(
        IReadOnlyList<RateLimit> limits, int needed, int wanted, CancellationToken cancellation,
        DateTimeOffset? present = null)
    {
        var rows = await database.ListAsync<Row>(
            """
            select taken, remaining, reset_ms, counted_in
            from ops.take_permits(@subjects, @seconds, @quotas, @needed, @wanted,
                coalesce(@present::timestamptz, clock_timestamp()))
            """,
            new
            {
                subjects = limits.Select(limit => limit.Subject).ToArray(),
                seconds = limits.Select(limit => limit.Seconds).ToArray(),
                quotas = limits.Select(limit => limit.Quota).ToArray(),
                needed,
                wanted,
                present,
            },
            cancellation);
        return new(
            rows[0].Taken,
            [.. rows.Zip(limits, (row, limit) => new RateLimitState(
                limit, row.Remaining, TimeSpan.FromMilliseconds(row.ResetMs)))],
            [.. rows.Select(row => row.CountedIn)]);
    }

    public Task ReturnAsync(
        IReadOnlyList<RateLimit> limits, IReadOnlyList<long> countedIn, int permits, CancellationToken cancellation) =>
        database.ExecuteAsync(
            "select ops.return_permits(@subjects, @seconds, @buckets, @permits)",
            new
            {
                subjects = limits.Select(limit => limit.Subject).ToArray(),
                seconds = limits.Select(limit => limit.Seconds).ToArray(),
                buckets = countedIn.ToArray(),
                permits,
            },
            cancellation);

    private sealed record Row(int Taken, int Remaining, long ResetMs, long CountedIn);
}
