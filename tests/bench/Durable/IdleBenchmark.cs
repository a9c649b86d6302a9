using System.Diagnostics;

namespace Assay.Bench;

/// <summary>What an engine that has nothing to do asks of its processor and of the database.</summary>
internal sealed class IdleBenchmark : IBenchmark
{
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(30);

    public string Name => "durable-idle";

    public async Task<IReadOnlyList<Table>> RunAsync()
    {
        var table = new Table(
            $"Nothing to do for {Watched.TotalSeconds} s", "engine", "statements per second", "% of one core");
        table.Add(["told of work by LISTEN", .. await MeasureAsync(notifications: true)]);
        table.Add(["polling alone, as behind PgBouncer", .. await MeasureAsync(notifications: false)]);
        return [table];
    }

    private static async Task<string[]> MeasureAsync(bool notifications)
    {
        await using var database = await BenchDatabase.CreateDurableAsync();
        await using var counter = new ProtocolCounter(database.Host, database.Port);
        await using var engine = await Engine.StartAsync(
            database.DurableThrough("127.0.0.1", counter.Port), notifications);
        await engine.RoundAsync(new { kind = "chain", workflows = 10 });
        await Task.Delay(Settling);

        var (statements, processor, watch) = (counter.Statements, engine.ProcessorTime, Stopwatch.StartNew());
        await Task.Delay(Watched);
        return
        [
            Measure.Show((counter.Statements - statements) / watch.Elapsed.TotalSeconds),
            Measure.Show((engine.ProcessorTime - processor) / watch.Elapsed * 100),
        ];
    }
}
