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
}
