using Assay.Local;
using Microsoft.DurableTask.Client;

namespace Assay;

/// <summary>
/// What orchestrators and activities come to that cannot be stored, read or even said: it fails the instance which it
/// belongs to, clearly, and no other.
/// </summary>
public sealed class BadContentTests(DurableTestDatabase database) : IClassFixture<DurableTestDatabase>
{
    [Theory]
    [InlineData(0)]
    [InlineData(0xd800)]
    public async Task Text_that_postgres_cannot_store_fails_the_instance(int character)
    {
        await using var engine = await database.NewEngine()
            .Activity<int, int>("Same", x => x)
            .Orchestrator("Sends", async context =>
            {
                await context.CallActivityAsync<int>("Same", 1);
                context.SendEvent("nobody", $"a{(char)character}b", 1);
                await context.CallActivityAsync<int>("Same", 2);
            })
            .Orchestrator("Goes on", context => context.CallActivityAsync<int>("Same", 3))
            .StartAsync();

        var ended = await Task.WhenAll(engine.RunAsync("Sends"), engine.RunAsync("Goes on"));

        Assert.Equal(OrchestrationRuntimeStatus.Failed, ended[0].RuntimeStatus);
        Assert.Contains("refused what the orchestrator asked for", ended[0].FailureDetails!.ErrorMessage);
        Assert.Equal(OrchestrationRuntimeStatus.Completed, ended[1].RuntimeStatus);
    }

    [Fact]
    public async Task A_result_that_is_too_large_fails_the_instance()
    {
        await using var engine = await database.NewEngine(configure: options => options.CommitCharactersMax = 10_000)
            .Activity<int, string>("Fills", length => new string('x', length))
            .Orchestrator("Asks", async context => (await context.CallActivityAsync<string>(
                "Fills", context.GetInput<int>())).Length)
            .StartAsync();

        var ended = await Task.WhenAll(engine.RunAsync("Asks", 20_000), engine.RunAsync("Asks", 1_000));

        Assert.Equal(OrchestrationRuntimeStatus.Failed, ended[0].RuntimeStatus);
        Assert.Contains("at most 10,000 can be stored", ended[0].FailureDetails!.ErrorMessage);
        Assert.Equal(1_000, ended[1].ReadOutputAs<int>());
    }

    [Theory]
    [InlineData("In activity")]
    [InlineData("In code")]
    public async Task An_exception_whose_text_throws_is_a_failure_like_any_other(string name)
    {
        await using var engine = await database.NewEngine(configure: options => options.MaxConcurrentActivities = 1)
            .Activity<int, int>("Throws", _ => throw new UnspeakableException())
            .Activity<int, int>("Same", x => x)
            .Orchestrator("In activity", context => context.CallActivityAsync<int>("Throws", 1))
            .Orchestrator("In code", context => context.GetInput<int>() == 0
                ? throw new UnspeakableException()
                : context.CallActivityAsync<int>("Same", 1))
            .StartAsync();

        var ended = await engine.RunAsync(name, 0);

        Assert.Equal(OrchestrationRuntimeStatus.Failed, ended.RuntimeStatus);
        Assert.Contains("UnspeakableException, whose text cannot be read", $"{ended.FailureDetails}");
        // The only runner is still there.
        Assert.Equal(1, (await engine.RunAsync("In code", 1)).ReadOutputAs<int>());
        Assert.DoesNotContain(engine.Log.Lines, line => line.Contains("it starts anew"));
    }

    [Theory]
    [InlineData("update durable.history set payload = '{' where kind = 'activity_completed'")]
    [InlineData(
        """
        update durable.history set kind = 'activity_failed', payload = null, failure = '{'
        where kind = 'activity_completed'
        """)]
    [InlineData("update durable.history set kind = 'unheard of' where kind = 'activity_completed'")]
    [InlineData("update durable.instance set input = '{' where completed_at is null")]
    public async Task Stored_content_that_cannot_be_read_any_more_fails_that_instance_alone(string damage)
    {
        var hub = $"hub{Guid.NewGuid():n}";
        TestEngine Engine() => database.NewEngine(hub, options => options.KeepInMemory = false)
            .Activity<int, int>("Same", x => x)
            .Orchestrator("Waits", async context =>
            {
                var x = await context.CallActivityAsync<int>("Same", context.GetInput<int>());
                context.SetCustomStatus("waiting");
                return x + await context.WaitForExternalEvent<int>("go");
            });
        await using var engine = await Engine().StartAsync();
        var id = await engine.Client.ScheduleNewOrchestrationInstanceAsync("Waits", 1, CancellationToken.None);
        await engine.ReachesAsync(id, "waiting");
        await engine.StopAsync();

        await database.ExecuteAsync(damage);
        await using var next = await Engine().StartAsync();
        await next.Client.RaiseEventAsync(id, "go", 1);

        Assert.Equal(OrchestrationRuntimeStatus.Failed, (await next.EndAsync(id)).RuntimeStatus);
        var other = await next.Client.ScheduleNewOrchestrationInstanceAsync("Waits", 1, CancellationToken.None);
        await next.Client.RaiseEventAsync(other, "go", 1);
        Assert.Equal(2, (await next.EndAsync(other)).ReadOutputAs<int>());
    }

    private sealed class UnspeakableException : Exception
    {
        public override string Message => throw new InvalidOperationException("No words.");

        public override string ToString() => throw new InvalidOperationException("No words.");
    }
}
