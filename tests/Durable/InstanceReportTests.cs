using Assay.Local;
using Microsoft.DurableTask;
using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public class InstanceReportTests(DurableTestDatabase database) : IClassFixture<DurableTestDatabase>
{
    [Fact]
    public async Task What_waits_says_for_what()
    {
        var gate = new TaskCompletionSource();
        await using var engine = await database.NewEngine()
            .Orchestrator("OnEvent", context => context.WaitForExternalEvent<string>("go"))
            .Orchestrator("OnTimer", context => context.CreateTimer(
                new DateTime(2099, 1, 2, 3, 4, 5, DateTimeKind.Utc), CancellationToken.None))
            .Orchestrator("OnActivity", context => context.CallActivityAsync("Hang", 1))
            .Orchestrator("OnChild", context => context.CallSubOrchestratorAsync("OnEvent"))
            .Activity<int, int>("Hang", async (x, cancellation) =>
            {
                await gate.Task.WaitAsync(cancellation);
                return x;
            })
            .StartAsync();
        foreach (var name in (string[])["OnEvent", "OnTimer", "OnActivity", "OnChild"])
            await engine.Client.ScheduleNewOrchestrationInstanceAsync(name, new StartOrchestrationOptions(name));
        await engine.Client.ScheduleNewOrchestrationInstanceAsync(
            "OnEvent",
            new StartOrchestrationOptions("Later", new DateTimeOffset(2099, 1, 1, 0, 0, 0, TimeSpan.Zero)));

        await WaitsForAsync(engine, "OnEvent", "an event");
        await WaitsForAsync(engine, "OnTimer", "a timer at 2099-01-02 03:04:05Z");
        await WaitsForAsync(engine, "OnActivity", "activity Hang");
        var hangs = (await Reports(engine).FindAsync("OnActivity", CancellationToken.None))!.Steps[^1];
        Assert.Equal(("Hang", "running", 1), (hangs.Name, hangs.Outcome, hangs.Attempts));
        Assert.EndsWith($"/{Environment.ProcessId}", hangs.Worker, StringComparison.Ordinal);
        await WaitsForAsync(engine, "OnChild", "orchestration OnEvent");
        await WaitsForAsync(engine, "Later", "its start at 2099-01-01 00:00:00Z");
        await engine.Client.SuspendInstanceAsync("OnEvent");
        await WaitsForAsync(engine, "OnEvent", "being resumed");
        gate.SetResult();
    }

    [Fact]
    public async Task What_nobody_works_on_waits_for_a_worker()
    {
        await using var engine = database.NewEngine()
            .Orchestrator("Stuck", context => context.WaitForExternalEvent<string>("go"));
        await engine.StartAsync();
        await engine.Client.ScheduleNewOrchestrationInstanceAsync("Stuck", new StartOrchestrationOptions("told"));
        await WaitsForAsync(engine, "told", "an event");
        await engine.StopAsync();

        await engine.Client.ScheduleNewOrchestrationInstanceAsync("Stuck", new StartOrchestrationOptions("new"));
        await engine.Client.RaiseEventAsync("told", "go", "now");

        await WaitsForAsync(engine, "new", "a worker");
        await WaitsForAsync(engine, "told", "a worker to read 1 message");
    }

    [Fact]
    public async Task What_waits_to_try_again_says_what_failed_and_how()
    {
        await using var engine = await database.NewEngine()
            .Orchestrator("Order", context => context.CallActivityAsync(
                "Pack", "tea", TaskOptions.FromRetryPolicy(new RetryPolicy(3, TimeSpan.FromHours(1)))))
            .Activity<string, string>("Pack", static string (_) => throw new InvalidOperationException("no boxes"))
            .StartAsync();
        await engine.Client.ScheduleNewOrchestrationInstanceAsync("Order", new StartOrchestrationOptions("waits"));
        await Eventually.TrueAsync(
            async () => (await FindAsync())?.WaitsFor?.StartsWith("a timer at ", StringComparison.Ordinal) == true,
            within: null, () => "It did not come to wait for a timer.");

        Assert.Equal((1, "Pack: no boxes"), ((await FindAsync())!.Failures, (await FindAsync())!.Error));

        async Task<InstanceReport?> FindAsync() =>
            (await Reports(engine).FindAsync("waits", CancellationToken.None))?.Instance;
    }

    [Fact]
    public async Task One_instance_is_shown_step_by_step()
    {
        await using var engine = await database.NewEngine()
            .Orchestrator("Order", async context =>
            {
                var retried = TaskOptions.FromRetryPolicy(new RetryPolicy(2, TimeSpan.FromMilliseconds(10)));
                await context.CallActivityAsync("Pack", "tea", retried);
            })
            .Activity<string, string>("Pack", static string (_) => throw new InvalidOperationException("no boxes"))
            .StartAsync();
        await engine.RunAsync("Order", id: "order");

        var found = await Reports(engine).FindAsync("order", CancellationToken.None);

        Assert.Equal(
            [
                "started Order ", "activity Pack failed", "timer  completed", "activity Pack failed", "ended failed ",
            ],
            found!.Steps.Select(step => $"{step.Kind} {step.Name} {step.Outcome}"));
        Assert.Equal("no boxes", found.Steps[1].Error);
        Assert.True(found.Steps[2].EndedAt - found.Steps[2].At >= TimeSpan.FromMilliseconds(10));
        Assert.Equal((2, "failed"), (found.Instance.Failures, found.Instance.Status));
        Assert.Contains("no boxes", found.Instance.Error, StringComparison.Ordinal);
        Assert.Null(found.Instance.WaitsFor);
        Assert.Null(await Reports(engine).FindAsync("none", CancellationToken.None));
    }

    [Fact]
    public async Task The_list_is_newest_first_and_can_be_narrowed()
    {
        await using var engine = await database.NewEngine()
            .Orchestrator("Count", static _ => Task.FromResult(1))
            .Orchestrator("Fail", static Task<int> (_) => throw new InvalidOperationException("broken"))
            .StartAsync();
        await engine.RunAsync("Count", id: "a-1");
        await engine.RunAsync("Fail", id: "a-2");
        await engine.RunAsync("Count", id: "b-3");

        Assert.Equal("b-3 a-2 a-1", await ListAsync(engine, new(null, null, null, null)));
        Assert.Equal("a-2", await ListAsync(engine, new(["failed"], null, null, null)));
        Assert.Equal("b-3 a-1", await ListAsync(engine, new(null, "cOUN", null, null)));
        Assert.Equal("a-2 a-1", await ListAsync(engine, new(null, null, "a-", null)));
        Assert.Equal("a-1", await ListAsync(engine, new(null, null, null, "a-2")));
    }

    private static InstanceReports Reports(TestEngine engine) => engine.Services.GetRequiredService<InstanceReports>();

    private static async Task<string> ListAsync(TestEngine engine, InstanceFilter filter) => string.Join(
        ' ', (await Reports(engine).ListAsync(filter, take: 10, CancellationToken.None)).Select(found => found.Id));

    private static Task WaitsForAsync(TestEngine engine, string id, string expected)
    {
        InstanceReport? found = null;
        return Eventually.TrueAsync(
            async () =>
            {
                found = (await Reports(engine).FindAsync(id, CancellationToken.None))!.Instance;
                return found.WaitsFor == expected && found.WaitsSince is not null;
            },
            within: TimeSpan.FromSeconds(10), () => $"'{id}' waits for '{found?.WaitsFor}', not for '{expected}'.");
    }
}
