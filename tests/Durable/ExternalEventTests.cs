using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Assay;

public sealed class ExternalEventTests(DurableTestDatabase database) : IClassFixture<DurableTestDatabase>
{
    [Fact]
    public async Task An_event_is_kept_until_the_orchestrator_waits_for_it_whatever_the_case_of_its_name()
    {
        await using var engine = await database.NewEngine()
            .Orchestrator("Waits", async context =>
            {
                await context.WaitForExternalEvent<string>("start");
                return await context.WaitForExternalEvent<int>("NUMBER");
            })
            .StartAsync();
        var id = await engine.Client.ScheduleNewOrchestrationInstanceAsync("Waits");

        await engine.Client.RaiseEventAsync(id, "number", 42);
        await engine.Client.RaiseEventAsync(id, "Start");

        Assert.Equal(42, (await engine.EndAsync(id)).ReadOutputAs<int>());
    }

    [Fact]
    public async Task Events_reach_the_newest_waiter_first_and_pass_over_cancelled_ones()
    {
        await using var engine = await database.NewEngine()
            .Orchestrator("Waits", async context =>
            {
                using var cancel = new CancellationTokenSource();
                var first = context.WaitForExternalEvent<string>("e");
                var second = context.WaitForExternalEvent<string>("e");
                var cancelled = context.WaitForExternalEvent<string>("e", cancel.Token);
                cancel.Cancel();
                context.SetCustomStatus("waiting");
                return $"{await second}, {await first}, {cancelled.IsCanceled}";
            })
            .StartAsync();
        var id = await engine.Client.ScheduleNewOrchestrationInstanceAsync("Waits");
        await engine.ReachesAsync(id, "waiting");

        await engine.Client.RaiseEventAsync(id, "e", "one");
        await engine.Client.RaiseEventAsync(id, "e", "two");

        Assert.Equal("one, two, True", (await engine.EndAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Waiting_with_a_timeout_is_cancelled_when_no_event_comes()
    {
        await using var engine = await database.NewEngine()
            .Orchestrator("Waits", async context =>
            {
                await Assert.ThrowsAnyAsync<OperationCanceledException>(
                    () => context.WaitForExternalEvent<string>("never", TimeSpan.FromMilliseconds(100)));
                return "timed out";
            })
            .StartAsync();

        Assert.Equal("timed out", (await engine.RunAsync("Waits")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task An_orchestrator_sends_an_event_to_another()
    {
        await using var engine = await database.NewEngine()
            .Orchestrator("Receives", context => context.WaitForExternalEvent<string>("hello"))
            .Orchestrator("Sends", context =>
            {
                context.SendEvent(context.GetInput<string>()!, "hello", "from the other");
                return Task.CompletedTask;
            })
            .StartAsync();
        var receiver = await engine.Client.ScheduleNewOrchestrationInstanceAsync("Receives");

        await engine.RunAsync("Sends", receiver);

        Assert.Equal("from the other", (await engine.EndAsync(receiver)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task An_event_for_an_unknown_or_ended_instance_is_refused()
    {
        await using var engine = await database.NewEngine()
            .Orchestrator("Ends", _ => Task.CompletedTask)
            .StartAsync();
        var ended = await engine.RunAsync("Ends");

        await Assert.ThrowsAsync<ArgumentException>(() => engine.Client.RaiseEventAsync("unknown", "e"));
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => engine.Client.RaiseEventAsync(ended.InstanceId, "e"));
    }
}
