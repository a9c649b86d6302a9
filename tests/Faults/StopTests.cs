using Xunit.Abstractions;

namespace Assay;

/// <summary>Processes that are asked to stop.</summary>
[Collection(nameof(Fleet))]
public sealed class StopTests(DurableTestDatabase database, ITestOutputHelper output)
    : IClassFixture<DurableTestDatabase>
{
    private const int Chains = 12;
    private const int StepMilliseconds = 100;

    [Fact]
    public async Task A_process_that_stops_finishes_what_runs_and_another_takes_over_within_a_second()
    {
        await using var fleet = await Fleet.StartAsync(
            database.ConnectionString, workers: 1, "StopLimit=00:00:02", "Lease=00:00:20");
        var stops = fleet.Workers[0];
        for (var i = 0; i < Chains; i++)
            await fleet.StartAsync(Workflows.SlowChain, $"chain-{i}", StepMilliseconds);
        await fleet.StartAsync(Workflows.Holds, "held", 60_000);
        await fleet.UntilAsync(
            $"count(distinct instance_id) = {Chains + 1} from fault.run", "Not every activity was begun.");
        var stays = fleet.StartWorker();
        await fleet.NumberAsync(stays);

        var asked = await fleet.ValueAsync<DateTime>("select clock_timestamp()");
        await stops.SignalAsync("TERM");
        await stops.ExitAsync();
        var ended = await fleet.ValueAsync<DateTime>("select clock_timestamp()");
        await fleet.UntilAsync(
            $"count(*) = {Chains} from durable.instance where status = 'completed'", "Not every chain ended.");

        Assert.Equal(0, stops.ExitCode);
        Assert.InRange(ended - asked, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(6));
        // What ended within the limit was not run again.
        Assert.Empty(await fleet.ListAsync(
            """
            select concat_ws(' ', instance_id, step) from fault.run where instance_id <> 'held'
            group by instance_id, step having count(*) > 1
            """));
        // All that it held, also what did not end within the limit, went on elsewhere at once.
        var resumed = await fleet.ListAsync(
            $"""
            select (extract(epoch from min(began_at) - '{ended:O}') * 1000)::integer::text
            from fault.run where process = {stays.Id} group by instance_id
            """);
        output.WriteLine($"stopped in {(ended - asked).TotalSeconds:0.0} s; milliseconds from then until others went "
            + $"on: {string.Join(' ', resumed)}");
        Assert.Equal(Chains + 1, resumed.Count);
        Assert.All(resumed, milliseconds => Assert.True(int.Parse(milliseconds) <= 1_000));
    }
}
