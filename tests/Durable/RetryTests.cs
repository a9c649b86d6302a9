using Assay.Local;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Assay;

public sealed class RetryTests(DurableTestDatabase database) : IClassFixture<DurableTestDatabase>
{
    [Theory]
    [InlineData(1, 100)]
    [InlineData(2, 200)]
    [InlineData(4, 800)]
    [InlineData(5, 1_000)]
    [InlineData(900, 1_000)]
    public void The_delay_grows_by_the_coefficient_up_to_the_maximum(int attempt, int milliseconds)
    {
        var policy = new RetryPolicy(
            1_000, TimeSpan.FromMilliseconds(100), backoffCoefficient: 2, maxRetryInterval: TimeSpan.FromSeconds(1));

        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), Retries.Delay(policy, attempt));
    }

    [Fact]
    public async Task A_policy_retries_until_the_call_succeeds()
    {
        var calls = 0;
        await using var engine = await database.NewEngine()
            .Activity<string, int>("Third", _ => Interlocked.Increment(ref calls) < 3 ? throw new IOException() : calls)
            .Orchestrator("Retries", context => context.CallActivityAsync<int>("Third", options: Policy(attempts: 5)))
            .StartAsync();

        Assert.Equal(3, (await engine.RunAsync("Retries")).ReadOutputAs<int>());
    }

    [Fact]
    public async Task A_policy_gives_up_after_its_attempts_with_the_last_failure()
    {
        var calls = 0;
        await using var engine = await database.NewEngine()
            .Activity<string, int>("Never", _ => throw new IOException($"call {Interlocked.Increment(ref calls)}"))
            .Orchestrator("Retries", context => context.CallActivityAsync<int>("Never", options: Policy(attempts: 3)))
            .StartAsync();

        var ended = await engine.RunAsync("Retries");

        Assert.Equal(3, calls);
        Assert.Contains("call 3", ended.FailureDetails!.ErrorMessage);
    }

    [Fact]
    public async Task A_policy_retries_only_failures_that_it_handles()
    {
        var calls = 0;
        var policy = new RetryPolicy(5, TimeSpan.FromMilliseconds(1))
        {
            HandleFailure = failure => failure.IsCausedBy<IOException>(),
        };
        await using var engine = await database.NewEngine()
            .Activity<string, int>("Fails", _ =>
                Interlocked.Increment(ref calls) == 1 ? throw new IOException() : throw new ArgumentException())
            .Orchestrator("Retries", context =>
                context.CallActivityAsync<int>("Fails", options: TaskOptions.FromRetryPolicy(policy)))
            .StartAsync();

        await engine.RunAsync("Retries");

        Assert.Equal(2, calls);
    }

    [Fact]
    public async Task A_policy_does_not_retry_after_its_timeout()
    {
        var calls = 0;
        var policy = new RetryPolicy(
            1_000, TimeSpan.FromMilliseconds(100), retryTimeout: TimeSpan.FromMilliseconds(250));
        await using var engine = await database.NewEngine()
            .Activity<string, int>("Never", _ =>
            {
                Interlocked.Increment(ref calls);
                throw new IOException();
            })
            .Orchestrator("Retries", context =>
                context.CallActivityAsync<int>("Never", options: TaskOptions.FromRetryPolicy(policy)))
            .StartAsync();

        var ended = await engine.RunAsync("Retries");

        Assert.Equal(OrchestrationRuntimeStatus.Failed, ended.RuntimeStatus);
        Assert.InRange(calls, 2, 4);
    }

    [Fact]
    public async Task A_handler_sees_each_failure_and_decides()
    {
        await using var engine = await database.NewEngine()
            .Orchestrator("Child", _ => throw new IOException("child"))
            .Orchestrator("Retries", async context =>
            {
                var seen = new List<int>();
                var options = TaskOptions.FromRetryHandler(retry =>
                {
                    seen.Add(retry.LastAttemptNumber);
                    return retry.LastFailure.IsCausedBy<IOException>() && retry.LastAttemptNumber < 3;
                });
                await Assert.ThrowsAsync<TaskFailedException>(
                    () => context.CallSubOrchestratorAsync("Child", options: options));
                return seen;
            })
            .StartAsync();

        var ended = await engine.RunAsync("Retries");

        Assert.Equal([1, 2, 3], ended.ReadOutputAs<int[]>()!);
    }

    private static TaskOptions Policy(int attempts) =>
        TaskOptions.FromRetryPolicy(new RetryPolicy(attempts, TimeSpan.FromMilliseconds(1)));
}
