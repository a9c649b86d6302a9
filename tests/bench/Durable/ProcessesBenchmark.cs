namespace Assay.Bench;

/// <summary>What a second process brings where activities wait, as those that call a model do.</summary>
internal sealed class ProcessesBenchmark : IBenchmark
{
    private const int Workflows = 100;
    private const int Steps = 5;
    private const int WaitMilliseconds = 50;

    public string Name => "durable-processes";

    public async Task<IReadOnlyList<Table>> RunAsync()
    {
        await using var forOne = await BenchDatabase.CreateDurableAsync();
        await using var forTwo = await BenchDatabase.CreateDurableAsync();
        await using var alone = await Engine.StartAsync(forOne.Durable);
        await using var first = await Engine.StartAsync(forTwo.Durable);
        await using var second = await Engine.StartAsync(forTwo.Durable);

        var seconds = await Measure.TakeTurnsAsync(() => RunAsync(alone), () => RunAsync(first));
        var table = new Table(
            $"{Workflows} orchestrations at a time of {Steps} activities that wait {WaitMilliseconds} ms each: " +
            "activities per second",
            "one host", "two hosts", "ratio");
        table.Add(
            [
                .. seconds.Select(time => Measure.Show(Workflows * Steps / time)),
                Measure.ShowRatio(seconds[0] / seconds[1]),
            ]);
        return [table];
    }

    private static async Task<double> RunAsync(IContender engine)
    {
        var round = await engine.RoundAsync(new
        {
            kind = "chain", workflows = Workflows, steps = Steps, parallel = Workflows,
            waitMilliseconds = WaitMilliseconds,
        });
        return round.Count == Workflows * Steps
            ? round.Seconds
            : throw new InvalidOperationException($"{round.Count} of {Workflows * Steps} activities were done.");
    }
}
