using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Assay;

/// <summary>What orchestrators and activities may rely on.</summary>
public sealed class OrchestrationTests(DurableTestDatabase database) : IClassFixture<DurableTestDatabase>
{
    [Fact]
    public async Task An_orchestration_calls_activities_one_after_the_other()
    {
        await using var engine = await database.NewEngine()
            .Activity<int, int>("Double", x => x * 2)
            .Orchestrator("Chain", async context =>
            {
                var x = context.GetInput<int>();
                for (var i = 0; i < 5; i++)
                    x = await context.CallActivityAsync<int>("double", x);
                return x;
            })
            .StartAsync();

        var ended = await engine.RunAsync("Chain", 3);

        Assert.Equal(OrchestrationRuntimeStatus.Completed, ended.RuntimeStatus);
        Assert.Equal(96, ended.ReadOutputAs<int>());
        Assert.Equal(3, ended.ReadInputAs<int>());
    }

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
    public async Task A_sub_orchestration_knows_its_parent_and_returns_its_result()
    {
        await using var engine = await database.NewEngine()
            .Orchestrator("Child", context => Task.FromResult(
                $"{context.Parent!.Name.Name}/{context.Parent.InstanceId}/{context.GetInput<string>()}"))
            .Orchestrator("Parent", context => context.CallSubOrchestratorAsync<string>("Child", "hello"))
            .StartAsync();

        var ended = await engine.RunAsync("Parent", id: "parent-1");

        Assert.Equal("Parent/parent-1/hello", ended.ReadOutputAs<string>());
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
    public async Task A_failed_activity_is_a_TaskFailedException_with_details_through_sub_orchestrations()
    {
        await using var engine = await database.NewEngine()
            .Activity<string, string>("Throw", _ => throw new InvalidDataException(
                "outer", new ArgumentException("inner")))
            .Orchestrator("Child", context => context.CallActivityAsync("Throw"))
            .Orchestrator("Parent", async context =>
            {
                try
                {
                    await context.CallSubOrchestratorAsync("Child");
                    return "no failure";
                }
                catch (TaskFailedException failed)
                {
                    var activity = failed.FailureDetails.InnerFailure!;
                    return string.Join('|',
                        failed.TaskName, failed.FailureDetails.IsCausedBy<TaskFailedException>(), activity.ErrorType,
                        activity.ErrorMessage, activity.IsCausedBy<InvalidDataException>(),
                        activity.InnerFailure!.ErrorMessage);
                }
            })
            .StartAsync();

        var ended = await engine.RunAsync("Parent");

        Assert.Equal(
            "Child|True|System.IO.InvalidDataException|outer|True|inner", ended.ReadOutputAs<string>());
    }

    [Fact]
    public async Task An_orchestrator_that_throws_fails_with_what_it_threw()
    {
        await using var engine = await database.NewEngine()
            .Orchestrator("Throws", _ => throw new InvalidOperationException("no way"))
            .StartAsync();

        var ended = await engine.RunAsync("Throws");

        Assert.Equal(OrchestrationRuntimeStatus.Failed, ended.RuntimeStatus);
        Assert.Equal("no way", ended.FailureDetails!.ErrorMessage);
        Assert.True(ended.FailureDetails.IsCausedBy<InvalidOperationException>());
    }

    [Fact]
    public async Task An_activity_that_does_not_exist_fails_the_call()
    {
        await using var engine = await database.NewEngine()
            .Orchestrator("Calls", context => context.CallActivityAsync("Missing"))
            .StartAsync();

        var ended = await engine.RunAsync("Calls");

        Assert.Contains("'Missing' doesn't exist", ended.FailureDetails!.ErrorMessage);
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
    public async Task Options_passed_as_input_are_refused()
    {
        await using var engine = await database.NewEngine()
            .Orchestrator("Mistake", context => context.CallActivityAsync<int>(
                "Any", input: TaskOptions.FromRetryPolicy(new RetryPolicy(2, TimeSpan.FromSeconds(1)))))
            .StartAsync();

        var ended = await engine.RunAsync("Mistake");

        Assert.True(ended.FailureDetails!.IsCausedBy<ArgumentException>());
    }

    [Fact]
    public async Task Custom_status_is_visible_while_the_orchestration_runs()
    {
        await using var engine = await database.NewEngine()
            .Orchestrator("Reports", async context =>
            {
                context.SetCustomStatus("half way");
                await context.WaitForExternalEvent<string>("go");
            })
            .StartAsync();
        var id = await engine.Client.ScheduleNewOrchestrationInstanceAsync("Reports");

        await engine.ReachesAsync(id, "half way");
        await engine.Client.RaiseEventAsync(id, "go");

        Assert.Equal("half way", (await engine.EndAsync(id)).ReadCustomStatusAs<string>());
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
