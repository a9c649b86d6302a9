using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace Assay.Conformance;

/// <summary>Activities one after the other, and at the same time.</summary>
public static class Calls
{
    /// <returns>The number of steps.</returns>
    [Function(nameof(Chain))]
    public static async Task<int> Chain([OrchestrationTrigger] TaskOrchestrationContext context, int steps)
    {
        var sum = 0;
        for (var step = 0; step < steps; step++)
            sum = await context.CallActivityAsync<int>(nameof(AddOne), sum);
        return sum;
    }

    /// <returns>1 + 2 + … + width.</returns>
    [Function(nameof(FanOut))]
    public static async Task<int> FanOut([OrchestrationTrigger] TaskOrchestrationContext context, int width)
    {
        var numbers = await Task.WhenAll(
            Enumerable.Range(0, width).Select(i => context.CallActivityAsync<int>(nameof(AddOne), i)));
        return numbers.Sum();
    }

    [Function(nameof(AddOne))]
    public static int AddOne([ActivityTrigger] int number) => number + 1;
}
