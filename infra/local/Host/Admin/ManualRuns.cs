using System.Collections.Concurrent;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Assay.Local;

/// <summary>Runs that somebody asked for over <c>/admin/functions</c>, of which they do not wait for the end.</summary>
internal sealed partial class ManualRuns(
    FunctionPipeline pipeline, IServiceProvider services, ILogger<ManualRuns> logger) : IHostedService
{
    private const string Reason = "This function was programmatically called via the host APIs.";

    private readonly ConcurrentDictionary<Task, bool> running = new();
    private readonly CancellationTokenSource stopping = new();

    /// <summary>False if the function cannot be run with that input.</summary>
    public async Task<bool> TryStartAsync(Function function, string? input, CancellationToken cancellation)
    {
        switch (function.Trigger)
        {
            case OrchestrationTrigger orchestration:
                await services.GetRequiredService<DurableTaskClient>().ScheduleNewOrchestrationInstanceAsync(
                    orchestration.Name ?? function.Name, InputNode(input), cancellation);
                return true;
            case ActivityTrigger:
                Start(new Invocation(function, new ActivityInput("", InputJson(input)), Reason, stopping.Token));
                return true;
            case TimerTrigger timer:
                var info = await services.GetRequiredService<TimerRuns>().InfoAsync(function.Name, timer, cancellation);
                Start(new Invocation(function, info, Reason, stopping.Token));
                return true;
            case BlobTrigger blob when input is not null:
                var found = await services.GetRequiredService<BlobRuns>().FindAsync(blob, input, cancellation);
                if (found is null)
                    return false;
                Start(BlobRuns.Invocation(function, found.Value.Blob, found.Value.Names, Reason, stopping.Token));
                return true;
            default:
                return false;
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Tells what runs to end, and waits for it.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await stopping.CancelAsync();
        await Task.WhenAll(running.Keys).WaitAsync(cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Start(Invocation invocation)
    {
        var run = RunAsync(invocation);
        running.TryAdd(run, true);
        _ = run.ContinueWith(
            ended => running.TryRemove(ended, out _), CancellationToken.None, TaskContinuationOptions.None,
            TaskScheduler.Default);
    }

    private async Task RunAsync(Invocation invocation)
    {
        await Task.Yield();
        try
        {
            await pipeline.RunAsync(invocation);
        }
        catch (Exception error)
        {
            // The pipeline has logged it in full; nobody waits for this run.
            LogFailed(invocation.Function.Name, error.Message);
        }
    }

    /// <summary>Text that is no JSON is a JSON string.</summary>
    private static string? InputJson(string? input)
    {
        if (input is null)
            return null;
        try
        {
            using var parsed = System.Text.Json.JsonDocument.Parse(input);
            return input;
        }
        catch (System.Text.Json.JsonException)
        {
            return System.Text.Json.JsonSerializer.Serialize(input);
        }
    }

    private static object? InputNode(string? input) =>
        InputJson(input) is { } json ? System.Text.Json.Nodes.JsonNode.Parse(json) : null;

    [LoggerMessage(LogLevel.Warning, "The run of '{Function}' that was asked for failed: {Error}")]
    private partial void LogFailed(string function, string error);
}
