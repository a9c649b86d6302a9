using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;

namespace Assay.Conformance;

/// <param name="SameIds">Whether ids were the same when the code ran again.</param>
/// <param name="SameTimes">Whether times were.</param>
public sealed record ReplayFacts(bool SameIds, bool SameTimes, int DifferentIds, bool IsReplaying);

public sealed record ContextFacts(string Name, string InstanceId, string? Version);

/// <summary>What orchestrators see of themselves.</summary>
public static class Contexts
{
    [Function(nameof(Describes))]
    public static ContextFacts Describes([OrchestrationTrigger] TaskOrchestrationContext context) => new(
        context.Name.Name, context.InstanceId, context.Version);

    /// <summary>Sends ids and times through activities: what comes back was made when the code ran before.</summary>
    [Function(nameof(Repeats))]
    public static async Task<ReplayFacts> Repeats([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        HashSet<Guid> ids = [];
        var (sameIds, sameTimes) = (true, true);
        for (var step = 0; step < 3; step++)
        {
            var (one, other, time) = (context.NewGuid(), context.NewGuid(), context.CurrentUtcDateTime);
            ids.UnionWith([one, other]);
            var before = await context.CallActivityAsync<string>(nameof(Same), $"{one} {other} {time:O}");
            sameIds &= before.StartsWith($"{one} {other}", StringComparison.Ordinal);
            sameTimes &= before.EndsWith($"{time:O}", StringComparison.Ordinal);
        }
        return new(sameIds, sameTimes, ids.Count, context.IsReplaying);
    }

    [Function(nameof(Same))]
    public static string Same([ActivityTrigger] string text) => text;

    /// <summary>Logs its id at three steps.</summary>
    [Function(nameof(Logs))]
    public static async Task Logs([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var logger = context.CreateReplaySafeLogger(nameof(Logs));
        for (var step = 0; step < 3; step++)
        {
            logger.LogInformation("{InstanceId} is at a step", context.InstanceId);
            await context.CallActivityAsync<string>(nameof(Same), "");
        }
    }
}
