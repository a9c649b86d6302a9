namespace Assay;

/// <summary>An answer of the database and what was used of it; one without permits is a refusal.</summary>
/// <param name="asked">The time then, which is not after the database counted the permits.</param>
/// <param name="answered">The time when the answer came.</param>
internal sealed class PermitLease(
    IReadOnlyList<RateLimit> limits, TakenPermits taken, long asked, long answered)
{
    private static readonly TimeSpan LengthMax = TimeSpan.FromSeconds(1);

    // A refused caller that tries again and again costs a statement each time this has passed.
    private static readonly TimeSpan RefusalMax = TimeSpan.FromMilliseconds(250);

    private int used;
    private bool ended;

    public IReadOnlyList<RateLimit> Limits => limits;

    /// <inheritdoc cref="TakenPermits.CountedIn"/>
    public IReadOnlyList<long> CountedIn => taken.CountedIn;

    /// <summary>A sixtieth of the shortest window, by which the database counts further back than that.</summary>
    public TimeSpan Length { get; } = taken.Count > 0
        ? Least(LengthMax, TimeSpan.FromSeconds(limits.Min(limit => limit.Seconds)) / 60)
        : Least(RefusalMax, taken.States.Where(state => state.Remaining == 0).Max(state => state.Reset));

    private bool IsRefusal => taken.Count == 0;

    /// <summary>Null when the database has to be asked again.</summary>
    /// <param name="since">When the request came.</param>
    public RateLimitDecision? TryUse(TimeProvider time, long since)
    {
        if (!IsRefusal && (ended || used == taken.Count))
            return null;
        // A request that was there before its permit was counted may use it however late the answer came. Others come
        // at most the lease's length after that.
        var begun = since <= asked ? answered : asked;
        if (time.GetElapsedTime(begun) >= Length)
            return null;

        if (!IsRefusal)
            used++;
        var elapsed = time.GetElapsedTime(answered);
        return new(!IsRefusal, [.. taken.States.Select(state => state with
        {
            Remaining = state.Remaining + taken.Count - used,
            Reset = state.Reset > elapsed ? state.Reset - elapsed : TimeSpan.Zero,
        })]);
    }

    /// <summary>How many permits will presumably be used next: as many as were, or twice as many if all were.</summary>
    public int Demand(TimeProvider time) =>
        time.GetElapsedTime(asked) >= 2 * Length ? 1
        : used == taken.Count ? 2 * used
        : used;

    /// <summary>Ends the lease. Returns how many permits nobody used.</summary>
    public int End()
    {
        ended = true;
        return taken.Count - used;
    }

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
