namespace Assay.Bench;

/// <summary>How long one orchestration of one activity takes while nothing else goes on.</summary>
internal sealed class LatencyBenchmark : IBenchmark
{
    private const int Orchestrations = 100;

    public string Name => "durable-latency";

    public async Task<IReadOnlyList<Table>> RunAsync()
    {
        await using var database = await BenchDatabase.CreateDurableAsync();
        await using var engine = await Peer.StartEngineAsync(database.Durable);
        var table = new Table(
            $"{Orchestrations} orchestrations of one activity, 20 ms apart: milliseconds from schedule to completion",
            "", "p50", "p99");
        var (p50, p99) = await MeasureAsync(engine);
        table.Add("Assay", Measure.Show(p50), Measure.Show(p99));
        return [table];
    }

    /// <summary>Medians of each round's percentiles.</summary>
    public static async Task<(double P50, double P99)> MeasureAsync(Peer engine)
    {
        var work = new { kind = "chain", workflows = Orchestrations, steps = 1, parallel = 1, pauseMilliseconds = 20 };
        await engine.RoundAsync(work);
        var (p50, p99) = (new List<double>(), new List<double>());
        for (var round = 0; round < Measure.Rounds; round++)
        {
            var milliseconds = (await engine.RoundAsync(work)).Milliseconds!;
            p50.Add(Measure.Percentile(milliseconds, 50));
            p99.Add(Measure.Percentile(milliseconds, 99));
        }
        return (Measure.Percentile(p50, 50), Measure.Percentile(p99, 50));
    }
}
