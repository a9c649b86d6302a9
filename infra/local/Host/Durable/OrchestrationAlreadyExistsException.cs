using Assay.Local;

namespace DurableTask.Core.Exceptions;

/// <summary>
/// An instance with that id runs already. Named as in the original engine, whose type functions do not see.
/// </summary>
internal sealed class OrchestrationAlreadyExistsException(string instanceId) : Exception(Describe(instanceId))
{
    /// <summary>What the call of a sub-orchestration under that id comes to; see <see cref="FailureJson"/>.</summary>
    public static string Failure(string instanceId) =>
        FailureJson.Write(typeof(OrchestrationAlreadyExistsException).FullName!, Describe(instanceId));

    static string Describe(string instanceId) =>
        $"An Orchestration instance with the ID '{instanceId}' already exists.";
}
