namespace DurableTask.Core.Exceptions;

/// <summary>
/// An instance with that id runs already. Named as in the original engine, whose type functions do not see.
/// </summary>
internal sealed class OrchestrationAlreadyExistsException(string instanceId) : Exception(Describe(instanceId))
{
    public static readonly string TypeName = typeof(OrchestrationAlreadyExistsException).FullName!;

    public static string Describe(string instanceId) =>
        $"An Orchestration instance with the ID '{instanceId}' already exists.";
}
