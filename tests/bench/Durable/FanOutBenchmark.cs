namespace Assay.Bench;

/// <summary>
/// One orchestration of many activities at once: time and memory must grow with their number, not faster.
/// </summary>
internal sealed class FanOutBenchmark : IBenchmark
{
    private static readonly int[] Sizes = [1_000, 10_000];

    public string Name => "durable-fan-out";

    public async Task<IReadOnlyList<Table>> RunAsync()
    {
        await using var database = await BenchDatabase.CreateDurableAsync();
        var table = new Table(
            "One orchestration that calls so many activities at once",
            "activities", "seconds", "to ten times fewer", "peak of host and worker, MB");
        var before = 0.0;
        foreach (var size in Sizes)
        {
            var (seconds, megabytes) = (new List<double>(), new List<double>());
            for (var round = 0; round < Measure.Rounds; round++)
            {
                // A process of its own each time, so that its memory is this round's.
                await using var engine = await Engine.StartAsync(database.Durable);
                await RunAsync(engine, Sizes[0]);
                var done = await RunAsync(engine, size);
                seconds.Add(done.Seconds);
                megabytes.Add(engine.PeakMegabytes);
            }

            var median = Measure.Percentile(seconds, 50);
            table.Add(
                $"{size:N0}", Measure.Show(median), before == 0 ? "" : Measure.ShowRatio(median / before),
                Measure.Show(Measure.Percentile(megabytes, 50)));
            before = median;
        }
        return [table];
    }

    private static async Task<Round> RunAsync(IContender engine, int activities)
    {
        var round = await engine.RoundAsync(new { kind = "fanOut", workflows = 1, steps = activities });
        return round.Count == activities
            ? round
            : throw new InvalidOperationException($"{round.Count} of {activities} activities were done.");
    }
}
