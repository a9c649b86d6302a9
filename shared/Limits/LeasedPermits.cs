namespace Assay;

/// <summary>
/// One caller's permits in this process: those that waiting requests need, and a few in advance. Requests that come
/// while permits are being asked for wait for one and the same answer.
/// </summary>
internal sealed class LeasedPermits(RateLimitStore store, TimeProvider time)
{
    private readonly Lock gate = new();
    private PermitLease? lease;
    private Task? asking;
    private int waiting;

    public async ValueTask<RateLimitDecision> TakeAsync(
        IReadOnlyList<RateLimit> limits, CancellationToken cancellation)
    {
        var since = time.GetTimestamp();
        lock (gate)
            waiting++;
        try
        {
            while (true)
            {
                Task answer;
                lock (gate)
                {
                    if (lease?.TryUse(time, since) is { } decision)
                        return decision;
                    answer = asking ??= AskAsync(limits);
                }
                await answer.WaitAsync(cancellation);
            }
        }
        finally
        {
            lock (gate)
                waiting--;
        }
    }

    private async Task AskAsync(IReadOnlyList<RateLimit> limits)
    {
        // What follows runs without the gate.
        await Task.Yield();
        try
        {
            int needed, wanted;
            lock (gate)
            {
                needed = Math.Max(1, waiting);
                wanted = Math.Max(needed, lease?.Demand(time) ?? 1);
            }

            var asked = time.GetTimestamp();
            // Whoever gives up waiting does not give up for the others.
            var taken = await store.TakeAsync(limits, needed, wanted, CancellationToken.None);
            var next = new PermitLease(limits, taken, asked, time.GetTimestamp());
            lock (gate)
                lease = next;
            if (taken.Count > 1)
                _ = ReturnRestAsync(next);
        }
        finally
        {
            lock (gate)
                asking = null;
        }
    }

    private async Task ReturnRestAsync(PermitLease lent)
    {
        await Task.Delay(lent.Length, time);
        int rest;
        lock (gate)
            rest = lent.End();
        if (rest == 0)
            return;
        try
        {
            await store.ReturnAsync(lent.Limits, lent.CountedIn, rest, CancellationToken.None);
        }
        catch (DatabaseUnavailableException)
        {
            // They count until their window has passed.
        }
    }
}
