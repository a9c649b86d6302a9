using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Assay;

public sealed class DurableTimerTests(DurableTestDatabase database) : IClassFixture<DurableTestDatabase>
{
    [Fact]
    public async Task A_cancelled_timer_throws_and_leaves_no_message_behind()
    {
        await using var engine = await database.NewEngine()
            .Orchestrator("Cancels", async context =>
            {
                using var cancel = new CancellationTokenSource();
                var timer = context.CreateTimer(DateTime.MaxValue, cancel.Token);
                await context.CreateTimer(TimeSpan.FromMilliseconds(50), CancellationToken.None);
                cancel.Cancel();
                await Assert.ThrowsAsync<TaskCanceledException>(() => timer);
                context.SetCustomStatus("cancelled");
                await context.WaitForExternalEvent<string>("go");
            })
            .StartAsync();
        var id = await engine.Client.ScheduleNewOrchestrationInstanceAsync("Cancels");

        await engine.ReachesAsync(id, "cancelled");

        Assert.Equal(0, await database.ValueAsync<long>("select count(*) from durable.message"));
        await engine.Client.RaiseEventAsync(id, "go");
        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await engine.EndAsync(id)).RuntimeStatus);
    }

    [Fact]
    public async Task An_orchestration_that_ends_takes_its_far_future_timers_with_it()
    {
        await using var engine = await database.NewEngine()
            .Orchestrator("Leaves", context =>
            {
                _ = context.CreateTimer(new DateTime(9000, 1, 1), CancellationToken.None);
                return context.CreateTimer(TimeSpan.FromMilliseconds(10), CancellationToken.None);
            })
            .StartAsync();

        await engine.RunAsync("Leaves");

        Assert.Equal(0, await database.ValueAsync<long>("select count(*) from durable.message"));
    }
}
