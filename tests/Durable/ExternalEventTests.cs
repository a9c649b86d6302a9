using Microsoft.DurableTask.Client;

namespace Assay;

public sealed class ExternalEventTests(DurableTestDatabase database) : IClassFixture<DurableTestDatabase>
{
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
}
