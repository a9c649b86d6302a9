using Microsoft.DurableTask;

namespace Assay.Local;

/// <summary>
/// The seam between host and engine: the functions that the host found, by name, and how to invoke them.
/// Filled before the engine starts. Names are case-insensitive.
/// </summary>
internal sealed class DurableFunctions
{
    readonly Dictionary<string, OrchestratorInvoker> orchestrators = new(StringComparer.OrdinalIgnoreCase);
    readonly Dictionary<string, ActivityInvoker> activities = new(StringComparer.OrdinalIgnoreCase);

    /// <exception cref="ArgumentException">The name is taken.</exception>
    public void AddOrchestrator(string name, OrchestratorInvoker invoke) => orchestrators.Add(name, invoke);

    /// <exception cref="ArgumentException">The name is taken.</exception>
    public void AddActivity(string name, ActivityInvoker invoke) => activities.Add(name, invoke);

    public OrchestratorInvoker? FindOrchestrator(string name) => orchestrators.GetValueOrDefault(name);

    public ActivityInvoker? FindActivity(string name) => activities.GetValueOrDefault(name);
}

/// <summary>
/// Runs an orchestrator function. It is called once per time that the instance is brought into memory, on the engine's
/// single-threaded context; the task stays open while the orchestrator waits. The task's result is the function's
/// return value (null for none), which the engine serializes. The invoker and what surrounds it may await nothing but
/// the context's tasks before the function has returned.
/// </summary>
/// <param name="context">
/// <see cref="OrchestrationInput.Read"/> gives its input as the type of the first unbound parameter.
/// </param>
internal delegate Task<object?> OrchestratorInvoker(TaskOrchestrationContext context);

/// <summary>
/// Runs an activity function, on any thread, and returns its serialized result (null for none). What it throws becomes
/// the failure that the orchestrator sees.
/// </summary>
/// <param name="cancellation">Cancelled when the host gives up waiting for the activity or lost the right to run
/// it.</param>
internal delegate Task<string?> ActivityInvoker(ActivityCall call, CancellationToken cancellation);

/// <param name="Input">Serialized; null for none.</param>
/// <param name="Attempt">1, or more when processes died or lost their lease while they held this very call.</param>
internal sealed record ActivityCall(string InstanceId, string Name, int Step, string? Input, int Attempt);

internal static class OrchestrationInput
{
    /// <summary>
    /// The orchestration's input deserialized to a type known only at run time; the type's default if none.
    /// </summary>
    public static object? Read(TaskOrchestrationContext context, Type type) =>
        ((OrchestrationContext)context).ReadInput(type);
}
