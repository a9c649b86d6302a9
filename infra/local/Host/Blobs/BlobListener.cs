using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Assay.Local;

/// <summary>Finds new blobs by scanning, one scan a container, and hands what is found to the workers.</summary>
internal sealed class BlobListener(
    FunctionCatalog catalog, BlobConnections connections, BlobReceipts receipts, BlobWorkers workers, TimeProvider time,
    ILoggerFactory loggers) : IHostedService, IDisposable
{
    private readonly Stopping stopping = new();
    private readonly List<Task> loops = [];

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var containers = catalog.With<BlobTrigger>()
            .GroupBy(pair => (pair.Trigger.Connection, pair.Trigger.Path.Container));
        foreach (var group in containers)
        {
            var scan = new ContainerScan(
                connections.Client(group.Key.Connection).GetBlobContainerClient(group.Key.Container),
                [.. group], receipts, workers.Wake, time, loggers.CreateLogger($"Host.Blobs.{group.Key.Container}"));
            loops.Add(Task.Run(() => scan.RunAsync(stopping.Begun), CancellationToken.None));
        }

        if (loops.Count > 0)
            loops.Add(Task.Run(() => workers.RunAsync(stopping), CancellationToken.None));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => stopping.StopAsync(loops, cancellationToken);

    public void Dispose() => stopping.Dispose();
}
