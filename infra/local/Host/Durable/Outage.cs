using Microsoft.Extensions.Logging;
using Npgsql;

namespace Assay.Local;

/// <summary>
/// Repeats work on the database until it is reachable again, and says once that it went away and once that it is back.
/// </summary>
internal sealed class Outage(ILogger<Outage> logger)
{
    static readonly TimeSpan delayFirst = TimeSpan.FromMilliseconds(50);
    static readonly TimeSpan delayMax = TimeSpan.FromSeconds(2);

    int away;

    /// <summary>What the database says no to for good is thrown on; everything else is tried again.</summary>
    public async Task<T> RetryAsync<T>(
        Func<CancellationToken, Task<T>> work, Func<Exception, bool> isFinal, CancellationToken cancellation)
    {
        for (var delay = delayFirst; ; delay = delay * 2 < delayMax ? delay * 2 : delayMax)
        {
            try
            {
                var result = await work(cancellation);
                if (Interlocked.Exchange(ref away, 0) == 1)
                    logger.LogInformation("The durable database is back.");
                return result;
            }
            catch (Exception exception) when (!cancellation.IsCancellationRequested && !isFinal(exception))
            {
                if (Interlocked.Exchange(ref away, 1) == 0)
                    logger.LogWarning(exception, "The durable database is away; trying again until it is back.");
            }
            await Task.Delay(delay, cancellation);
        }
    }

    public Task RetryAsync(Func<CancellationToken, Task> work, CancellationToken cancellation) =>
        RetryAsync(
            async stop =>
            {
                await work(stop);
                return true;
            },
            static _ => false, cancellation);

    /// <summary>Whether an error is about what was asked rather than about the state of the server.</summary>
    public static bool IsAboutData(Exception exception) =>
        exception is PostgresException { SqlState: var state } && state[..2] is ("22" or "23" or "42" or "54" or "XX")
        || exception is ArgumentException or InvalidCastException or OverflowException;
}
