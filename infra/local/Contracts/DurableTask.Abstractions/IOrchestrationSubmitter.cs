namespace Microsoft.DurableTask.Internal;

public interface IOrchestrationSubmitter
{
    /// <returns>The id of the new instance.</returns>
    Task<string> ScheduleNewOrchestrationInstanceAsync(
        TaskName orchestratorName,
        object? input = null,
        StartOrchestrationOptions? options = null,
        CancellationToken cancellation = default);
}
