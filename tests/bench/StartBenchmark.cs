namespace Assay.Bench;

/// <summary>A new process to its first answer, and what it takes while it does nothing.</summary>
internal sealed class StartBenchmark : IBenchmark
{
    public string Name => "start";

    public async Task<IReadOnlyList<Table>> RunAsync()
    {
        await using var database = await BenchDatabase.CreateMigratedAsync();
        var (starts, sizes) = (new List<double>(), new List<double>());
        for (var round = 0; round <= Measure.Rounds; round++)
        {
            await using var app = await App.StartAsync(database.Settings);
            if (round == 0)
                continue; // It creates the engine's tables.

            starts.Add(app.StartTime.TotalMilliseconds);
            sizes.Add(app.Megabytes);
        }

        var table = new Table("A new process of the app on an empty database", "measure", "median", "worst");
        table.Add("start to first answer, ms", Show(starts, 50), Show(starts, 100));
        table.Add("memory then, MB", Show(sizes, 50), Show(sizes, 100));
        return [table];
    }

    private static string Show(List<double> values, int percent) => Measure.Show(Measure.Percentile(values, percent));
}
