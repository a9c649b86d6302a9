namespace Microsoft.DurableTask.Client;

/// <summary>Null leaves a filter open.</summary>
public record PurgeInstancesFilter(
    DateTimeOffset? CreatedFrom = null,
    DateTimeOffset? CreatedTo = null,
    IEnumerable<OrchestrationRuntimeStatus>? Statuses = null)
{
    /// <summary>After this the purge stops and says that it is not complete; no limit when null.</summary>
    public TimeSpan? Timeout { get; init; }
}
