namespace Assay.Faults;

/// <summary>Orchestrations of every kind for a fleet to run, and what must hold once they are done.</summary>
internal sealed class MixedWork(Fleet fleet)
{
    private static readonly string[] Names = [.. Workflows.Mixed.Keys, nameof(Workflows.Waits)];

    private int started;

    /// <summary>Starts the next orchestrations, of each kind in turn.</summary>
    public async Task StartAsync(int count)
    {
        for (var last = started + count; started < last; started++)
        {
            var name = Names[started % Names.Length];
            await fleet.StartAsync(name, Id(started), started);
            if (name == "Events")
                await fleet.RaiseAsync(Id(started), "first", 10);
        }
    }

    /// <summary>
    /// Gives the rest what it still waits for, waits for the end of all, and checks that nothing was lost or repeated.
    /// </summary>
    /// <param name="others">What else ran: id, status and output.</param>
    public async Task AssertSoundAsync(params string[] others)
    {
        foreach (var id in Ids("Events"))
            await fleet.RaiseAsync(id, "second", 20);
        await fleet.UntilNoneAsync(
            $"durable_task.instance where completed_at is null and name <> '{nameof(Workflows.Waits)}'",
            "Not every orchestration ended.");
        await fleet.UntilAsync(
            $"""
            count(*) = {Ids(nameof(Workflows.Waits)).Count()} from durable_task.instance
            where name = '{nameof(Workflows.Waits)}' and status = 'running' and completed_at is null
            """,
            "Not all that should wait do.");
        await AssertIntegrityAsync();

        foreach (var id in Ids(nameof(Workflows.Waits)))
            await fleet.RaiseAsync(id, "go", Number(id));
        await fleet.UntilNoneAsync(
            "durable_task.instance where completed_at is null", "Not all that waited could be woken.");

        await AssertIntegrityAsync();
        await fleet.UntilNoneAsync("durable_task.message", "Messages were left behind.");
        Assert.Equal(0, await fleet.CountAsync("durable_task.activity"));
        await AssertResultsAsync(others);
        await AssertRunsAsync();
    }

    private async Task AssertIntegrityAsync() => Assert.Empty(await fleet.ListAsync(
        "select concat_ws(', ', problem, instance_id, instance_key) from durable_task.integrity()"));

    private async Task AssertResultsAsync(string[] others)
    {
        string[] expected =
        [
            .. from number in Enumerable.Range(0, started)
               let name = Names[number % Names.Length]
               let result = name == nameof(Workflows.Waits) ? number : Workflows.Mixed[name](number)
               select $"{Id(number)} completed {result}",
            .. others,
        ];
        var actual = await fleet.ListAsync(
            """
            select concat_ws(' ', instance_id, status, output, failure) from durable_task.instance where parent is null
            """);
        string[] wrong = [.. actual.Except(expected)];
        Assert.True(wrong.Length == 0, string.Join('\n', wrong));
        Assert.Equal(expected.Length, actual.Count);
        Assert.Equal(0, await fleet.CountAsync("durable_task.instance where status <> 'completed'"));
    }

    /// <summary>Every activity has one result, and every instance ran each of its steps.</summary>
    private async Task AssertRunsAsync()
    {
        Assert.Empty(await fleet.ListAsync(
            """
            select concat_ws(' ', i.instance_id, e.line::jsonb ->> 'TaskScheduledId', count(*))
            from durable_task.history h
            join durable_task.instance i on i.key = h.instance_key
            cross join lateral regexp_split_to_table(h.events, E'\n') e (line)
            where e.line like '{"EventType":5,%' or e.line like '{"EventType":6,%'
            group by i.key, i.instance_id, e.line::jsonb ->> 'TaskScheduledId' having count(*) > 1
            """));
        Assert.Equal(0, await fleet.CountAsync(
            """
            durable_task.instance i
            where i.name = 'Chain' and 5 <> (
                select count(distinct step) from fault.run r where r.instance_id = i.instance_id)
            """));
    }

    private static string Id(int number) => $"{Names[number % Names.Length]}-{number}";

    private static int Number(string id) => int.Parse(id.Split('-')[1]);

    private IEnumerable<string> Ids(string name) => Enumerable.Range(0, started).Select(Id)
        .Where(id => id.StartsWith(name, StringComparison.Ordinal));
}
