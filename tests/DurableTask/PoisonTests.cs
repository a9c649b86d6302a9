using DurableTask.Core;
using static Assay.DurableTaskTests.ManyInstances;

namespace Assay.DurableTaskTests;

public sealed class PoisonTests
{
    [Theory]
    [InlineData("CallsDie")]
    [InlineData("Dies")]
    public async Task What_ends_its_process_again_and_again_fails_and_spares_others(string poison)
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var service = TestHub.NewService(database);
        await service.CreateIfNotExistsAsync();
        var client = new TaskHubClient(service);
        var others = await StartManyAsync(client, "SlowSteps", "3x20", 5);
        var instance = await client.CreateOrchestrationInstanceAsync(poison, "", "poison", "");
        var ended = client.WaitForOrchestrationAsync(instance, TimeSpan.FromSeconds(60));

        for (var starts = 0; !ended.IsCompleted && starts < 12; starts++)
        {
            await using var worker = WorkerProcess.Start(database.ConnectionString, "lease=00:00:02", "deaths=3");
            await Task.WhenAny(ended, worker.ExitAsync());
            if (ended.IsCompleted)
                await EndAllAsync(client, others, worker);
        }

        var state = await ended;
        Assert.Equal(OrchestrationStatus.Failed, state?.OrchestrationStatus);
        Assert.Contains("3 processes in a row", state!.FailureDetails! + state.Output, StringComparison.Ordinal);
        Assert.Equal("", await database.ProblemsAsync());
    }

    [Theory]
    [InlineData("{")]
    [InlineData("")]
    [InlineData("""{"EventType":4""")]
    [InlineData("""{"EventType":4,"EventId":"x"}""")]
    public async Task An_activity_that_cannot_be_read_ends_its_orchestration_with_the_reason(string content)
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var service = TestHub.NewService(database);
        await service.CreateIfNotExistsAsync();
        var client = new TaskHubClient(service);
        await using var killed = await WorkerProcess.Start(database.ConnectionString, "lease=00:00:02").StartedAsync();
        var instance = await client.CreateOrchestrationInstanceAsync("SlowSteps", "", "unreadable", "1x60000");
        await Eventually.TrueAsync(
            async () => await database.GetAsync<long>("select count(*) from durable_task.activity") == 1,
            null, () => "It asked for no activity.");
        await killed.KillAsync();
        await database.ExecuteAsync($"update durable_task.activity set event = '{content}'");

        await using var next = WorkerProcess.Start(database.ConnectionString, "lease=00:00:02");
        var state = await client.WaitForOrchestrationAsync(instance, TestHub.Deadline);

        Assert.True(
            state?.OrchestrationStatus == OrchestrationStatus.Terminated,
            $"{state?.OrchestrationStatus} {next.Output}");
        Assert.Contains("cannot be read", state!.Output, StringComparison.Ordinal);
        Assert.Equal("", await database.ProblemsAsync());
    }

    [Theory]
    [InlineData("update durable_task.message m set event = '{' where m.instance_key = wanted")]
    [InlineData("update durable_task.instance i set parent = '{' where i.key = wanted")]
    public async Task An_orchestration_that_cannot_be_read_fails_with_the_reason_and_spares_others(string damage)
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var service = TestHub.NewService(database);
        await service.CreateIfNotExistsAsync();
        var client = new TaskHubClient(service);
        await client.CreateOrchestrationInstanceAsync("SlowSteps", "", "unreadable", "1x1");
        var others = await StartManyAsync(client, "SlowSteps", "1x1", 3);
        await database.ExecuteAsync(
            $"""
            do $$
            declare
                wanted bigint := (select i.key from durable_task.instance i where i.instance_id = 'unreadable');
            begin
                {damage};
            end
            $$
            """);

        await using var worker = WorkerProcess.Start(database.ConnectionString);
        await EndAllAsync(client, others, worker);
        await Eventually.TrueAsync(
            async () => await database.GetAsync<bool>(
                """
                select status = 'failed' and failure like '%cannot be read%'
                from durable_task.instance where instance_id = 'unreadable'
                """),
            null, () => $"It did not fail: {worker.Output}");
        var state = await client.GetOrchestrationStateAsync("unreadable");
        Assert.Equal(OrchestrationStatus.Failed, state!.OrchestrationStatus);
        Assert.Equal("", await database.ProblemsAsync());
    }
}
