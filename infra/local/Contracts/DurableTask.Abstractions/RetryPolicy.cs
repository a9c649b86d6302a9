using System.ComponentModel;

namespace Microsoft.DurableTask;

/// <summary>
/// Retries with a delay of first × coefficient^n, capped at the maximum, until the attempts or the time run out.
/// </summary>
public class RetryPolicy
{
    /// <param name="maxNumberOfAttempts">All attempts, the first included; at least 1.</param>
    /// <param name="firstRetryInterval">More than zero.</param>
    /// <param name="backoffCoefficient">At least 1.</param>
    /// <param name="maxRetryInterval">At least the first interval, or infinite; an hour when null.</param>
    /// <param name="retryTimeout">At least the first interval, or infinite as when null.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside what is said above.</exception>
    public RetryPolicy(
        int maxNumberOfAttempts,
        TimeSpan firstRetryInterval,
        double backoffCoefficient = 1,
        TimeSpan? maxRetryInterval = null,
        TimeSpan? retryTimeout = null)
    {
        Require(maxNumberOfAttempts > 0, maxNumberOfAttempts, nameof(maxNumberOfAttempts), "greater than zero");
        Require(
            firstRetryInterval > TimeSpan.Zero, firstRetryInterval, nameof(firstRetryInterval), "greater than zero");
        Require(
            !(backoffCoefficient < 1), backoffCoefficient, nameof(backoffCoefficient), "greater or equal to 1.0");
        RequireAtLeastFirst(maxRetryInterval, firstRetryInterval, nameof(maxRetryInterval));
        RequireAtLeastFirst(retryTimeout, firstRetryInterval, nameof(retryTimeout));

        MaxNumberOfAttempts = maxNumberOfAttempts;
        FirstRetryInterval = firstRetryInterval;
        BackoffCoefficient = backoffCoefficient;
        MaxRetryInterval = maxRetryInterval ?? TimeSpan.FromHours(1);
        RetryTimeout = retryTimeout ?? Timeout.InfiniteTimeSpan;
    }

    public int MaxNumberOfAttempts { get; }

    public TimeSpan FirstRetryInterval { get; }

    public double BackoffCoefficient { get; }

    public TimeSpan MaxRetryInterval { get; }

    /// <summary>Total time from the first attempt after which nothing is retried; infinite by default.</summary>
    public TimeSpan RetryTimeout { get; }

    /// <summary>Whether a failure is retried; the engine passes a <see cref="TaskFailedException"/>.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public Func<Exception, bool> Handle { get; private init; } = _ => true;

    [Obsolete(
        "This functionality is not implemented. Will be removed in the future. " +
        "Use TaskOptions.FromRetryHandler or HandleFailure instead.")]
    public Func<Exception, Task<bool>>? HandleAsync { get; set; }

    /// <summary>Decides from the failure whether it is worth another attempt; all are when not set.</summary>
    public Func<TaskFailureDetails, bool> HandleFailure
    {
        init => Handle = exception => exception is TaskFailedException failed
            ? value(failed.FailureDetails)
            : throw new InvalidOperationException(
                $"Only the failure of a task can be judged, not {exception.GetType()}.");
    }

    private static void RequireAtLeastFirst(TimeSpan? interval, TimeSpan first, string name) =>
        Require(
            interval is null || interval >= first || interval == Timeout.InfiniteTimeSpan,
            interval, name, "greater or equal to the value for firstRetryInterval");

    private static void Require(bool holds, object? value, string name, string rule)
    {
        if (!holds)
            throw new ArgumentOutOfRangeException(name, value, $"The value for {name} must be {rule}.");
    }
}
