using System.Globalization;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Assay.Local;

/// <summary>
/// One timer in one process: waits for its next run, claims it, runs it, records it. Of several processes the first to
/// claim runs; the others find the next time changed. A run whose process died is due again when its lease ends.
/// </summary>
internal sealed partial class TimerLoop(
    Function function, TimerTrigger trigger, FunctionPipeline pipeline, TimerStore store, TimeProvider time,
    ILogger logger, Stopping stopping)
{
    // Other processes move the next run, and machines sleep, so no wait is longer than this.
    private static readonly TimeSpan WaitMax = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan OthersRunPause = TimeSpan.FromSeconds(3);

    // Later than this is past due rather than busy.
    private static readonly TimeSpan Lateness = TimeSpan.FromMinutes(1);

    private readonly FunctionRetry? retry = FunctionRetry.Of(function.Method);
    private readonly Interruption database = new($"The database of timer '{function.Name}'", logger);

    public async Task RunAsync()
    {
        var isFirst = true;
        while (!stopping.Begun.IsCancellationRequested)
        {
            try
            {
                var status = await StatusAsync(isFirst, stopping.Begun);
                if (isFirst && trigger.RunsOnStartup)
                    await TryFireAsync(status, isPastDue: status.Next < time.GetUtcNow().UtcDateTime);
                else
                    await WaitOrFireAsync(status, isFirst);
                isFirst = false;
                database.End();
            }
            catch (OperationCanceledException) when (stopping.Begun.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                // Mostly a database that is away. Whatever it is, it must not end the timer.
                await database.WaitAsync(error, stopping.Begun).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>The timer's status, brought up to date with its schedule when the process starts.</summary>
    private async Task<TimerStatus> StatusAsync(bool isFirst, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        if (await store.FindAsync(function.Name, cancellation) is not { } status)
        {
            await store.AddAsync(function.Name, trigger.Text, trigger.Schedule.Next(now), cancellation);
            return await StatusAsync(isFirst: false, cancellation);
        }

        if (!isFirst)
            return status;

        DateTimeOffset? moved = (status.Schedule != trigger.Text, trigger.IsMonitored) switch
        {
            (_, false) when status.Next < now => trigger.Schedule.Next(now),
            (true, _) => trigger.Schedule.Next(status.Last ?? now),
            _ => null,
        };
        if (moved is not { } next)
            return status;

        await store.RescheduleAsync(function.Name, trigger.Text, status.Next, next, cancellation);
        return await StatusAsync(isFirst: false, cancellation);
    }

    private async Task WaitOrFireAsync(TimerStatus status, bool isFirst)
    {
        var wait = status.Next - time.GetUtcNow().UtcDateTime;
        if (wait > WaitMax)
        {
            await Task.Delay(WaitMax, time, stopping.Begun);
            return;
        }

        // Claimed without another look: whoever was faster has moved the next run, which the claim sees. A delay may
        // end a little early, and a run ahead of its time would not stand for the one that is due.
        for (var left = wait; left > TimeSpan.Zero; left = status.Next - time.GetUtcNow().UtcDateTime)
            await Task.Delay(left + TimeSpan.FromMilliseconds(1), time, stopping.Begun);
        if (!await TryFireAsync(status, isPastDue: wait <= TimeSpan.Zero && (isFirst || -wait > Lateness)))
            await Task.Delay(OthersRunPause, time, stopping.Begun);
    }

    /// <summary>False if another process runs it.</summary>
    private async Task<bool> TryFireAsync(TimerStatus status, bool isPastDue)
    {
        var lease = Guid.NewGuid();
        if (!await store.TryClaimAsync(function.Name, status.Next, lease, stopping.Begun))
            return false;

        var fired = time.GetUtcNow();
        var hasEnded = false;
        await LeasedWork.RunAsync(
            TimerStore.Lease,
            cancellation => store.RenewAsync(function.Name, lease, cancellation),
            async cancellation => hasEnded = await InvokeAsync(status, isPastDue, fired, cancellation),
            logger,
            stopping.Insisted);

        // A run that the stop cut short is due again at the next start.
        var recorded = await database.TryUntilDoneAsync(
            () => hasEnded
                ? store.CompleteAsync(function.Name, lease, fired, NextRun(status), CancellationToken.None)
                : store.ReleaseAsync(function.Name, lease, CancellationToken.None),
            error => error is NpgsqlException,
            stopping.Insisted);
        if (!recorded)
            LogLost(function.Name);
        return true;
    }

    /// <summary>
    /// Runs missed while this one ran are not made up for. A run ahead of time does not stand for the next.
    /// </summary>
    private DateTimeOffset NextRun(TimerStatus status)
    {
        var now = time.GetUtcNow();
        return status.Next > now.UtcDateTime
            ? new DateTimeOffset(status.Next, TimeSpan.Zero)
            : trigger.Schedule.Next(now);
    }

    /// <summary>Whether the function ran to an end, good or bad; false if it was told to stop.</summary>
    private async Task<bool> InvokeAsync(
        TimerStatus status, bool isPastDue, DateTimeOffset fired, CancellationToken cancellation)
    {
        var info = TimerRuns.Info(trigger, status, isPastDue);
        var reason = string.Create(CultureInfo.InvariantCulture, $"Timer fired at {fired:O}");
        for (var retries = 0; ; retries++)
        {
            try
            {
                await pipeline.RunAsync(new Invocation(function, info, reason, cancellation)
                {
                    Retry = retry is null ? null : new LocalRetryContext(retries, retry.CountMax),
                });
                return true;
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return false;
            }
            catch (Exception error)
            {
                // As on the real host a failed run is a run; the pipeline has logged it in full.
                LogFailed(function.Name, error.Message);
                if (retry?.Allows(retries) != true)
                    return true;
            }

            await Task.Delay(retry.PauseBefore(retries + 1), time, cancellation)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (cancellation.IsCancellationRequested)
                return false;
        }
    }

    [LoggerMessage(LogLevel.Warning, "Timer '{Function}' failed: {Error}")]
    private partial void LogFailed(string function, string error);

    [LoggerMessage(LogLevel.Warning, "Timer '{Function}' was taken over by another process while it ran")]
    private partial void LogLost(string function);
}
