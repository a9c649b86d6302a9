namespace Assay.DurableTask.PostgreSql;

/// <summary>Where there may be something to find.</summary>
[Flags]
internal enum Work
{
    None = 0,
    Messages = 1,
    Activities = 2,
    All = Messages | Activities,
}

/// <summary>Wakes one waiter and says where to look; raised before anyone waits, it is remembered.</summary>
internal sealed class Signal
{
    readonly SemaphoreSlim raised = new(0, 1);
    int work;

    public void Raise(Work where)
    {
        if (where == Work.None)
            return;
        Interlocked.Or(ref work, (int)where);
        try
        {
            if (raised.CurrentCount == 0)
                raised.Release();
        }
        catch (SemaphoreFullException)
        {
            // Somebody else raised it in between.
        }
    }

    /// <summary>Everything, after the timeout.</summary>
    public async Task<Work> WaitAsync(TimeSpan timeout, CancellationToken cancellation)
    {
        var told = await raised.WaitAsync(timeout > TimeSpan.Zero ? timeout : TimeSpan.Zero, cancellation);
        var where = (Work)Interlocked.Exchange(ref work, 0);
        return told ? where : Work.All;
    }
}
