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

    /// <summary>Calls a child with a tag of its own under an id of its own choice.</summary>
    [Function(nameof(TagsChild))]
    public static Task<int> TagsChild([OrchestrationTrigger] TaskOrchestrationContext context, string childId) =>
        context.CallSubOrchestratorAsync<int>(nameof(Calls.Chain), 1, new SubOrchestrationOptions(instanceId: childId)
        {
            Tags = new Dictionary<string, string> { ["level"] = "child" },
        });

    /// <returns>The ids under which a child ran that failed and was retried.</returns>
    [Function(nameof(RetriesChild))]
    public static async Task<string[]> RetriesChild([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        try
        {
            await context.CallSubOrchestratorAsync(
                nameof(ThrowsId), options: new TaskOptions(new RetryPolicy(2, TimeSpan.FromMilliseconds(100))));
            return [];
        }
        catch (TaskFailedException)
        {
            List<string> ids = [];
            while (ids.Count < 2)
                ids.Add(await context.WaitForExternalEvent<string>("ran"));
            return [.. ids];
        }
    }

    [Function(nameof(ThrowsId))]
    public static async Task ThrowsId([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        context.SendEvent(context.Parent!.InstanceId, "ran", context.InstanceId);
        await context.CallActivityAsync<string>(nameof(Failures.Throw), "again");
    }

    /// <returns>What a child sees of its parent.</returns>
    [Function(nameof(Family))]
    public static Task<string> Family([OrchestrationTrigger] TaskOrchestrationContext context) =>
        context.CallSubOrchestratorAsync<string>(nameof(Parent));

    [Function(nameof(Parent))]
    public static string Parent([OrchestrationTrigger] TaskOrchestrationContext context) =>
        context.Parent is { } parent ? $"{parent.Name.Name} {parent.InstanceId}" : "none";
}
