using System.Diagnostics;
using Assay.Local;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Assay.Bench;

/// <summary>
/// The same workflow in both engines, each as a library in one process on the same server: steps one after another that
/// only return a number, so that what is measured is what the engines store.
/// </summary>
internal sealed class DurableBenchmark : IBenchmark
{
    private const string Steps = "Steps";
    private const string Add = "Add";

    private static readonly Load[] Loads = [new(200, 5, 50), new(200, 1, 50), new(50, 1, 1)];

    public string Name => "durable";

    public async Task<IReadOnlyList<Table>> RunAsync()
    {
        await using var ours = await BenchDatabase.CreateMigratedAsync();
        await using var theirs = await BenchDatabase.CreateAsync();
        await using (var tables = NpgsqlDataSource.Create(ours.Durable))
            await DurableSchema.UpgradeAsync(tables, CancellationToken.None);
        using var host = Engine(ours);
        await host.StartAsync();
        var client = host.Services.GetRequiredService<DurableTaskClient>();
        await using var peer = await Peer.StartAsync("durable.mjs", theirs.Url);

        var rates = new Table(
            "Orchestrations of activities that only return a number; DBOS workflows of such steps",
            "load", "Assay", "dbos-sdk", "ratio");
        foreach (var load in Loads)
            await CompareAsync(rates, client, peer, load);

        await host.StopAsync();
        return [rates];
    }

    private static async Task CompareAsync(Table table, DurableTaskClient client, Peer peer, Load load)
    {
        var seconds = await Measure.TakeTurnsAsync(
            () => RunAsync(client, load),
            async () =>
            {
                var round = await peer.RoundAsync(
                    new { workflows = load.Workflows, steps = load.Steps, parallel = load.Parallel });
                load.Check(round.GetProperty("count").GetInt32());
                return round.GetProperty("seconds").GetDouble();
            });

        string Row(Func<double, double> figure) => Measure.Show(figure(seconds[0]));
        var ratio = Measure.ShowRatio(seconds[1] / seconds[0]);
        if (load.Parallel == 1)
        {
            table.Add(
                $"one at a time, {load.Steps} activity: ms each",
                Row(time => time / load.Workflows * 1e3), Measure.Show(seconds[1] / load.Workflows * 1e3), ratio);
            return;
        }

        var scene = $"{load.Workflows} × {load.Steps}, {load.Parallel} at a time";
        table.Add(
            $"{scene}: orchestrations/s",
            Row(time => load.Workflows / time), Measure.Show(load.Workflows / seconds[1]), ratio);
        table.Add(
            $"{scene}: activities/s",
            Row(time => load.Workflows * load.Steps / time),
            Measure.Show(load.Workflows * load.Steps / seconds[1]), ratio);
    }

    private static async Task<double> RunAsync(DurableTaskClient client, Load load)
    {
        var (started, sum) = (0, 0);
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, load.Parallel).Select(async _ =>
        {
            while (Interlocked.Increment(ref started) <= load.Workflows)
            {
                var id = await client.ScheduleNewOrchestrationInstanceAsync(Steps, load.Steps);
                var end = await client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true);
                Interlocked.Add(ref sum, end.ReadOutputAs<int>());
            }
        }));
        load.Check(sum);
        return watch.Elapsed.TotalSeconds;
    }

    private static IHost Engine(BenchDatabase database)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddDurableEngine(options => options.ConnectionString = database.Durable);
        var host = builder.Build();

        var functions = host.Services.GetRequiredService<DurableFunctions>();
        functions.AddActivity(Add, (call, _) => Task.FromResult(call.Input));
        functions.AddOrchestrator(Steps, async context =>
        {
            var sum = 0;
            var count = context.GetInput<int>();
            for (var step = 1; step <= count; step++)
                sum += await context.CallActivityAsync<int>(Add, step);
            return sum;
        });
        return host;
    }

    private sealed record Load(int Workflows, int Steps, int Parallel)
    {
        /// <summary>Both engines must have done all of the work.</summary>
        public void Check(int sum)
        {
            var expected = Workflows * Steps * (Steps + 1) / 2;
            if (sum != expected)
                throw new InvalidOperationException($"The workflows returned {sum} in all instead of {expected}.");
        }
    }
}
