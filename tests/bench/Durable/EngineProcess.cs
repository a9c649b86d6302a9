using System.Diagnostics;
using System.Text.Json;
using Assay.Local;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Assay.Bench;

/// <summary>
/// The durable engine as a contender: a process that is worker and client in one and does a round of work for each
/// line of JSON, as the peers do.
/// </summary>
internal static class EngineProcess
{
    public const string Verb = "engine";

    public const string PollingAlone = "polling-alone";

    private const string Steps = "Steps";
    private const string FanOut = "FanOut";
    private const string Add = "Add";
    private const string Wait = "Wait";

    public static async Task<int> RunAsync(string connectionString, params string[] options)
    {
        using var host = Build(connectionString, notifications: !options.Contains(PollingAlone));
        await host.StartAsync();
        await host.Services.GetRequiredService<DurableEngine>().Ready;
        var client = host.Services.GetRequiredService<DurableTaskClient>();
        while (await Console.In.ReadLineAsync() is { } line)
        {
            var work = JsonSerializer.Deserialize<Work>(line, JsonSerializerOptions.Web)!;
            Console.WriteLine(JsonSerializer.Serialize(await RoundAsync(client, work), JsonSerializerOptions.Web));
        }
        await host.StopAsync();
        return 0;
    }

    private static async Task<Round> RoundAsync(DurableTaskClient client, Work work)
    {
        var (started, sum) = (0, 0);
        var milliseconds = new double[work.Workflows];
        using var memory = new PeakMemory();
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, work.Parallel).Select(async _ =>
        {
            while (Interlocked.Increment(ref started) is var number && number <= work.Workflows)
            {
                var began = watch.Elapsed;
                Interlocked.Add(ref sum, await RunOneAsync(client, work));
                milliseconds[number - 1] = (watch.Elapsed - began).TotalMilliseconds;
                await Task.Delay(work.PauseMilliseconds);
            }
        }));
        return new(sum, watch.Elapsed.TotalSeconds, memory.Megabytes, work.Parallel == 1 ? milliseconds : null);
    }

    private static async Task<int> RunOneAsync(DurableTaskClient client, Work work)
    {
        if (work.Kind == "list")
        {
            var live = new OrchestrationQuery(Statuses: [OrchestrationRuntimeStatus.Running]);
            return await client.GetAllInstancesAsync(live).CountAsync();
        }
        var id = await client.ScheduleNewOrchestrationInstanceAsync(
            work.Kind == "fanOut" ? FanOut : Steps, work, CancellationToken.None);
        var end = await client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true);
        if (end.RuntimeStatus != OrchestrationRuntimeStatus.Completed)
            throw new InvalidOperationException($"A workflow ended as {end.RuntimeStatus}: {end.FailureDetails}");
        return end.ReadOutputAs<int>();
    }

    private static IHost Build(string connectionString, bool notifications)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddDurableEngine(options =>
        {
            options.ConnectionString = connectionString;
            options.Notifications = notifications;
        });
        var host = builder.Build();

        var functions = host.Services.GetRequiredService<DurableFunctions>();
        functions.AddActivity(Add, (call, _) => Task.FromResult(call.Input));
        functions.AddActivity(Wait, async (call, cancellation) =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(int.Parse(call.Input!)), cancellation);
            return "1";
        });
        functions.AddOrchestrator(Steps, async context =>
        {
            var work = context.GetInput<Work>()!;
            var sum = 0;
            for (var step = 1; step <= work.Steps; step++)
            {
                sum += work.WaitMilliseconds > 0
                    ? await context.CallActivityAsync<int>(Wait, work.WaitMilliseconds)
                    : await context.CallActivityAsync<int>(Add, step);
            }
            return sum;
        });
        functions.AddOrchestrator(FanOut, async context =>
        {
            var calls = Enumerable.Range(0, context.GetInput<Work>()!.Steps)
                .Select(_ => context.CallActivityAsync<int>(Add, 1));
            return (await Task.WhenAll(calls)).Sum();
        });
        return host;
    }

    /// <param name="Kind">
    /// "chain": steps one after another. "fanOut": all steps at once. "list": lists what runs. "ready": nothing.
    /// </param>
    /// <param name="WaitMilliseconds">How long each step waits; 0: it returns its number at once.</param>
    /// <param name="PauseMilliseconds">Between one workflow's end and the start of the next.</param>
    private sealed record Work(
        string Kind, int Workflows = 0, int Steps = 1, int Parallel = 1, int WaitMilliseconds = 0,
        int PauseMilliseconds = 0);

    /// <summary>The largest heap while it lives.</summary>
    private sealed class PeakMemory : IDisposable
    {
        private readonly Timer timer;
        private long peak;

        public PeakMemory() => timer = new(_ => Look(), null, TimeSpan.Zero, TimeSpan.FromMilliseconds(50));

        public double Megabytes
        {
            get
            {
                Look();
                return peak / 1e6;
            }
        }

        public void Dispose() => timer.Dispose();

        private void Look() => peak = Math.Max(peak, Environment.WorkingSet);
    }
}
