using System.Collections.Concurrent;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace Assay.Conformance;

/// <param name="Failures">How often the activity fails before it succeeds.</param>
/// <param name="Kind">Which of the ways to retry is used.</param>
public sealed record RetryPlan(int Failures, string Kind);

/// <param name="Result">Number of the attempt that succeeded; null for none.</param>
/// <param name="Seconds">From the first call to the end, by the orchestrator's clock.</param>
public sealed record RetryOutcome(int? Result, string? Failure, double Seconds);

/// <param name="Key">Under which attempts are counted.</param>
public sealed record CountedCall(string Key, int Failures);

/// <summary>Calls that are retried.</summary>
public static class Retrying
{
    private static readonly ConcurrentDictionary<string, int> attempts = new();

    /// <summary>Calls an activity that fails about every second time.</summary>
    /// <returns>The number of calls.</returns>
    [Function(nameof(Persists))]
    public static async Task<int> Persists([OrchestrationTrigger] TaskOrchestrationContext context, int calls)
    {
        var retries = new TaskOptions(new RetryPolicy(100, TimeSpan.FromMilliseconds(20)));
        var sum = 0;
        for (var call = 0; call < calls; call++)
            sum += await context.CallActivityAsync<int>(nameof(SucceedsSometimes), options: retries);
        return sum;
    }

    [Function(nameof(Retries))]
    public static async Task<RetryOutcome> Retries(
        [OrchestrationTrigger] TaskOrchestrationContext context, RetryPlan plan)
    {
        var began = context.CurrentUtcDateTime;
        var call = new CountedCall(context.InstanceId, plan.Failures);
        try
        {
            var result = plan.Kind == "child"
                ? await context.CallSubOrchestratorAsync<int>(nameof(Counts), call, Options("policy"))
                : await context.CallActivityAsync<int>(nameof(Counted), call, Options(plan.Kind));
            return new(result, null, (context.CurrentUtcDateTime - began).TotalSeconds);
        }
        catch (TaskFailedException failed)
        {
            var seconds = (context.CurrentUtcDateTime - began).TotalSeconds;
            return new(null, failed.FailureDetails.ErrorMessage, seconds);
        }
    }

    [Function(nameof(Counts))]
    public static Task<int> Counts([OrchestrationTrigger] TaskOrchestrationContext context, CountedCall call) =>
        context.CallActivityAsync<int>(nameof(Counted), call);

    [Function(nameof(Counted))]
    public static int Counted([ActivityTrigger] CountedCall call)
    {
        var attempt = attempts.AddOrUpdate(call.Key, 1, (_, before) => before + 1);
        return attempt > call.Failures ? attempt : throw new IOException($"attempt {attempt} failed");
    }

    private static TaskOptions Options(string kind) => kind switch
    {
        "policy" => new(new RetryPolicy(3, TimeSpan.FromMilliseconds(100))),
        "growing" => new(new RetryPolicy(4, TimeSpan.FromMilliseconds(200), backoffCoefficient: 2)),
        "capped" => new(new RetryPolicy(
            4, TimeSpan.FromMilliseconds(100), backoffCoefficient: 1_000,
            maxRetryInterval: TimeSpan.FromMilliseconds(200))),
        "timeout" => new(new RetryPolicy(
            1_000, TimeSpan.FromMilliseconds(500), retryTimeout: TimeSpan.FromSeconds(2))),
        "chosen" => new(new RetryPolicy(10, TimeSpan.FromMilliseconds(100))
        {
            HandleFailure = failure => !failure.ErrorMessage.Contains("attempt 2", StringComparison.Ordinal),
        }),
        "handler" => TaskOptions.FromRetryHandler(retry => retry.LastAttemptNumber < 3),
        "patient handler" => TaskOptions.FromRetryHandler(async retry =>
        {
            await retry.OrchestrationContext.CreateTimer(TimeSpan.FromSeconds(1), CancellationToken.None);
            return retry.LastFailure.ErrorMessage.Contains("attempt 1", StringComparison.Ordinal);
        }),
        _ => throw new ArgumentException($"There is no '{kind}'."),
    };

    [Function(nameof(SucceedsSometimes))]
    public static int SucceedsSometimes([ActivityTrigger] string? nothing) =>
        Random.Shared.Next(2) == 1 ? 1 : throw new InvalidOperationException("Not this time.");
}
