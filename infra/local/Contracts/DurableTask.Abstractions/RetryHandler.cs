namespace Microsoft.DurableTask;

/// <summary>Decides inside the orchestrator whether a failed task is tried again; must be deterministic.</summary>
public delegate bool RetryHandler(RetryContext retryContext);

/// <summary>Decides, possibly after a durable wait, whether a failed task is tried again.</summary>
public delegate Task<bool> AsyncRetryHandler(RetryContext retryContext);

/// <param name="OrchestrationContext">Lets the handler wait with a durable timer.</param>
/// <param name="LastAttemptNumber">Counts from 1.</param>
/// <param name="LastFailure">Why that attempt failed.</param>
/// <param name="TotalRetryTime">Since the first attempt.</param>
/// <param name="CancellationToken">Cancels a wait in the handler.</param>
public record RetryContext(
    TaskOrchestrationContext OrchestrationContext,
    int LastAttemptNumber,
    TaskFailureDetails LastFailure,
    TimeSpan TotalRetryTime,
    CancellationToken CancellationToken);
