namespace Assay.Faults;

/// <summary>A process that stands still for longer than its lease, and goes on as if nothing had happened.</summary>
[Collection(nameof(Fleet))]
public sealed class PauseTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    [Fact]
    public async Task A_paused_process_commits_nothing_of_what_was_taken_over_and_works_under_a_new_number()
    {
        await using var fleet = await Fleet.StartAsync(database.Administrator, hosts: 1, "lease=00:00:02");
        var work = new MixedWork(fleet);
        var paused = fleet.Hosts[0];
        var number = await fleet.NumberAsync(paused);
        await work.StartAsync(32);
        await fleet.StartAsync(nameof(Workflows.Holds), "held", 1_000);
        await fleet.UntilAsync(
            "exists (select from fault.run where instance_id = 'held')", "The activity was not run.");

        await paused.SignalAsync("STOP");
        fleet.StartHost();
        await fleet.UntilNoneAsync($"durable_task.worker where id = {number}", "It kept its lease.");
        await fleet.UntilAsync(
            "exists (select from durable_task.instance where instance_id = 'held' and status = 'completed')",
            "What it held was not taken over.");
        await paused.SignalAsync("CONT");

        Assert.True(await fleet.NumberAsync(paused) > number);
        Assert.Equal(2, await fleet.CountAsync("fault.run where instance_id = 'held'"));
        await work.AssertSoundAsync("held completed 1000");
    }
}
