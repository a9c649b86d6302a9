using Xunit.Abstractions;

namespace Assay.Faults;

/// <summary>Processes that are asked to stop.</summary>
[Collection(nameof(Fleet))]
public sealed class StopTests(TestDatabase database, ITestOutputHelper output) : IClassFixture<TestDatabase>
{
    private const int Chains = 12;
    private const int StepMilliseconds = 100;

    [Fact]
    public async Task A_host_that_stops_leaves_its_work_to_another_at_once()
    {
        await using var fleet = await Fleet.StartAsync(database.Administrator, hosts: 1, "lease=00:00:20");
        var stops = fleet.Hosts[0];
        for (var i = 0; i < Chains; i++)
            await fleet.StartAsync(nameof(Workflows.SlowChain), $"chain-{i}", StepMilliseconds);
        await fleet.UntilAsync($"count(distinct instance_id) = {Chains} from fault.run", "Not every chain was begun.");
        var stays = fleet.StartHost();
        await fleet.NumberAsync(stays);

        var asked = await fleet.ValueAsync<DateTime>("select clock_timestamp()");
        await stops.SignalAsync("TERM");
        await stops.ExitAsync();
        var ended = await fleet.ValueAsync<DateTime>("select clock_timestamp()");
        await fleet.UntilAsync(
            $"count(*) = {Chains} from durable_task.instance where status = 'completed'", "Not every chain ended.");

        Assert.Equal(0, stops.ExitCode);
        Assert.InRange(ended - asked, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        // The Durable extension lets go of its instances at once: the step under way may run again, no other does, and
        // nobody waits for the lease.
        Assert.Empty(await fleet.ListAsync(
            """
            select concat_ws(' ', instance_id, count(*)) from (
                select instance_id from fault.run group by instance_id, step having count(*) > 1) again
            group by instance_id having count(*) > 1
            """));
        var pause = await fleet.ValueAsync<double>(
            """
            select max(extract(epoch from gap))::float8 from (
                select began_at - lag(began_at) over (partition by instance_id order by step) as gap from fault.run) g
            """);
        output.WriteLine($"stopped in {(ended - asked).TotalSeconds:0.0} s; the longest pause was {pause:0.0} s");
        Assert.InRange(pause, 0, 5);
    }
}
