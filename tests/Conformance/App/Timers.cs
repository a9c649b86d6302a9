using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace Assay.Conformance;

public static class Timers
{
    /// <summary>Short timers, one after the other.</summary>
    /// <returns>The number of timers.</returns>
    [Function(nameof(Ticks))]
    public static async Task<int> Ticks([OrchestrationTrigger] TaskOrchestrationContext context, int timers)
    {
        for (var tick = 0; tick < timers; tick++)
            await context.CreateTimer(TimeSpan.FromMilliseconds(100), CancellationToken.None);
        return timers;
    }

    /// <returns>Whether the orchestrator's clock has come to the time that the timer was set to.</returns>
    [Function(nameof(Sleeps))]
    public static async Task<bool> Sleeps([OrchestrationTrigger] TaskOrchestrationContext context, TimeSpan delay)
    {
        var due = context.CurrentUtcDateTime.Add(delay);
        await context.CreateTimer(due, CancellationToken.None);
        return context.CurrentUtcDateTime >= due;
    }

    /// <summary>Cancels a timer of years when an event comes.</summary>
    [Function(nameof(Cancels))]
    public static async Task<string> Cancels([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        using var cancel = new CancellationTokenSource();
        var timer = context.CreateTimer(context.CurrentUtcDateTime.AddYears(5), cancel.Token);
        context.SetCustomStatus("waiting");
        var woken = context.WaitForExternalEvent<string>("go");
        if (await Task.WhenAny(timer, woken) == timer)
            return "five years passed";
        cancel.Cancel();
        try
        {
            await timer;
            return "it fired";
        }
        catch (TaskCanceledException)
        {
            return "cancelled";
        }
    }
}
