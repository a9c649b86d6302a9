namespace Assay.Bench;

/// <summary>Whether a million instances that have ended slow down those that run.</summary>
internal sealed class FinishedBenchmark : IBenchmark
{
    private const int Finished = 1_000_000;
    private const int Workflows = 1_000;
    private const int Steps = 5;
    private const int FanOut = 10_000;

    public string Name => "durable-finished";

    public async Task<IReadOnlyList<Table>> RunAsync()
    {
        await using var forNew = await BenchDatabase.CreateDurableAsync();
        await using var forOld = await BenchDatabase.CreateDurableAsync();
        await FillAsync(forOld);
        await using var young = await Engine.StartAsync(forNew.Durable);
        await using var old = await Engine.StartAsync(forOld.Durable);

        var table = new Table(
            $"The same on empty tables and beside {Finished:N0} finished instances with their history",
            "measure", "empty", "a million finished", "ratio");
        var chains = await Measure.TakeTurnsAsync(
            () => RunAsync(young, "chain", Workflows, Steps), () => RunAsync(old, "chain", Workflows, Steps));
        table.Add(Row($"{Workflows:N0} × {Steps}, 50 at a time: steps/s", Workflows * Steps, chains));
        var fanOuts = await Measure.TakeTurnsAsync(
            () => RunAsync(young, "fanOut", 1, FanOut), () => RunAsync(old, "fanOut", 1, FanOut));
        table.Add(Row($"fan-out of {FanOut:N0}: activities/s", FanOut, fanOuts));

        var latencies = await LatencyBenchmark.MeasureAsync(young, old);
        var (fresh, aged) = (latencies[0], latencies[1]);
        table.Add("one activity: p50, ms", Measure.Show(fresh.P50), Measure.Show(aged.P50), Ratio(fresh.P50, aged.P50));
        table.Add("one activity: p99, ms", Measure.Show(fresh.P99), Measure.Show(aged.P99), Ratio(fresh.P99, aged.P99));
        var lists = await Measure.TakeTurnsAsync(() => ListAsync(young), () => ListAsync(old));
        table.Add(
            "list what runs: ms", Measure.Show(lists[0] * 1e3), Measure.Show(lists[1] * 1e3),
            Ratio(lists[0], lists[1]));
        return [table];
    }

    private static async Task<double> ListAsync(IContender engine)
    {
        const int times = 50;
        return (await engine.RoundAsync(new { kind = "list", workflows = times })).Seconds / times;
    }

    private static string[] Row(string measure, int count, double[] seconds) =>
    [
        measure, Measure.Show(count / seconds[0]), Measure.Show(count / seconds[1]), Ratio(seconds[0], seconds[1]),
    ];

    private static string Ratio(double before, double after) => Measure.ShowRatio(before / after);

    private static async Task<double> RunAsync(IContender engine, string kind, int workflows, int steps) =>
        (await engine.RoundAsync(new { kind, workflows, steps, parallel = Math.Min(workflows, 50) })).Seconds;

    private static async Task FillAsync(BenchDatabase database)
    {
        await database.ExecuteAsync(
            $"""
            insert into durable_task.instance (
                hub, instance_id, execution_id, name, status, input, output, episodes,
                created_at, updated_at, completed_at)
            select 'bench', md5(n::text), md5(n::text), 'Steps', 'completed', '1', '1', 2, at, at, at
            from generate_series(1, {Finished}) n, lateral (select now() - n * interval '1 second' as at) t;

            insert into durable_task.history (instance_key, episode, events)
            select i.key, e, repeat('x', 400) from durable_task.instance i, generate_series(1, 2) e;

            vacuum analyze durable_task.instance;
            vacuum analyze durable_task.history;
            """);
    }
}
