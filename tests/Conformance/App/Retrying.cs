using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace Assay.Conformance;

/// <summary>Calls that are retried.</summary>
public static class Retrying
{
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

    [Function(nameof(SucceedsSometimes))]
    public static int SucceedsSometimes([ActivityTrigger] string? nothing) =>
        Random.Shared.Next(2) == 1 ? 1 : throw new InvalidOperationException("Not this time.");
}
