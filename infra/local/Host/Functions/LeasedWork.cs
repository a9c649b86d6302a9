using Microsoft.Extensions.Logging;
using Npgsql;

namespace Assay.Local;

/// <summary>
/// Work that only one process may do at a time, done under a lease that is renewed until the work ends.
/// </summary>
internal static partial class LeasedWork
{
    /// <param name="renew">False if another has taken the lease.</param>
    /// <param name="work">Receives a token that is cancelled when the lease is lost, or cannot have been kept.</param>
    public static async Task RunAsync(
        TimeSpan lease,
        Func<CancellationToken, Task<bool>> renew,
        Func<CancellationToken, Task> work,
        ILogger logger,
        CancellationToken cancellation)
    {
        using var lost = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        lost.CancelAfter(lease);
        using var ended = new CancellationTokenSource();
        var renewing = RenewAsync(lease, renew, lost, logger, ended.Token);
        try
        {
            await work(lost.Token);
        }
        finally
        {
            await ended.CancelAsync();
            await renewing;
        }
    }

    private static async Task RenewAsync(
        TimeSpan lease, Func<CancellationToken, Task<bool>> renew, CancellationTokenSource lost, ILogger logger,
        CancellationToken ended)
    {
        while (!ended.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(lease / 4, ended);
                var asked = TimeProvider.System.GetTimestamp();
                if (!await renew(ended))
                {
                    LogLost(logger);
                    await lost.CancelAsync();
                    return;
                }

                // Whatever becomes of the next renewal, even if it gets no answer, others may take over from then on.
                var left = lease - TimeProvider.System.GetElapsedTime(asked);
                lost.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
            }
            catch (OperationCanceledException) when (ended.IsCancellationRequested)
            {
                return;
            }
            catch (NpgsqlException error)
            {
                LogNotRenewed(logger, error.Message);
                if (lost.IsCancellationRequested)
                    return;
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "A lease was lost to another process; what ran under it is cancelled")]
    private static partial void LogLost(ILogger logger);

    [LoggerMessage(LogLevel.Warning, "A lease could not be renewed: {Error}")]
    private static partial void LogNotRenewed(ILogger logger, string error);
}
