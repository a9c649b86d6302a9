using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Assay.Local;

/// <summary>
/// Runs this process as a worker of the hub: brings the schema up to date, then keeps a session going. Neither a
/// database that is away nor a lost lease ends the process.
/// </summary>
internal sealed class DurableEngine(EngineParts parts, ILogger<DurableEngine> logger) : BackgroundService
{
    readonly TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the schema is there and the worker is registered.</summary>
    public Task Ready => ready.Task;

    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        // First: what is wrong with this build is no outage.
        var schema = SchemaFile.Embedded();
        await parts.Outage.RetryAsync(parts.Database.ConnectAsync, stopping);
        if (!await parts.Database.IsDirect)
        {
            logger.LogInformation(
                "The durable database is behind a pooler: nothing is prepared or listened for, only polled.");
        }
        await parts.Outage.RetryAsync(
            stop => DurableSchema.UpgradeAsync(parts.Database.Source, schema, stop), stopping);
        while (!stopping.IsCancellationRequested)
        {
            var worker = await parts.Lease.RegisterAsync(stopping);
            ready.TrySetResult();
            logger.LogDebug("Worker {Worker} of hub {Hub} works.", worker, parts.Options.HubName);
            try
            {
                var session = new WorkerSession(parts, worker);
                parts.Current.Session = session;
                await session.RunAsync(stopping);
            }
            catch (LeaseLostException)
            {
                parts.Meter.LeaseLost();
                logger.LogWarning("Worker {Worker} lost its lease; its work was taken over. It starts anew.", worker);
            }
            // A fault in the engine itself: the database holds all that matters, so another session can go on from it.
            catch (Exception exception) when (!stopping.IsCancellationRequested)
            {
                logger.LogError(exception, "Worker {Worker} failed; it starts anew.", worker);
                await Task.Delay(TimeSpan.FromSeconds(1), stopping);
            }
            finally
            {
                parts.Current.Session = null;
            }
        }
    }
}
