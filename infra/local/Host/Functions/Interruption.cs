using Microsoft.Extensions.Logging;

namespace Assay.Local;

/// <summary>
/// Something outside that may be away for a while: says so once, tries again, and says when it is back.
/// </summary>
internal sealed partial class Interruption(string what, ILogger logger)
{
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(5);

    private TimeSpan pause;

    /// <summary>Logs the first failure of a row of them and waits, longer each time.</summary>
    public Task WaitAsync(Exception error, CancellationToken cancellation)
    {
        if (pause == TimeSpan.Zero)
        {
            LogAway(what, error.Message);
            pause = TimeSpan.FromMilliseconds(250);
        }

        pause = pause * 2 < PauseMax ? pause * 2 : PauseMax;
        return Task.Delay(pause, cancellation);
    }

    /// <summary>Logs the first success after failures.</summary>
    public void End()
    {
        if (pause == TimeSpan.Zero)
            return;
        pause = TimeSpan.Zero;
        LogBack(what);
    }

    /// <summary>Does something until it succeeds.</summary>
    public async Task<T> TryUntilDoneAsync<T>(
        Func<Task<T>> act, Func<Exception, bool> isOutage, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                var result = await act();
                End();
                return result;
            }
            catch (Exception error) when (isOutage(error) && !cancellation.IsCancellationRequested)
            {
                await WaitAsync(error, cancellation);
            }
        }
    }

    [LoggerMessage(LogLevel.Error, "{What} is unavailable and will be tried again: {Error}")]
    private partial void LogAway(string what, string error);

    [LoggerMessage(LogLevel.Information, "{What} is available again")]
    private partial void LogBack(string what);
}
