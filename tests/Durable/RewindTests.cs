using System.Collections.Concurrent;
using Assay.Local;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Assay;

/// <summary>Failed instances brought back to life: what failed is done again, and no more.</summary>
public sealed class RewindTests(DurableTestDatabase database) : IClassFixture<DurableTestDatabase>
{
    private static readonly RetryPolicy Twice = new(2, TimeSpan.FromMilliseconds(10));

    private readonly ConcurrentQueue<string> runs = new();
    private volatile bool broken = true;

    [Fact]
    public async Task What_failed_runs_again_and_what_succeeded_keeps_its_result()
    {
        await using var engine = await New()
            .Orchestrator("Fans", async context => string.Concat(await Task.WhenAll(
                context.CallActivityAsync<string>("Works", "a"), context.CallActivityAsync<string>("Breaks", "b"),
                context.CallActivityAsync<string>("Works", "c"))))
            .StartAsync();

        var ended = await RewoundAsync(engine, "Fans");

        Assert.Equal("abc", ended.ReadOutputAs<string>());
        Assert.Equal(["a", "b", "b", "c"], runs.Order());
    }

    [Fact]
    public async Task Failed_sub_orchestrations_are_rewound_with_their_parents_however_deep()
    {
        await using var engine = await New()
            .Orchestrator("Leaf", context => context.CallActivityAsync<string>("Breaks", "leaf"))
            .Orchestrator("Branch", context => context.CallSubOrchestratorAsync<string>("Leaf"))
            .Orchestrator("Root", async context =>
                await context.CallActivityAsync<string>("Works", "root") +
                await context.CallSubOrchestratorAsync<string>("Branch"))
            .StartAsync();

        var ended = await RewoundAsync(engine, "Root");

        Assert.Equal("rootleaf", ended.ReadOutputAs<string>());
        Assert.Equal(["leaf", "leaf", "root"], runs.Order());
    }

    [Fact]
    public async Task A_failure_that_was_retried_stays_and_only_the_last_attempt_is_made_again()
    {
        await using var engine = await New()
            .Orchestrator("Retries", context =>
                context.CallActivityAsync<string>("Breaks", "x", new TaskOptions(Twice)))
            .StartAsync();

        var ended = await RewoundAsync(engine, "Retries");

        Assert.Equal("x", ended.ReadOutputAs<string>());
        Assert.Equal(3, runs.Count);
    }

    [Fact]
    public async Task A_rewound_instance_goes_on_waiting_for_timers_activities_and_events()
    {
        using var goOn = new SemaphoreSlim(0);
        await using var engine = await New()
            .Activity<string, string>("Slow", async (text, _) =>
            {
                if (broken)
                    await goOn.WaitAsync(CancellationToken.None);
                return text;
            })
            .Orchestrator("Waits", async context =>
            {
                var timer = context.CreateTimer(TimeSpan.FromSeconds(1), CancellationToken.None);
                var slow = context.CallActivityAsync<string>("Slow", "slow");
                await context.CallActivityAsync<string>("Breaks", "x");
                context.SetCustomStatus("on");
                await timer;
                return await slow + await context.WaitForExternalEvent<string>("go");
            })
            .StartAsync();
        var failed = await engine.RunAsync("Waits");
        goOn.Release();

        broken = false;
        await engine.Client.RewindInstanceAsync(failed.InstanceId, "it works now");
        await engine.ReachesAsync(failed.InstanceId, "on");
        await engine.Client.RaiseEventAsync(failed.InstanceId, "go", "!");

        Assert.Equal("slow!", (await engine.EndAsync(failed.InstanceId)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Sub_orchestrations_that_ended_meanwhile_or_are_gone_answer_all_the_same()
    {
        await using var engine = await New()
            .Orchestrator("Child", context => context.WaitForExternalEvent<string>("go"))
            .Orchestrator("Parent", async context =>
            {
                var ends = context.CallSubOrchestratorAsync<string>(
                    "Child", options: new SubOrchestrationOptions(instanceId: "ends"));
                var purged = context.CallSubOrchestratorAsync<string>(
                    "Child", options: new SubOrchestrationOptions(instanceId: "purged"));
                await context.CallActivityAsync<string>("Breaks", "x");
                return await ends + await purged;
            })
            .StartAsync();
        var failed = await engine.RunAsync("Parent");
        foreach (var child in new[] { "ends", "purged" })
        {
            await engine.Client.RaiseEventAsync(child, "go", child);
            await engine.EndAsync(child);
        }
        await engine.Client.PurgeInstanceAsync("purged");

        broken = false;
        await engine.Client.RewindInstanceAsync(failed.InstanceId, "it works now");
        await engine.Client.RaiseEventAsync("purged", "go", "again");

        Assert.Equal("endsagain", (await engine.EndAsync(failed.InstanceId)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Code_that_failed_by_itself_runs_again()
    {
        await using var engine = await New()
            .Orchestrator("Throws", async context =>
            {
                var text = await context.CallActivityAsync<string>("Works", "kept");
                return broken ? throw new InvalidDataException("a bug") : text;
            })
            .StartAsync();

        var ended = await RewoundAsync(engine, "Throws");

        Assert.Equal("kept", ended.ReadOutputAs<string>());
        Assert.Single(runs);
    }

    [Fact]
    public async Task An_instance_that_failed_before_its_code_began_begins()
    {
        await using var engine = await New()
            .Orchestrator("Calls", context => context.CallActivityAsync<string>("Works", "begun"))
            .StartAsync();
        await database.ExecuteAsync(
            $"""
            with failed as (
                insert into durable.instance (hub, instance_id, name, status, completed_at)
                values ('{engine.Hub}', 'never-begun', 'Calls', 'failed', now())
                returning key
            )
            insert into durable.history (instance_key, sequence, kind, at, name)
            select key, 0, 'ended', now(), 'failed' from failed
            """);

        await engine.Client.RewindInstanceAsync("never-begun", "again");

        Assert.Equal("begun", (await engine.EndAsync("never-begun")).ReadOutputAs<string>());
        Assert.Equal(0, await database.ValueAsync<long>("select count(*) from durable.integrity()"));
    }

    [Fact]
    public async Task An_instance_can_be_rewound_again_and_fails_again_when_nothing_changed()
    {
        await using var engine = await New()
            .Orchestrator("Calls", context => context.CallActivityAsync<string>("Breaks", "x"))
            .StartAsync();
        var failed = await engine.RunAsync("Calls");
        await engine.Client.RewindInstanceAsync(failed.InstanceId, "hope");
        Assert.Equal(OrchestrationRuntimeStatus.Failed, (await engine.EndAsync(failed.InstanceId)).RuntimeStatus);

        broken = false;
        await engine.Client.RewindInstanceAsync(failed.InstanceId, "it works now");

        Assert.Equal("x", (await engine.EndAsync(failed.InstanceId)).ReadOutputAs<string>());
        Assert.Equal(3, runs.Count);
    }

    [Fact]
    public async Task Only_failed_instances_are_rewound()
    {
        await using var engine = await New()
            .Orchestrator("Ends", _ => Task.CompletedTask)
            .Orchestrator("Waits", context => context.WaitForExternalEvent<string>("go"))
            .StartAsync();
        var ended = await engine.RunAsync("Ends");
        var waits = await engine.Client.ScheduleNewOrchestrationInstanceAsync("Waits", CancellationToken.None);

        await Assert.ThrowsAsync<InvalidOperationException>(
            () => engine.Client.RewindInstanceAsync(ended.InstanceId, "why not"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => engine.Client.RewindInstanceAsync(waits, "why not"));
        await Assert.ThrowsAsync<ArgumentException>(() => engine.Client.RewindInstanceAsync("unknown", "why not"));
    }

    [Fact]
    public async Task A_live_instance_is_not_rewound_and_neither_is_what_failed_below_it()
    {
        await using var engine = await New()
            .Orchestrator("Child", context => context.CallActivityAsync<string>("Breaks", "x"))
            .Orchestrator("Parent", context => Task.WhenAll(
                context.CallSubOrchestratorAsync<string>("Child", options: new SubOrchestrationOptions(
                    instanceId: "failed-child")),
                context.WaitForExternalEvent<string>("go")))
            .StartAsync();
        var parent = await engine.Client.ScheduleNewOrchestrationInstanceAsync("Parent", CancellationToken.None);
        await Eventually.TrueAsync(
            async () => (await engine.Client.GetInstanceAsync("failed-child", CancellationToken.None))
                ?.RuntimeStatus == OrchestrationRuntimeStatus.Failed,
            within: null, () => "The child did not fail.");

        await Assert.ThrowsAsync<InvalidOperationException>(
            () => engine.Client.RewindInstanceAsync(parent, "too early"));

        Assert.Equal(
            OrchestrationRuntimeStatus.Failed,
            (await engine.Client.GetInstanceAsync("failed-child", CancellationToken.None))!.RuntimeStatus);
        Assert.Single(runs);
    }

    [Fact]
    public void A_failure_seen_after_a_suspension_counts_as_handled_by_what_followed_it()
    {
        var at = DateTime.UnixEpoch;
        List<HistoryEntry> history =
        [
            new(Kind.Started, null, at), new(Kind.ActivityScheduled, 0, at, "A"), new(Kind.Suspended, null, at),
            new(Kind.ActivityFailed, 0, at), new(Kind.Resumed, null, at), new(Kind.ActivityScheduled, 1, at, "B"),
            new(Kind.ActivityFailed, 1, at), new(Kind.Ended, null, at, "failed"),
        ];

        var plan = RewindPlan.Of(history);

        Assert.Equal([6, 7], plan.Cleared);
        Assert.Equal([1], plan.Activities);
    }

    private TestEngine New() => database.NewEngine()
        .Activity<string, string>("Works", text =>
        {
            runs.Enqueue(text);
            return text;
        })
        .Activity<string, string>("Breaks", text =>
        {
            runs.Enqueue(text);
            return broken ? throw new InvalidDataException("broken") : text;
        });

    /// <summary>Runs an orchestration that fails, mends what was broken, and rewinds it.</summary>
    private async Task<OrchestrationMetadata> RewoundAsync(TestEngine engine, string name)
    {
        var failed = await engine.RunAsync(name);
        Assert.Equal(OrchestrationRuntimeStatus.Failed, failed.RuntimeStatus);

        broken = false;
        await engine.Client.RewindInstanceAsync(failed.InstanceId, "it works now");
        var ended = await engine.EndAsync(failed.InstanceId);

        Assert.Equal(OrchestrationRuntimeStatus.Completed, ended.RuntimeStatus);
        Assert.Null(ended.FailureDetails);
        Assert.Equal(0, await database.ValueAsync<long>(
            """
            select (select count(*) from durable.message) + (select count(*) from durable.activity)
                + (select count(*) from durable.integrity())
            """));
        return ended;
    }
}
