using System.Collections.Concurrent;
using Assay.Local;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Converters;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Assay;

/// <summary>
/// One engine in this process, as the host would run it, with orchestrators and activities as lambdas.
/// </summary>
internal sealed class TestEngine : IAsyncDisposable
{
    private readonly IHost host;
    private bool stopped;

    public TestEngine(string connectionString, string hub, Action<DurableOptions>? configure)
    {
        Hub = hub;
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.AddProvider(Log);
        builder.Services.AddDurableEngine(options =>
        {
            options.ConnectionString = connectionString;
            options.HubName = hub;
            configure?.Invoke(options);
        });
        host = builder.Build();
    }

    public string Hub { get; }

    public TestLog Log { get; } = new();

    public DurableTaskClient Client => host.Services.GetRequiredService<DurableTaskClient>();

    public IServiceProvider Services => host.Services;

    private DurableFunctions Functions => host.Services.GetRequiredService<DurableFunctions>();

    public TestEngine Orchestrator<TOutput>(string name, Func<TaskOrchestrationContext, Task<TOutput>> run)
    {
        Functions.AddOrchestrator(name, async context => await run(context));
        return this;
    }

    public TestEngine Orchestrator(string name, Func<TaskOrchestrationContext, Task> run)
    {
        Functions.AddOrchestrator(name, async context =>
        {
            await run(context);
            return null;
        });
        return this;
    }

    public TestEngine Activity<TInput, TOutput>(string name, Func<TInput, CancellationToken, Task<TOutput>> run)
    {
        var json = JsonDataConverter.Default;
        Functions.AddActivity(name, async (call, cancellation) =>
            json.Serialize(await run(json.Deserialize<TInput>(call.Input)!, cancellation)));
        return this;
    }

    public TestEngine Activity<TInput, TOutput>(string name, Func<TInput, TOutput> run) =>
        Activity<TInput, TOutput>(name, (input, _) => Task.FromResult(run(input)));

    public async Task<TestEngine> StartAsync()
    {
        await BeginAsync();
        await ReadyAsync();
        return this;
    }

    /// <summary>Starts the engine whether or not its database is there.</summary>
    public Task BeginAsync() => host.StartAsync();

    public async Task ReadyAsync()
    {
        await host.Services.GetRequiredService<DurableEngine>().Ready.WaitAsync(TimeSpan.FromSeconds(30));
    }

    public async Task StopAsync()
    {
        stopped = true;
        await host.StopAsync();
    }

    /// <summary>Starts an orchestration and waits for its end.</summary>
    public async Task<OrchestrationMetadata> RunAsync(string name, object? input = null, string? id = null)
    {
        var instanceId = await Client.ScheduleNewOrchestrationInstanceAsync(
            name, input, id is null ? null : new StartOrchestrationOptions(id), CancellationToken.None);
        return await EndAsync(instanceId);
    }

    public Task<OrchestrationMetadata> EndAsync(string instanceId) => Client.WaitForInstanceCompletionAsync(
        instanceId, getInputsAndOutputs: true, new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token);

    /// <summary>Waits until a started orchestration has the custom status.</summary>
    public Task ReachesAsync(string instanceId, string customStatus) => Eventually.TrueAsync(
        async () =>
            (await Client.GetInstanceAsync(instanceId, getInputsAndOutputs: true, CancellationToken.None))
                ?.SerializedCustomStatus == $"\"{customStatus}\"",
        within: null, () => $"'{instanceId}' did not come to '{customStatus}'.");

    public async ValueTask DisposeAsync()
    {
        if (!stopped)
            await host.StopAsync();
        host.Dispose();
    }
}

/// <summary>Keeps what is logged.</summary>
internal sealed class TestLog : ILoggerProvider
{
    private readonly ConcurrentQueue<string> lines = new();

    public IReadOnlyCollection<string> Lines => lines;

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
        // Nothing is held.
    }

    private sealed class Logger(TestLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) =>
            log.lines.Enqueue($"{logLevel} {category}: {formatter(state, exception)} {exception}");
    }
}
