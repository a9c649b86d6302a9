using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace Assay.Conformance;

public sealed record Countdown(int Left, int Sum = 0);

/// <summary>Orchestrations that continue as new.</summary>
public static class Generations
{
    /// <summary>One activity a generation.</summary>
    /// <returns>left + … + 2 + 1.</returns>
    [Function(nameof(CountDown))]
    public static async Task<int> CountDown([OrchestrationTrigger] TaskOrchestrationContext context, Countdown count)
    {
        if (count.Left == 0)
            return count.Sum;
        var less = await context.CallActivityAsync<int>(nameof(Calls.AddOne), count.Left - 2);
        context.ContinueAsNew(new Countdown(less, count.Sum + count.Left));
        return 0;
    }
}
