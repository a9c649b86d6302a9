namespace Assay.DurableTask.PostgreSql;

/// <summary>Wakes one waiter; raised before anyone waits, it is remembered.</summary>
internal sealed class Signal
{
    readonly SemaphoreSlim raised = new(0, 1);

    public void Raise()
    {
        if (raised.CurrentCount > 0)
            return;
        try
        {
            raised.Release();
        }
        catch (SemaphoreFullException)
        {
            // Somebody else raised it in between.
        }
    }

    public Task<bool> WaitAsync(TimeSpan timeout, CancellationToken cancellation) =>
        raised.WaitAsync(timeout > TimeSpan.Zero ? timeout : TimeSpan.Zero, cancellation);
}
