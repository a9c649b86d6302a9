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

    /// <returns>The payload of the event "go".</returns>
    [Function(nameof(Waits))]
    public static Task<string> Waits([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        context.SetCustomStatus("waiting");
        return context.WaitForExternalEvent<string>("go");
    }

    /// <returns>What came of waiting for an event that does not come.</returns>
    [Function(nameof(TimesOut))]
    public static async Task<string> TimesOut([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        try
        {
            return await context.WaitForExternalEvent<string>("never", TimeSpan.FromSeconds(1));
        }
        catch (TaskCanceledException)
        {
            return nameof(TaskCanceledException);
        }
    }

    /// <returns>Whether the event came within the time.</returns>
    [Function(nameof(ComesInTime))]
    public static async Task<string> ComesInTime([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        context.SetCustomStatus("waiting");
        return await context.WaitForExternalEvent<string>("go", TimeSpan.FromDays(60));
    }

    /// <summary>Waits for the same event twice.</summary>
    /// <returns>What the first waiter got, then what the second.</returns>
    [Function(nameof(TwoWaiters))]
    public static async Task<string[]> TwoWaiters([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var first = context.WaitForExternalEvent<string>("go");
        var second = context.WaitForExternalEvent<string>("go");
        context.SetCustomStatus("waiting");
        return await Task.WhenAll(first, second);
    }

    /// <returns>What waiting for the same event as two types comes to.</returns>
    [Function(nameof(TwoTypes))]
    public static string TwoTypes([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        _ = context.WaitForExternalEvent<string>("go");
        try
        {
            var other = context.WaitForExternalEvent<int>("go");
            return other.Exception?.InnerException?.GetType().Name ?? "accepted";
        }
        catch (ArgumentException)
        {
            return nameof(ArgumentException);
        }
    }

    /// <summary>Sends the event "go" to another instance.</summary>
    [Function(nameof(Sends))]
    public static void Sends([OrchestrationTrigger] TaskOrchestrationContext context, string receiver) =>
        context.SendEvent(receiver, "go", $"from {context.InstanceId}");

    /// <returns>The event's payload, of a type of its own.</returns>
    [Function(nameof(Receives))]
    public static Task<Parcel> Receives([OrchestrationTrigger] TaskOrchestrationContext context) =>
        context.WaitForExternalEvent<Parcel>("parcel");

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
