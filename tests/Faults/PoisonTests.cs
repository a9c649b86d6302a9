namespace Assay.Faults;

/// <summary>Code that ends its process, whenever it is run.</summary>
[Collection(nameof(Fleet))]
public sealed class PoisonTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    [Fact]
    public async Task Code_that_always_ends_its_worker_is_given_up_and_all_else_goes_on()
    {
        await using var fleet = await Fleet.StartAsync(
            database.Administrator, hosts: 2, "lease=00:00:02", "maxAbandons=3");
        var work = new MixedWork(fleet);
        await fleet.StartAsync(nameof(Workflows.KillsInActivity), "activity", 0);
        await fleet.StartAsync(nameof(Workflows.KillsInCode), "code", 0);
        await work.StartAsync(32);

        List<string> state = [];
        await Eventually.TrueAsync(
            async () =>
            {
                state = await fleet.ListAsync(
                    """
                    select concat_ws(' ', instance_id, status, owner, deaths, abandoned, failure)
                    from durable_task.instance where status <> 'completed' and name <> 'Waits'
                    """);
                return await fleet.CountAsync("durable_task.instance where status = 'failed'") == 2;
            },
            TimeSpan.FromSeconds(120), () => $"They were not given up: {string.Join('\n', state)}");

        Assert.DoesNotContain(fleet.Hosts, host => host.HasExited);
        await fleet.PurgeAsync("activity");
        await fleet.PurgeAsync("code");
        await work.AssertSoundAsync();
    }
}
