namespace Assay;

/// <summary>Orchestrations of every kind for a fleet to run, and what must hold once they are done.</summary>
internal sealed class MixedWork(Fleet fleet)
{
    private static readonly string[] Names = [.. Workflows.Mixed.Keys, Workflows.Waits];

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
            $"durable.instance where completed_at is null and name <> '{Workflows.Waits}'",
            "Not every orchestration ended.");
        await fleet.UntilAsync(
            $"""
            count(*) = {Ids(Workflows.Waits).Count()} from durable.instance
            where name = '{Workflows.Waits}' and status = 'running' and completed_at is null
            """,
            "Not all that should wait do.");
        await AssertIntegrityAsync();

        foreach (var id in Ids(Workflows.Waits))
            await fleet.RaiseAsync(id, "go", Number(id));
        await fleet.UntilNoneAsync(
            "durable.instance where completed_at is null", "Not all that waited could be woken.");

        await AssertIntegrityAsync();
        Assert.Equal(0, await fleet.CountAsync("durable.message"));
        Assert.Equal(0, await fleet.CountAsync("durable.activity"));
        await AssertResultsAsync(others);
        await AssertRunsAsync();
    }

    /// <summary>A message that crossed its receiver's end is there until the next sweep.</summary>
    private async Task AssertIntegrityAsync()
    {
        await fleet.UntilNoneAsync(
            "durable.integrity() where problem = 'a message is for no live instance'", "Messages were left behind.");
        Assert.Empty(await fleet.ListAsync(
            "select concat_ws(', ', problem, instance_id, step, instance_key) from durable.integrity()"));
    }

    private async Task AssertResultsAsync(string[] others)
    {
        string[] expected =
        [
            .. from number in Enumerable.Range(0, started)
               let name = Names[number % Names.Length]
               let result = name == Workflows.Waits ? number : Workflows.Mixed[name](number)
               select $"{Id(number)} completed {result}",
            .. others,
        ];
        var actual = await fleet.ListAsync(
            """
            select concat_ws(' ', instance_id, status, output, failure) from durable.instance where parent_key is null
            """);
        string[] wrong = [.. actual.Except(expected)];
        Assert.True(wrong.Length == 0, string.Join('\n', wrong));
        Assert.Equal(expected.Length, actual.Count);
        Assert.Equal(0, await fleet.CountAsync("durable.instance where status <> 'completed'"));
    }

    /// <summary>
    /// Every recorded result comes from a run, and no process ran an attempt twice. Another may: what merely lay beside
    /// a suspect when its process died is given the same attempt again.
    /// </summary>
    private async Task AssertRunsAsync()
    {
        Assert.Equal(0, await fleet.CountAsync(
            """
            durable.history h join durable.instance i on i.key = h.instance_key
            where h.kind in ('activity_completed', 'activity_failed') and not exists (
                select from fault.run r where r.instance_id = i.instance_id and r.step = h.step)
            """));
        Assert.Empty(await fleet.ListAsync(
            """
            select concat_ws(' ', instance_id, step, attempt, count(*)) from fault.run
            group by instance_id, step, attempt, process having count(*) > 1
            """));
    }

    private static string Id(int number) => $"{Names[number % Names.Length]}-{number}";

    private static int Number(string id) => int.Parse(id.Split('-')[1]);

    private IEnumerable<string> Ids(string name) => Enumerable.Range(0, started).Select(Id)
        .Where(id => id.StartsWith(name, StringComparison.Ordinal));
}
