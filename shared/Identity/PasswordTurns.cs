using System.Threading.RateLimiting;

namespace Assay;

/// <summary>Too many people sign in at this moment; trying again shortly helps.</summary>
public sealed class PasswordsBusyException() : Exception("Too many passwords are being checked at once.");

/// <summary>
/// Lets half of the processors at most work on passwords, so that a flood of logins leaves the app its other half, and
/// refuses what would have to wait for long.
/// </summary>
public sealed class PasswordTurns(int atOnce, int waitingMax) : IDisposable
{
    private readonly ConcurrencyLimiter turns = new(new() { PermitLimit = atOnce, QueueLimit = waitingMax });

    public PasswordTurns() : this(Math.Max(1, Environment.ProcessorCount / 2), waitingMax: 64)
    {
    }

    /// <exception cref="PasswordsBusyException">Too many wait already.</exception>
    public async Task<T> TakeAsync<T>(Func<Task<T>> work, CancellationToken cancellation)
    {
        using var turn = await turns.AcquireAsync(permitCount: 1, cancellation);
        return turn.IsAcquired ? await work() : throw new PasswordsBusyException();
    }

    public void Dispose() => turns.Dispose();
}
