namespace Assay.Bench;

/// <summary>
/// The same work in each engine, each as a library in one process on the same server: steps that only return a number,
/// so that what is measured is what the engines store.
/// </summary>
internal sealed class ThroughputBenchmark : IBenchmark
{
    private static readonly Load[] Loads = [new(1_000, 5, 50), new(1_000, 1, 50), new(100, 1, 1)];

    private const int Jobs = 10_000;

    public string Name => "durable-throughput";

    public async Task<IReadOnlyList<Table>> RunAsync()
    {
        await using var database = await BenchDatabase.CreateDurableAsync();
        await using var forDbos = await BenchDatabase.CreateAsync();
        await using var forPgBoss = await BenchDatabase.CreateAsync();
        await using var engine = await Engine.StartAsync(database.Durable);
        await using var dbos = await Peer.StartAsync("dbos.mjs", forDbos.Url);
        await using var pgBoss = await Peer.StartAsync("pg-boss.mjs", forPgBoss.Url);

        var workflows = new Table(
            "Workflows of steps one after another: steps per second",
            "load", "Assay", "dbos-sdk", "pg-boss", "to dbos-sdk", "to pg-boss");
        foreach (var load in Loads)
        {
            var seconds = await Measure.TakeTurnsAsync(
                () => RunAsync(engine, load), () => RunAsync(dbos, load), () => RunAsync(pgBoss, load));
            workflows.Add(
                [
                    $"{load.Workflows:N0} × {load.Steps}, {load.Parallel} at a time",
                    .. seconds.Select(time => Measure.Show(load.Workflows * load.Steps / time)),
                    Measure.ShowRatio(seconds[1] / seconds[0]), Measure.ShowRatio(seconds[2] / seconds[0]),
                ]);
        }

        var jobs = new Table(
            $"{Jobs:N0} jobs at once: jobs per second; Assay's are the activities of one orchestration",
            "Assay", "pg-boss", "ratio");
        var together = await Measure.TakeTurnsAsync(
            () => RunAsync(engine, new { kind = "fanOut", workflows = 1, steps = Jobs }, Jobs),
            () => RunAsync(pgBoss, new { jobs = Jobs }, Jobs));
        jobs.Add(
            [.. together.Select(time => Measure.Show(Jobs / time)), Measure.ShowRatio(together[1] / together[0])]);
        return [workflows, jobs];
    }

    private static Task<double> RunAsync(IContender peer, Load load) => RunAsync(
        peer, new { kind = "chain", workflows = load.Workflows, steps = load.Steps, parallel = load.Parallel },
        load.Workflows * load.Steps * (load.Steps + 1) / 2);

    private static async Task<double> RunAsync(IContender peer, object work, int expected)
    {
        var round = await peer.RoundAsync(work);
        return round.Count == expected
            ? round.Seconds
            : throw new InvalidOperationException($"The work came to {round.Count} instead of {expected}.");
    }

    private sealed record Load(int Workflows, int Steps, int Parallel);
}
