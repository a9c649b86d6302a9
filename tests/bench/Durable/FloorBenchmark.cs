using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Assay.Bench;

/// <summary>
/// How much of what the database can do the engine gets: beside 50 workflows at a time, pgbench with the statements
/// that the engine sends for as many, one transaction after another on one connection.
/// </summary>
internal sealed partial class FloorBenchmark : IBenchmark
{
    private const int Together = 50;
    private const int Workflows = 1_000;
    private const int Steps = 5;
    private const int Seconds = 5;

    public string Name => "durable-floor";

    /// <summary>One workflow of five steps each for a whole group, commit by commit.</summary>
    private static string Script =>
        $"""
        \set base random(1000000000, 2000000000000)
        insert into durable.instance (hub, instance_id, name, status, input, owner)
        select 'floor', (:base::bigint + n)::text, 'Steps', 'running', '1', w.id
        from generate_series(1, {Together}) n, durable.worker w where w.hub = 'floor';
        {Episode(0, "started", "activity_scheduled")}
        {Episode(2, "activity_completed", "activity_scheduled")}
        {Episode(4, "activity_completed", "activity_scheduled")}
        {Episode(6, "activity_completed", "activity_scheduled")}
        {Episode(8, "activity_completed", "activity_scheduled")}
        {Episode(10, "activity_completed", "ended",
            $"""
            update durable.instance
            set status = 'completed', output = '15', updated_at = now(), completed_at = now(), owner = null
            where key = any(array(
                select i.key from generate_series(1, {Together}) n
                cross join lateral (
                    select key from durable.instance
                    where hub = 'floor' and instance_id = (:base::bigint + n)::text limit 1) i));
            """)}
        """;

    public async Task<IReadOnlyList<Table>> RunAsync()
    {
        await using var database = await BenchDatabase.CreateDurableAsync();
        await using var forFloor = await BenchDatabase.CreateDurableAsync();
        await forFloor.ExecuteAsync(
            """
            insert into durable.worker (hub, name, lease_until) values ('floor', 'pgbench', now() + interval '1 day')
            """);
        await using var engine = await Peer.StartEngineAsync(database.Durable);

        var seconds = await Measure.TakeTurnsAsync(
            async () => (await engine.RoundAsync(new
            {
                kind = "chain", workflows = Workflows, steps = Steps, parallel = Together,
            })).Seconds,
            () => FloorAsync(forFloor));
        var table = new Table(
            $"{Workflows:N0} workflows of {Steps} steps, {Together} at a time, and pgbench with the engine's " +
            "statements for as many: steps per second",
            "Assay", "pgbench", "of the floor's speed");
        table.Add(
            [
                .. seconds.Select(time => Measure.Show(Workflows * Steps / time)),
                $"{seconds[1] / seconds[0]:P0}",
            ]);
        return [table];
    }

    private static string Episode(int sequence, string first, string second, string more = "") =>
        $"""
        begin;
        select durable.fence(id, commits + 1, interval '8 seconds') from durable.worker where hub = 'floor';
        insert into durable.history (instance_key, sequence, kind, step, at, name, target, payload, failure)
        select :base::bigint + n, {sequence} + place, kind, {sequence / 2}, now(), 'Add', null, '1', null
        from generate_series(1, {Together}) n, (values (0, '{first}'), (1, '{second}')) e (place, kind);
        {more}
        commit;
        """;

    /// <summary>Seconds that pgbench takes for as many workflows.</summary>
    private static async Task<double> FloorAsync(BenchDatabase database)
    {
        var script = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(script, Script);
            var start = new ProcessStartInfo(
                "pgbench", ["-n", "-M", "prepared", "-c", "1", "-T", $"{Seconds}", "-f", script, database.Url])
            {
                RedirectStandardOutput = true, RedirectStandardError = true,
            };
            using var pgbench = Process.Start(start)!;
            var errors = pgbench.StandardError.ReadToEndAsync();
            var output = await pgbench.StandardOutput.ReadToEndAsync();
            await pgbench.WaitForExitAsync();
            return Rate().Match(output) is { Success: true, Groups: [_, var rate] } && pgbench.ExitCode == 0
                ? Workflows / (double.Parse(rate.Value, CultureInfo.InvariantCulture) * Together)
                : throw new InvalidOperationException($"pgbench failed: {await errors}");
        }
        catch (Win32Exception)
        {
            throw new InvalidOperationException("There is no pgbench here: apt install postgresql-contrib.");
        }
        finally
        {
            File.Delete(script);
        }
    }

    [GeneratedRegex(@"^tps = ([0-9.]+)", RegexOptions.Multiline)]
    private static partial Regex Rate();
}
