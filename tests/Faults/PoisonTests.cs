namespace Assay;

/// <summary>Code that ends its process, whenever it is run.</summary>
[Collection(nameof(Fleet))]
public sealed class PoisonTests(DurableTestDatabase database) : IClassFixture<DurableTestDatabase>
{
    [Fact]
    public async Task Code_that_always_ends_its_process_is_given_up_and_all_else_goes_on()
    {
        await using var fleet = await Fleet.StartAsync(
            database.ConnectionString, workers: 2, "Lease=00:00:01", "PollInterval=00:00:00.5");
        var work = new MixedWork(fleet);
        await fleet.StartAsync(Workflows.KillsInActivity, "activity", 0);
        await fleet.StartAsync(Workflows.KillsInCode, "code", 0);
        await work.StartAsync(32);

        List<string> state = [];
        await Eventually.TrueAsync(
            async () =>
            {
                state = await fleet.ListAsync(
                    """
                    select concat_ws(' ', instance_id, status, owner, takeovers, takeover_sequence, failure)
                    from durable.instance where status <> 'completed' and name <> 'Waits'
                    """);
                foreach (var dead in fleet.Workers.Where(worker => worker.HasExited).ToList())
                    await fleet.ReplaceAsync(dead);
                return await fleet.CountAsync("durable.instance where status = 'failed'") == 2;
            },
            TimeSpan.FromSeconds(120), () => $"They were not given up: {string.Join('\n', state)}");

        Assert.Contains("5 times while it ran activity 'Kill'", await FailureAsync(fleet, "activity"));
        Assert.Contains("5 times while it ran orchestrator 'KillsInCode'", await FailureAsync(fleet, "code"));
        await fleet.Client.PurgeInstanceAsync("activity");
        await fleet.Client.PurgeInstanceAsync("code");
        await work.AssertSoundAsync();
    }

    private static async Task<string> FailureAsync(Fleet fleet, string instanceId) =>
        $"{(await fleet.Client.GetInstanceAsync(instanceId, CancellationToken.None))!.FailureDetails}";
}
