namespace Assay;

/// <summary>Too many people sign in at this moment; trying again shortly helps.</summary>
public sealed class PasswordsBusyException() : Exception("Too many passwords are being checked at once.");

/// <summary>
/// Lets half of the processors at most work on passwords, so that a flood of logins leaves the app its other half, and
/// refuses what would have to wait for long.
/// </summary>
public sealed class PasswordTurns(int atOnce, int waitingMax) : IDisposable
{
    private readonly SemaphoreSlim turns = new(atOnce);
    private int inside;

    public PasswordTurns() : this(Math.Max(1, Environment.ProcessorCount / 2), waitingMax: 64)
    {
    }

    /// <exception cref="PasswordsBusyException">Too many wait already.</exception>
    public async Task<T> TakeAsync<T>(Func<Task<T>> work, CancellationToken cancellation)
    {
        try
        {
            if (Interlocked.Increment(ref inside) > atOnce + waitingMax)
                throw new PasswordsBusyException();
            await turns.WaitAsync(cancellation);
            try
            {
                return await work();
            }
            finally
            {
                turns.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref inside);
        }
    }

    public void Dispose() => turns.Dispose();
}
