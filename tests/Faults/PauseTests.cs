namespace Assay;

/// <summary>A process that stands still for longer than its lease, and goes on as if nothing had happened.</summary>
[Collection(nameof(Fleet))]
public sealed class PauseTests(DurableTestDatabase database) : IClassFixture<DurableTestDatabase>
{
    [Fact]
    public async Task A_paused_process_commits_nothing_of_what_was_taken_over_and_works_under_a_new_number()
    {
        await using var fleet = await Fleet.StartAsync(database.ConnectionString, workers: 1, "Lease=00:00:01");
        var work = new MixedWork(fleet);
        var paused = fleet.Workers[0];
        var number = await fleet.NumberAsync(paused);
        await work.StartAsync(32);
        await fleet.StartAsync(Workflows.Holds, "held", 1_000);
        await fleet.UntilAsync(
            "exists (select from fault.run where instance_id = 'held')", "The activity was not run.");

        await paused.SignalAsync("STOP");
        fleet.StartWorker();
        await fleet.UntilAsync($"not exists (select from durable.worker where id = {number})", "It kept its lease.");
        await fleet.UntilAsync(
            "exists (select from durable.instance where instance_id = 'held' and status = 'completed')",
            "What it held was not taken over.");
        await paused.SignalAsync("CONT");

        Assert.True(await fleet.NumberAsync(paused) > number);
        Assert.Contains("lost its lease", paused.Output);
        Assert.Equal(["1", "2"], await fleet.ListAsync(
            "select attempt::text from fault.run where instance_id = 'held' order by attempt"));
        await work.AssertSoundAsync("held completed 1000");
    }
}
