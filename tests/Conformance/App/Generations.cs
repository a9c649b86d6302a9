using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace Assay.Conformance;

public sealed record Countdown(int Left, int Sum = 0);

/// <param name="Keep">Whether events that nobody took go on to the next generation.</param>
public sealed record Succession(bool Keep, bool IsSecond = false);

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

    /// <summary>Continues as new on the event "next", after an event "kept" came that nobody takes.</summary>
    /// <returns>What the second generation gets of it.</returns>
    [Function(nameof(Succeeds))]
    public static async Task<string> Succeeds(
        [OrchestrationTrigger] TaskOrchestrationContext context, Succession succession)
    {
        if (succession.IsSecond)
        {
            try
            {
                return await context.WaitForExternalEvent<string>("kept", TimeSpan.FromSeconds(3));
            }
            catch (TaskCanceledException)
            {
                return "dropped";
            }
        }
        await context.WaitForExternalEvent<string>("next");
        context.ContinueAsNew(succession with { IsSecond = true }, succession.Keep);
        return "";
    }
}
