using System.Collections.Concurrent;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace Assay;

/// <summary>Determinism: what a replay must repeat, and how code that does not is found out.</summary>
public sealed class ReplayTests(DurableTestDatabase database) : IClassFixture<DurableTestDatabase>
{
    [Fact]
    public async Task A_replay_sees_the_same_ids_and_times_and_logs_nothing_twice()
    {
        var seen = new ConcurrentQueue<string>();
        await using var engine = await Replaying()
            .Activity<int, int>("Same", x => x)
            .Orchestrator("Steps", async context =>
            {
                var log = context.CreateReplaySafeLogger("Steps");
                for (var i = 0; i < 3; i++)
                {
                    log.LogInformation("step {Step}", i);
                    seen.Enqueue($"{i} {context.NewGuid()} {context.NewGuid()} {context.CurrentUtcDateTime:O}");
                    await context.CallActivityAsync<int>("Same", i);
                }
                return context.IsReplaying;
            })
            .StartAsync();

        var ended = await engine.RunAsync("Steps");

        // Four runs of the code: 1 + 2 + 3 + 3 lines, of which three are different.
        Assert.Equal(9, seen.Count);
        Assert.Equal(3, seen.Distinct().Count());
        Assert.Equal(6, seen.Distinct().SelectMany(line => line.Split(' ')[1..3]).Distinct().Count());
        Assert.False(ended.ReadOutputAs<bool>());
        Assert.Equal(3, engine.Log.Lines.Count(line => line.Contains("Steps: step")));
    }

    [Fact]
    public async Task A_history_of_many_pages_replays_after_a_takeover()
    {
        var hub = $"hub{Guid.NewGuid():n}";
        await using var engine = await database.NewEngine(hub)
            .Activity<int, int>("Same", x => x)
            .Orchestrator("Many", async context =>
            {
                var sum = (await Task.WhenAll(
                    Enumerable.Range(0, 6_000).Select(x => context.CallActivityAsync<int>("Same", x)))).Sum();
                context.SetCustomStatus("waits");
                return sum + await context.WaitForExternalEvent<int>("more");
            })
            .StartAsync();
        var id = await engine.Client.ScheduleNewOrchestrationInstanceAsync("Many", CancellationToken.None);
        await engine.ReachesAsync(id, "waits");

        await database.ExecuteAsync($"select durable.release(id, false) from durable.worker where hub = '{hub}'");
        await engine.Client.RaiseEventAsync(id, "more", 1, CancellationToken.None);

        Assert.Equal(17_997_001, (await engine.EndAsync(id)).ReadOutputAs<int>());
    }

    [Fact]
    public async Task Everything_an_orchestrator_can_wait_for_replays()
    {
        await using var engine = await Replaying()
            .Activity<int, int>("Same", x => x)
            .Orchestrator("Child", context => context.CallActivityAsync<int>("Same", 5))
            .Orchestrator("All", async context =>
            {
                using var cancel = new CancellationTokenSource();
                var never = context.CreateTimer(TimeSpan.FromDays(30), cancel.Token);
                var sum = await context.CallActivityAsync<int>("Same", 1);
                await context.CreateTimer(TimeSpan.FromMilliseconds(20), CancellationToken.None);
                cancel.Cancel();
                sum += await context.CallSubOrchestratorAsync<int>("Child");
                context.SetCustomStatus("waiting");
                sum += await context.WaitForExternalEvent<int>("more");
                sum += (await Task.WhenAll(
                    Enumerable.Range(0, 10).Select(x => context.CallActivityAsync<int>("Same", x)))).Sum();
                return $"{sum} {never.IsCanceled}";
            })
            .StartAsync();
        var id = await engine.Client.ScheduleNewOrchestrationInstanceAsync("All");
        await engine.ReachesAsync(id, "waiting");

        await engine.Client.RaiseEventAsync(id, "more", 100);

        Assert.Equal("151 True", (await engine.EndAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Another_step_than_in_the_history_fails_the_instance_and_names_both()
    {
        var changed = false;
        await using var engine = await Replaying()
            .Activity<int, int>("Before", x => x)
            .Activity<int, int>("After", x => x)
            .Orchestrator("Changes", async context =>
            {
                await context.CallActivityAsync<int>(changed ? "After" : "Before", 1);
                context.SetCustomStatus("waiting");
                await context.WaitForExternalEvent<string>("go");
            })
            .StartAsync();
        var id = await engine.Client.ScheduleNewOrchestrationInstanceAsync("Changes");
        await engine.ReachesAsync(id, "waiting");

        changed = true;
        await engine.Client.RaiseEventAsync(id, "go");
        var ended = await engine.EndAsync(id);

        Assert.Equal(OrchestrationRuntimeStatus.Failed, ended.RuntimeStatus);
        Assert.Contains("step 0", ended.FailureDetails!.ErrorMessage);
        Assert.Contains("expects a call of activity 'Before'", ended.FailureDetails.ErrorMessage);
        Assert.Contains("came to a call of activity 'After'", ended.FailureDetails.ErrorMessage);
    }

    [Fact]
    public async Task A_step_that_is_not_in_the_history_fails_the_instance()
    {
        var changed = false;
        await using var engine = await Replaying()
            .Activity<int, int>("New", x => x)
            .Orchestrator("Changes", async context =>
            {
                if (changed)
                    await context.CallActivityAsync<int>("New", 1);
                context.SetCustomStatus("waiting");
                await context.WaitForExternalEvent<string>("go");
            })
            .StartAsync();
        var id = await engine.Client.ScheduleNewOrchestrationInstanceAsync("Changes");
        await engine.ReachesAsync(id, "waiting");

        changed = true;
        await engine.Client.RaiseEventAsync(id, "go");

        Assert.Contains(
            "expects no further step, but the code now came to a call of activity 'New'",
            (await engine.EndAsync(id)).FailureDetails!.ErrorMessage);
    }

    [Theory]
    [InlineData("Delays")]
    [InlineData("Races")]
    [InlineData("Leaves")]
    public async Task Awaiting_a_foreign_task_fails_the_instance_with_what_to_do(string name)
    {
        await using var engine = await database.NewEngine()
            .Activity<int, int>("Same", x => x)
            .Orchestrator("Delays", _ => Task.Delay(TimeSpan.FromHours(1)))
            .Orchestrator("Races", async context => await await Task.WhenAny(
                context.WaitForExternalEvent<string>("never"), Task.Delay(TimeSpan.FromMilliseconds(50))))
            .Orchestrator("Leaves", async context =>
            {
                await context.CallActivityAsync<int>("Same", 1).ConfigureAwait(false);
                await context.CallActivityAsync<int>("Same", 2);
            })
            .StartAsync();

        var ended = await engine.RunAsync(name);

        Assert.Equal(OrchestrationRuntimeStatus.Failed, ended.RuntimeStatus);
        Assert.Contains("not from its TaskOrchestrationContext", ended.FailureDetails!.ErrorMessage);
    }

    private TestEngine Replaying() => database.NewEngine(configure: options => options.KeepInMemory = false);
}
