namespace Assay.Bench;

/// <summary>A new process to its first answer, and what it takes while it does nothing.</summary>
internal sealed class StartBenchmark : IBenchmark
{
    private static readonly TimeSpan Settling = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(60);

    public string Name => "start";

    public async Task<IReadOnlyList<Table>> RunAsync()
    {
        await using var database = await BenchDatabase.CreateMigratedAsync();
        var (starts, sizes) = (new List<double>(), new List<double>());
        for (var round = 0; round <= Measure.Rounds; round++)
        {
            await using var app = await App.StartAsync(database.Settings);
            if (round == 0)
                continue; // It creates the tables of orchestrations.

            starts.Add(app.StartTime.TotalMilliseconds);
            sizes.Add(app.Megabytes);
        }

        var table = new Table("A new process of the app on an empty database", "measure", "median", "worst");
        table.Add("start to first answer, ms", Show(starts, 50), Show(starts, 100));
        table.Add("memory then, MB", Show(sizes, 50), Show(sizes, 100));
        return [table, await IdleAsync(database)];
    }

    private static async Task<Table> IdleAsync(BenchDatabase database)
    {
        await using var counter = new ProtocolCounter(database.Host, database.Port);
        var settings = database.Settings.ToDictionary(
            setting => setting.Key,
            setting => $"{setting.Value};Host=127.0.0.1;Port={counter.Port};SSL Mode=Disable");
        settings["InboxContainer"] = "bench-idle";
        settings["RollupSchedule"] = "0 0 0 29 2 *";
        await using var app = await App.StartAsync(settings);
        // The compiler goes on for a while in the background.
        await Task.Delay(Settling);

        var (statements, processor) = (counter.Statements, app.ProcessorTime);
        await Task.Delay(Idle);
        var table = new Table(
            "The same, two minutes later, with nothing to do: timers, blobs and orchestrations", "", "");
        table.Add("statements a second", Measure.Show((counter.Statements - statements) / Idle.TotalSeconds));
        table.Add("percent of a core", Measure.Show((app.ProcessorTime - processor) / Idle * 100));
        return table;
    }

    private static string Show(List<double> values, int percent) => Measure.Show(Measure.Percentile(values, percent));
}
