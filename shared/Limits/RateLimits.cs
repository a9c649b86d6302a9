using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;

namespace Assay;

/// <summary>
/// Admits requests within their limits, whatever number of processes share the database.
/// <para>
/// No more than a quota is ever admitted in any stretch of time as long as its window. Whoever sends at most the quota
/// in any 62/60 of a window is admitted, but for permits that processes hold unused: each process takes at most a
/// sixteenth of what is left in advance, only as many as it has just used, gives the rest back after a sixtieth of the
/// window and at most a second, and takes one at a time when less than 32 are left. What a process that dies holds is
/// lost until the window has passed.
/// </para>
/// </summary>
public sealed class RateLimits : IDisposable
{
    private const int CallersMax = 100_000;
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(2);

    private readonly RateLimitStore store;
    private readonly TimeProvider time;
    private readonly MemoryCache callers = new(Options.Create(new MemoryCacheOptions { SizeLimit = CallersMax }));

    public RateLimits(DatabasePools pools, TimeProvider time) => (store, this.time) = (new(pools), time);

    /// <summary>Takes a permit of every limit, or, when one of them is used up, of none.</summary>
    /// <param name="limits">At least one; the same ones, in the same order, each time for one caller.</param>
    /// <exception cref="DatabaseUnavailableException">Nobody can say whether there is room.</exception>
    public ValueTask<RateLimitDecision> TakeAsync(
        IReadOnlyList<RateLimit> limits, CancellationToken cancellation) =>
        PermitsOf(limits).TakeAsync(limits, cancellation);

    public void Dispose() => callers.Dispose();

    private LeasedPermits PermitsOf(IReadOnlyList<RateLimit> limits)
    {
        var key = string.Join('\n', limits.Select(limit => limit.Subject));
        if (callers.TryGetValue(key, out LeasedPermits? known))
            return known!;
        // Two that are made at the same time are no harm: each takes permits of its own.
        return callers.Set(key, new LeasedPermits(store, time), new MemoryCacheEntryOptions
        {
            SlidingExpiration = Idle,
            Size = 1,
        });
    }
}
