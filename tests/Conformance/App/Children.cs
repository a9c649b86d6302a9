using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace Assay.Conformance;

/// <summary>Orchestrations that call orchestrations.</summary>
public static class Children
{
    /// <summary>Two children a level, each doing the same one level below.</summary>
    /// <returns>The number of leaves: 2 to the power of depth.</returns>
    [Function(nameof(Tree))]
    public static async Task<int> Tree([OrchestrationTrigger] TaskOrchestrationContext context, int depth)
    {
        if (depth == 0)
            return await context.CallActivityAsync<int>(nameof(Calls.AddOne), 0);
        var leaves = await Task.WhenAll(
            context.CallSubOrchestratorAsync<int>(nameof(Tree), depth - 1),
            context.CallSubOrchestratorAsync<int>(nameof(Tree), depth - 1));
        return leaves.Sum();
    }
}
