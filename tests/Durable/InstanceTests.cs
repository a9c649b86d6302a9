using DurableTask.Core.Exceptions;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Assay;

/// <summary>Starting, observing and steering orchestrations.</summary>
public sealed class InstanceTests(DurableTestDatabase database) : IClassFixture<DurableTestDatabase>
{
    [Fact]
    public async Task The_id_of_a_live_instance_is_refused_and_that_of_an_ended_one_may_be_reused()
    {
        await using var engine = await Waiting().StartAsync();
        var options = new StartOrchestrationOptions("mine");
        await engine.Client.ScheduleNewOrchestrationInstanceAsync("Waits", options);

        await Assert.ThrowsAsync<OrchestrationAlreadyExistsException>(
            () => engine.Client.ScheduleNewOrchestrationInstanceAsync("Waits", options));

        await engine.Client.RaiseEventAsync("mine", "go", "first");
        Assert.Equal("first", (await engine.EndAsync("mine")).ReadOutputAs<string>());
        await engine.Client.ScheduleNewOrchestrationInstanceAsync("Waits", options);
        await engine.Client.RaiseEventAsync("mine", "go", "second");
        Assert.Equal("second", (await engine.EndAsync("mine")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Of_many_starts_with_one_id_at_a_time_exactly_one_succeeds()
    {
        await using var engine = await Waiting().StartAsync();

        var starts = await Task.WhenAll(Enumerable.Range(0, 200).Select(async start =>
        {
            try
            {
                await engine.Client.ScheduleNewOrchestrationInstanceAsync(
                    "Waits", new StartOrchestrationOptions($"id{start % 10}"));
                return true;
            }
            catch (OrchestrationAlreadyExistsException)
            {
                return false;
            }
        }));

        Assert.Equal(10, starts.Count(succeeded => succeeded));
    }

    [Fact]
    public async Task Statuses_to_dedupe_decide_whether_an_id_is_refused_or_its_instance_replaced()
    {
        await using var engine = await Waiting().StartAsync();
        await engine.Client.ScheduleNewOrchestrationInstanceAsync("Waits", new StartOrchestrationOptions("mine"));
        await engine.Client.WaitForInstanceStartAsync("mine");
        var replace = new StartOrchestrationOptions("mine").WithDedupeStatuses(OrchestrationRuntimeStatus.Completed);

        await engine.Client.ScheduleNewOrchestrationInstanceAsync("Waits", replace);
        await engine.Client.RaiseEventAsync("mine", "go", "replaced");

        Assert.Equal("replaced", (await engine.EndAsync("mine")).ReadOutputAs<string>());
        await Assert.ThrowsAsync<OrchestrationAlreadyExistsException>(
            () => engine.Client.ScheduleNewOrchestrationInstanceAsync("Waits", replace));
    }

    [Fact]
    public async Task An_orchestrator_that_does_not_exist_cannot_be_scheduled()
    {
        await using var engine = await Waiting().StartAsync();

        await Assert.ThrowsAsync<ArgumentException>(
            () => engine.Client.ScheduleNewOrchestrationInstanceAsync("Missing", CancellationToken.None));
    }

    [Fact]
    public async Task A_start_time_delays_the_start_and_a_termination_before_it_keeps_the_code_from_running()
    {
        var ran = 0;
        await using var engine = await database.NewEngine()
            .Orchestrator("Runs", _ => Task.FromResult(Interlocked.Increment(ref ran)))
            .StartAsync();
        await engine.Client.ScheduleNewOrchestrationInstanceAsync(
            "Runs", new StartOrchestrationOptions("later", DateTimeOffset.UtcNow.AddHours(1)));
        await engine.Client.ScheduleNewOrchestrationInstanceAsync(
            "Runs", new StartOrchestrationOptions("soon", DateTimeOffset.UtcNow.AddMilliseconds(300)));

        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await engine.EndAsync("soon")).RuntimeStatus);
        var later = await engine.Client.GetInstanceAsync("later", CancellationToken.None);
        Assert.Equal(OrchestrationRuntimeStatus.Pending, later!.RuntimeStatus);
        await engine.Client.TerminateInstanceAsync("later", "never mind");
        Assert.Equal(OrchestrationRuntimeStatus.Terminated, (await engine.EndAsync("later")).RuntimeStatus);
        Assert.Equal(1, ran);
    }

    [Fact]
    public async Task A_suspended_instance_takes_no_step_until_it_is_resumed()
    {
        await using var engine = await Waiting().StartAsync();
        var id = await engine.Client.ScheduleNewOrchestrationInstanceAsync("Waits", CancellationToken.None);
        await engine.Client.SuspendInstanceAsync(id, "hold on");
        await HasStatusAsync(engine, id, OrchestrationRuntimeStatus.Suspended);

        await engine.Client.RaiseEventAsync(id, "go", "held back");
        await Eventually.TrueAsync(
            async () => await database.ValueAsync<long>("select count(*) from durable.message") == 0,
            within: null, () => "The event was not consumed.");
        await HasStatusAsync(engine, id, OrchestrationRuntimeStatus.Suspended);
        await engine.Client.ResumeInstanceAsync(id, "go on");

        Assert.Equal("held back", (await engine.EndAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_recursive_termination_ends_sub_orchestrations_too()
    {
        await using var engine = await Waiting()
            .Orchestrator("Parent", context => context.CallSubOrchestratorAsync(
                "Waits", options: new SubOrchestrationOptions(instanceId: "the-child")))
            .StartAsync();
        var id = await engine.Client.ScheduleNewOrchestrationInstanceAsync("Parent", CancellationToken.None);
        await HasStatusAsync(engine, "the-child", OrchestrationRuntimeStatus.Running);

        await engine.Client.TerminateInstanceAsync(id, new TerminateInstanceOptions("enough", Recursive: true));

        Assert.Equal("enough", (await engine.EndAsync(id)).ReadOutputAs<string>());
        Assert.Equal(OrchestrationRuntimeStatus.Terminated, (await engine.EndAsync("the-child")).RuntimeStatus);
    }

    [Fact]
    public async Task Instances_are_queried_by_status_prefix_and_page()
    {
        await using var engine = await Waiting().Orchestrator("Ends", _ => Task.FromResult(7)).StartAsync();
        foreach (var i in Enumerable.Range(0, 5))
            await engine.RunAsync("Ends", id: $"a-{i}");
        await engine.RunAsync("Ends", id: "b-0");
        await engine.Client.ScheduleNewOrchestrationInstanceAsync("Waits", new StartOrchestrationOptions("a-waits"));

        var query = new OrchestrationQuery(
            Statuses: [OrchestrationRuntimeStatus.Completed], InstanceIdPrefix: "a-", PageSize: 2,
            FetchInputsAndOutputs: true);
        List<Microsoft.DurableTask.Page<OrchestrationMetadata>> pages = [];
        await foreach (var page in engine.Client.GetAllInstancesAsync(query).AsPages())
            pages.Add(page);

        Assert.Equal(["a-0", "a-1", "a-2", "a-3", "a-4"], pages.SelectMany(p => p.Values).Select(i => i.InstanceId));
        Assert.All(pages.SelectMany(page => page.Values), found => Assert.Equal(7, found.ReadOutputAs<int>()));
        Assert.Equal([2, 2, 1], pages.Select(page => page.Values.Count));
    }

    [Fact]
    public async Task Only_ended_instances_are_purged_with_all_their_rows()
    {
        await using var engine = await Waiting().Orchestrator("Ends", _ => Task.CompletedTask).StartAsync();
        var ended = await engine.RunAsync("Ends");
        var waits = await engine.Client.ScheduleNewOrchestrationInstanceAsync("Waits", CancellationToken.None);

        Assert.Equal(0, (await engine.Client.PurgeInstanceAsync(waits)).PurgedInstanceCount);
        Assert.Equal(1, (await engine.Client.PurgeInstanceAsync(ended.InstanceId)).PurgedInstanceCount);

        Assert.Null(await engine.Client.GetInstanceAsync(ended.InstanceId, CancellationToken.None));
        var rest = await engine.Client.PurgeAllInstancesAsync(
            new PurgeInstancesFilter(CreatedFrom: DateTimeOffset.UtcNow.AddHours(-1)));
        Assert.Equal(0, rest.PurgedInstanceCount);
        Assert.Equal(
            0,
            await database.ValueAsync<long>(
                """
                select count(*) from durable.history h
                where not exists (select from durable.instance i where i.key = h.instance_key)
                """));
    }

    [Fact]
    public async Task An_instance_is_started_again_with_the_same_input()
    {
        await using var engine = await database.NewEngine()
            .Orchestrator("Echo", context => Task.FromResult(context.GetInput<string>()))
            .StartAsync();
        var first = await engine.RunAsync("Echo", "again");

        var again = await engine.Client.RestartAsync(first.InstanceId, restartWithNewInstanceId: true);

        Assert.NotEqual(first.InstanceId, again);
        Assert.Equal("again", (await engine.EndAsync(again)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Tags_version_and_times_are_kept()
    {
        await using var engine = await database.NewEngine()
            .Orchestrator("Versioned", context => Task.FromResult(context.Version))
            .StartAsync();
        var id = await engine.Client.ScheduleNewOrchestrationInstanceAsync("Versioned", new StartOrchestrationOptions
        {
            Version = "2.1", Tags = new Dictionary<string, string> { ["team"] = "blue" },
        });

        var ended = await engine.EndAsync(id);

        Assert.Equal("2.1", ended.ReadOutputAs<string>());
        Assert.Equal("blue", ended.Tags["team"]);
        Assert.True(ended.LastUpdatedAt >= ended.CreatedAt);
    }

    private TestEngine Waiting() => database.NewEngine()
        .Orchestrator("Waits", context => context.WaitForExternalEvent<string>("go"));

    private static Task HasStatusAsync(TestEngine engine, string id, OrchestrationRuntimeStatus status) =>
        Eventually.TrueAsync(
            async () => (await engine.Client.GetInstanceAsync(id, CancellationToken.None))?.RuntimeStatus == status,
            within: null, () => $"'{id}' did not become {status}.");
}
