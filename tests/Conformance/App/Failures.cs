using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace Assay.Conformance;

/// <param name="Causes">Whether the failure, its inner one, and so on, are caused by the thrown type.</param>
public sealed record Caught(string TaskName, string Message, Failure Failure, bool[] Causes);

/// <summary>What goes wrong, and how it is seen.</summary>
public static class Failures
{
    [Function(nameof(Throw))]
    public static string Throw([ActivityTrigger] string message) =>
        throw new InvalidDataException(message, new ArgumentException("what was behind it"));

    /// <summary>Lets an activity's failure pass.</summary>
    [Function(nameof(Fails))]
    public static Task<string> Fails([OrchestrationTrigger] TaskOrchestrationContext context, string message) =>
        context.CallActivityAsync<string>(nameof(Throw), message);

    [Function(nameof(Throws))]
    public static string Throws([OrchestrationTrigger] TaskOrchestrationContext context, string message) =>
        throw new InvalidDataException(message);

    /// <summary>Calls an activity that nobody wrote.</summary>
    [Function(nameof(CallsNobody))]
    public static Task CallsNobody([OrchestrationTrigger] TaskOrchestrationContext context) =>
        context.CallActivityAsync("Nobody");

    /// <summary>Calls an orchestrator that nobody wrote.</summary>
    [Function(nameof(CallsNobodyBelow))]
    public static Task CallsNobodyBelow([OrchestrationTrigger] TaskOrchestrationContext context) =>
        context.CallSubOrchestratorAsync("Nobody");

    /// <summary>Catches what an activity throws.</summary>
    [Function(nameof(CatchesActivity))]
    public static Task<Caught?> CatchesActivity(
        [OrchestrationTrigger] TaskOrchestrationContext context, string message) =>
        CatchAsync(context.CallActivityAsync<string>(nameof(Throw), message));

    /// <summary>Catches what an activity of a sub-orchestration throws.</summary>
    [Function(nameof(CatchesChild))]
    public static Task<Caught?> CatchesChild(
        [OrchestrationTrigger] TaskOrchestrationContext context, string message) =>
        CatchAsync(context.CallSubOrchestratorAsync<string>(nameof(Fails), message));

    /// <summary>Goes on after a failure.</summary>
    /// <returns>The number of calls that failed.</returns>
    [Function(nameof(Survives))]
    public static async Task<int> Survives([OrchestrationTrigger] TaskOrchestrationContext context, int calls)
    {
        var failures = 0;
        for (var call = 0; call < calls; call++)
        {
            if (await CatchAsync(context.CallActivityAsync<string>(nameof(Throw), $"{call}")) is not null)
                failures++;
        }
        return failures;
    }

    private static async Task<Caught?> CatchAsync(Task<string> call)
    {
        try
        {
            await call;
            return null;
        }
        catch (TaskFailedException failed)
        {
            List<bool> causes = [];
            for (var details = failed.FailureDetails; details is not null; details = details.InnerFailure)
                causes.Add(details.IsCausedBy<InvalidDataException>());
            return new(failed.TaskName, failed.Message, Failure.Of(failed.FailureDetails)!, [.. causes]);
        }
    }
}
