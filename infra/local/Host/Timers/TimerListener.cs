using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Assay.Local;

/// <summary>Runs every timer function on its schedule, each on a loop of its own.</summary>
internal sealed class TimerListener(
    FunctionCatalog catalog, FunctionPipeline pipeline, TimerStore store, TimeProvider time, ILoggerFactory loggers)
    : IHostedService, IDisposable
{
    private readonly Stopping stopping = new();
    private readonly List<Task> loops = [];

    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var (function, trigger) in catalog.With<TimerTrigger>())
        {
            var loop = new TimerLoop(
                function, trigger, pipeline, store, time, loggers.CreateLogger($"Host.Timers.{function.Name}"),
                stopping);
            loops.Add(Task.Run(loop.RunAsync, CancellationToken.None));
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => stopping.StopAsync(loops, cancellationToken);

    public void Dispose() => stopping.Dispose();
}
