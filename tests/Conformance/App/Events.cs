using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace Assay.Conformance;

/// <summary>External events: waited for, kept, sent by other orchestrations.</summary>
public static class Events
{
    /// <summary>Asks a child questions by events, and waits for its answers by events.</summary>
    /// <returns>The sum of the answers, each twice its question: rounds × (rounds + 1).</returns>
    [Function(nameof(Conversation))]
    public static async Task<int> Conversation([OrchestrationTrigger] TaskOrchestrationContext context, int rounds)
    {
        var answering = context.CallSubOrchestratorAsync(nameof(Answers), rounds);
        var child = await context.WaitForExternalEvent<string>("ready");
        var sum = 0;
        for (var question = 1; question <= rounds; question++)
        {
            context.SendEvent(child, "question", question);
            sum += await context.WaitForExternalEvent<int>("answer");
        }
        await answering;
        return sum;
    }

    [Function(nameof(Answers))]
    public static async Task Answers([OrchestrationTrigger] TaskOrchestrationContext context, int rounds)
    {
        var asker = context.Parent!.InstanceId;
        context.SendEvent(asker, "ready", context.InstanceId);
        for (var round = 0; round < rounds; round++)
            context.SendEvent(asker, "answer", 2 * await context.WaitForExternalEvent<int>("question"));
    }

    /// <returns>The payloads of so many events of the name "number", as they came.</returns>
    [Function(nameof(Gather))]
    public static async Task<List<int>> Gather([OrchestrationTrigger] TaskOrchestrationContext context, int events)
    {
        List<int> numbers = [];
        while (numbers.Count < events)
            numbers.Add(await context.WaitForExternalEvent<int>("number"));
        return numbers;
    }
}
