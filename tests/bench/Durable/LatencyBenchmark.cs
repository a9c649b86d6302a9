namespace Assay.Bench;

/// <summary>How long one orchestration of one activity takes while nothing else goes on.</summary>
internal sealed class LatencyBenchmark : IBenchmark
{
    private const int Orchestrations = 100;

    public string Name => "durable-latency";

    public async Task<IReadOnlyList<Table>> RunAsync()
    {
        await using var database = await BenchDatabase.CreateDurableAsync();
        await using var engine = await Engine.StartAsync(database.Durable);
        var table = new Table(
            $"{Orchestrations} orchestrations of one activity, 20 ms apart: milliseconds from schedule to completion",
            "", "p50", "p99");
        var measured = await MeasureAsync(engine);
        table.Add("Assay", Measure.Show(measured[0].P50), Measure.Show(measured[0].P99));
        return [table];
    }

    /// <summary>Medians of each round's percentiles; the engines take turns.</summary>
    public static async Task<IReadOnlyList<(double P50, double P99)>> MeasureAsync(params IContender[] engines)
    {
        var work = new { kind = "chain", workflows = Orchestrations, steps = 1, parallel = 1, pauseMilliseconds = 20 };
        var rounds = engines.Select(_ => new List<IReadOnlyList<double>>()).ToArray();
        for (var round = 0; round <= Measure.Rounds; round++)
        {
            for (var engine = 0; engine < engines.Length; engine++)
                rounds[engine].Add((await engines[engine].RoundAsync(work)).Milliseconds!);
        }
        // The first round warms up.
        return [.. rounds.Select(all => (Median(all.Skip(1), 50), Median(all.Skip(1), 99)))];
    }

    private static double Median(IEnumerable<IReadOnlyList<double>> rounds, int percent) =>
        Measure.Percentile(rounds.Select(milliseconds => Measure.Percentile(milliseconds, percent)), 50);
}
