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

    /// <summary>Calls <see cref="Events.Waits"/> under an id of its own choice.</summary>
    [Function(nameof(WaitsForChild))]
    public static Task<string> WaitsForChild([OrchestrationTrigger] TaskOrchestrationContext context, string childId) =>
        context.CallSubOrchestratorAsync<string>(
            nameof(Events.Waits), options: new SubOrchestrationOptions(instanceId: childId));

    /// <returns>What a child sees of its parent.</returns>
    [Function(nameof(Family))]
    public static Task<string> Family([OrchestrationTrigger] TaskOrchestrationContext context) =>
        context.CallSubOrchestratorAsync<string>(nameof(Parent));

    [Function(nameof(Parent))]
    public static string Parent([OrchestrationTrigger] TaskOrchestrationContext context) =>
        context.Parent is { } parent ? $"{parent.Name.Name} {parent.InstanceId}" : "none";
}
