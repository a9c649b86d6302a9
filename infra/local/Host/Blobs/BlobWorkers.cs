using System.Collections.Concurrent;
using System.Threading.Channels;
using Azure;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Assay.Local;

/// <summary>Claims blobs that wait, as many at a time as <c>host.json</c> allows, and runs their functions.</summary>
internal sealed partial class BlobWorkers(
    FunctionCatalog catalog, FunctionPipeline pipeline, BlobRuns runs, BlobReceipts receipts, HostSettings settings,
    ILogger<BlobWorkers> logger)
{
    // Blobs that another process left, or that wait for their next try, announce themselves to nobody.
    // Looked for at once, and then less and less often while there are none.
    private static readonly TimeSpan PollMin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PollMax = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(30);

    private readonly Channel<bool> wakes = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly ConcurrentDictionary<Task, bool> running = new();
    private readonly Interruption database = new("The database of blob triggers", logger);

    /// <summary>There is something to claim, or room for it.</summary>
    public void Wake() => wakes.Writer.TryWrite(true);

    public async Task RunAsync(Stopping stopping)
    {
        var functions = catalog.With<BlobTrigger>().Select(pair => pair.Function.Name).ToArray();
        var poll = PollMin;
        while (!stopping.Begun.IsCancellationRequested)
        {
            try
            {
                var room = settings.BlobParallelism - running.Count;
                var claimed = room > 0 ? await receipts.ClaimAsync(functions, room, stopping.Begun) : [];
                database.End();
                foreach (var blob in claimed)
                    Start(blob, stopping);
                if (claimed.Count == 0 || claimed.Count == room)
                    await WaitAsync(poll, stopping.Begun);
                poll = claimed.Count > 0 ? PollMin : poll * 2 < PollMax ? poll * 2 : PollMax;
            }
            catch (OperationCanceledException) when (stopping.Begun.IsCancellationRequested)
            {
                break;
            }
            catch (Exception error)
            {
                // Mostly a database that is away. Whatever it is, it must not end the workers.
                await database.WaitAsync(error, stopping.Begun).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        await Task.WhenAll(running.Keys);
    }

    private async Task WaitAsync(TimeSpan poll, CancellationToken stopping)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        limit.CancelAfter(poll);
        try
        {
            await wakes.Reader.ReadAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            // Time to look again.
        }
    }

    private void Start(ClaimedBlob blob, Stopping stopping)
    {
        var run = HandleAsync(blob, stopping);
        running.TryAdd(run, true);
        _ = run.ContinueWith(
            ended =>
            {
                running.TryRemove(ended, out _);
                Wake();
            },
            CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    private async Task HandleAsync(ClaimedBlob blob, Stopping stopping)
    {
        await Task.Yield();
        // Replaced by what the work came to; stays if the lease was lost or the host stops.
        Func<Task<bool>> record = () => receipts.ReleaseAsync(blob, TimeSpan.Zero, CancellationToken.None);
        try
        {
            await LeasedWork.RunAsync(
                BlobReceipts.Lease,
                cancellation => receipts.RenewAsync(blob, cancellation),
                async cancellation => record = await TryHandleAsync(blob, cancellation) ?? record,
                logger,
                stopping.Insisted);
            await database.TryUntilDoneAsync(record, error => error is NpgsqlException, stopping.Insisted);
        }
        catch (Exception error)
        {
            // Whatever it is, the lease ends and the blob is claimed again.
            LogUnrecorded(blob.Name, error.Message);
        }
    }

    /// <summary>How to record what came of it; null to give the blob back.</summary>
    private async Task<Func<Task<bool>>?> TryHandleAsync(ClaimedBlob blob, CancellationToken cancellation)
    {
        var none = CancellationToken.None;
        if (blob.Attempts > settings.BlobTriesMax)
            return () => receipts.FailAsync(
                blob, "The process ended while the function ran, at every try.", TimeSpan.Zero, none);

        var function = catalog.Find(blob.Function)!;
        var trigger = (BlobTrigger)function.Trigger;
        TriggeringBlob? current;
        try
        {
            current = await runs.OpenAsync(trigger, blob.Name, cancellation);
        }
        catch (Exception error)
            when (error is RequestFailedException or AggregateException or OperationCanceledException)
        {
            LogUnopened(blob.Name, error.Message);
            return () => receipts.ReleaseAsync(blob, TimeSpan.FromSeconds(2), none);
        }

        if (current is null || !trigger.Path.TryMatch(blob.Name, out var names))
            return () => receipts.ForgetAsync(blob, none);
        var version = $"{current.Properties.ETag}";
        if (version == blob.HandledVersion)
            return () => receipts.CompleteAsync(blob, version, none);

        return await InvokeAsync(function, current, names, cancellation) is not ({ } failure, var isOurs)
            ? () => receipts.CompleteAsync(blob, version, none)
            : isOurs
                ? null
                : () => FailAsync(blob, failure);
    }

    /// <summary>
    /// Null if the function ended well, else what it threw, and whether that was our telling it to stop.
    /// </summary>
    private async Task<(Exception Error, bool IsOurs)?> InvokeAsync(
        Function function, TriggeringBlob blob, Dictionary<string, object?> names, CancellationToken cancellation)
    {
        var reason = $"New blob detected(LogsAndContainerScan): {blob.Client.BlobContainerName}/{blob.Client.Name}";
        try
        {
            await pipeline.RunAsync(BlobRuns.Invocation(function, blob, names, reason, cancellation));
            return null;
        }
        catch (Exception error)
        {
            return (error, error is OperationCanceledException && cancellation.IsCancellationRequested);
        }
    }

    private Task<bool> FailAsync(ClaimedBlob blob, Exception error)
    {
        var pause = FirstPause * Math.Pow(2, blob.Attempts - 1);
        if (blob.Attempts >= settings.BlobTriesMax)
            LogPoison(blob.Name, blob.Function, blob.Attempts, error.Message);
        return receipts.FailAsync(
            blob, $"{error.GetType().Name}: {error.Message}", pause < PauseMax ? pause : PauseMax,
            CancellationToken.None);
    }

    [LoggerMessage(LogLevel.Warning, "The blob '{Blob}' could not be opened and will be tried again: {Error}")]
    private partial void LogUnopened(string blob, string error);

    [LoggerMessage(
        LogLevel.Error, "The blob '{Blob}' is poison: function '{Function}' failed {Tries} times, last with: {Error}")]
    private partial void LogPoison(string blob, string function, int tries, string error);

    [LoggerMessage(LogLevel.Warning, "What came of the blob '{Blob}' could not be recorded: {Error}")]
    private partial void LogUnrecorded(string blob, string error);
}
