using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Assay;

/// <summary>What orchestrators and activities may rely on.</summary>
public sealed class OrchestrationTests(DurableTestDatabase database) : IClassFixture<DurableTestDatabase>
{
    [Fact]
    public async Task Activities_that_are_started_together_run_together_and_are_gathered_in_order()
    {
        var together = new Barrier(4);
        await using var engine = await database.NewEngine()
            .Activity<int, int>("Square", x =>
            {
                Assert.True(together.SignalAndWait(TimeSpan.FromSeconds(20)));
                return x * x;
            })
            .Orchestrator("Fan", async context => await Task.WhenAll(
                Enumerable.Range(1, 4).Select(x => context.CallActivityAsync<int>("Square", x))))
            .StartAsync();

        var ended = await engine.RunAsync("Fan");

        Assert.Equal([1, 4, 9, 16], ended.ReadOutputAs<int[]>()!);
    }

    [Fact]
    public async Task A_sub_orchestration_with_the_id_of_a_running_instance_fails_where_it_is_called()
    {
        await using var engine = await database.NewEngine()
            .Orchestrator("Waits", context => context.WaitForExternalEvent<string>("go"))
            .Orchestrator("Parent", context => context.CallSubOrchestratorAsync(
                "Waits", options: new SubOrchestrationOptions(instanceId: "taken")))
            .StartAsync();
        await engine.Client.ScheduleNewOrchestrationInstanceAsync("Waits", new StartOrchestrationOptions("taken"));

        var ended = await engine.RunAsync("Parent");

        Assert.Equal(OrchestrationRuntimeStatus.Failed, ended.RuntimeStatus);
        Assert.Contains("'taken' already exists", ended.FailureDetails!.ErrorMessage);
    }

    [Fact]
    public async Task A_result_that_does_not_deserialize_fails_that_instance_only()
    {
        await using var engine = await database.NewEngine()
            .Activity<string, string>("Text", _ => "not a number")
            .Orchestrator("Number", context => context.CallActivityAsync<int>("Text"))
            .Orchestrator("Fine", context => context.CallActivityAsync<string>("Text"))
            .StartAsync();

        Assert.Equal(OrchestrationRuntimeStatus.Failed, (await engine.RunAsync("Number")).RuntimeStatus);
        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await engine.RunAsync("Fine")).RuntimeStatus);
    }

    [Fact]
    public async Task Continuing_as_new_keeps_the_id_and_the_kept_events_and_drops_the_history()
    {
        await using var engine = await database.NewEngine()
            .Activity<int, int>("Add", x => x + 1)
            .Orchestrator("Loop", async context =>
            {
                var round = await context.CallActivityAsync<int>("Add", context.GetInput<int>());
                if (round < 5)
                {
                    context.ContinueAsNew(round);
                    return "";
                }
                return await context.WaitForExternalEvent<string>("kept");
            })
            .StartAsync();
        var id = await engine.Client.ScheduleNewOrchestrationInstanceAsync("Loop", 0);
        await engine.Client.RaiseEventAsync(id, "kept", "still here");

        var ended = await engine.EndAsync(id);

        Assert.Equal("still here", ended.ReadOutputAs<string>());
        var steps = await database.ValueAsync<long>(
            $"""
            select count(*) from durable.history h join durable.instance i on i.key = h.instance_key
            where i.instance_id = '{id}' and h.kind = 'activity_scheduled'
            """);
        Assert.Equal(1, steps);
    }
}
