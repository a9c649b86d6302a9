using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace Assay.Conformance;

/// <summary>Activities that fail until a test mends what they need; for rewinds.</summary>
public static class Repairs
{
    private static readonly ConcurrentDictionary<string, int> runs = new();
    private static readonly ConcurrentDictionary<string, bool> mended = new();

    /// <summary>Calls an activity that works and one that is broken until it is mended.</summary>
    /// <returns>How often each has run.</returns>
    [Function(nameof(Builds))]
    public static async Task<int[]> Builds([OrchestrationTrigger] TaskOrchestrationContext context, string thing) =>
        await Task.WhenAll(
            context.CallActivityAsync<int>(nameof(Prepare), thing), context.CallActivityAsync<int>(nameof(Use), thing));

    /// <summary>The same a level below.</summary>
    [Function(nameof(BuildsBelow))]
    public static Task<int[]> BuildsBelow([OrchestrationTrigger] TaskOrchestrationContext context, string thing) =>
        context.CallSubOrchestratorAsync<int[]>(nameof(Builds), thing);

    [Function(nameof(Prepare))]
    public static int Prepare([ActivityTrigger] string thing) => Count($"{thing} prepared");

    [Function(nameof(Use))]
    public static int Use([ActivityTrigger] string thing)
    {
        var count = Count(thing);
        return mended.ContainsKey(thing) ? count : throw new InvalidOperationException($"'{thing}' is broken.");
    }

    [Function(nameof(Mend))]
    public static IResult Mend(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "mend/{thing}")] HttpRequest request, string thing)
    {
        mended[thing] = true;
        return Results.Ok();
    }

    private static int Count(string what) => runs.AddOrUpdate(what, 1, (_, before) => before + 1);
}
