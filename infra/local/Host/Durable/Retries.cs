using Microsoft.DurableTask;

namespace Assay.Local;

/// <summary>Retries a call by its policy or handler; the waits between are durable timers.</summary>
internal static class Retries
{
    public static Task<T> RunAsync<T>(OrchestrationContext context, TaskRetryOptions? retry, Func<Task<T>> call) =>
        retry switch
        {
            { Policy: { } policy } => ByPolicyAsync(context, policy, call),
            { Handler: { } handler } => ByHandlerAsync(context, handler, call),
            _ => call(),
        };

    static async Task<T> ByPolicyAsync<T>(OrchestrationContext context, RetryPolicy policy, Func<Task<T>> call)
    {
        var started = context.CurrentUtcDateTime;
        for (var attempt = 1; ; attempt++)
        {
            TimeSpan delay;
            try
            {
                return await call();
            }
            catch (TaskFailedException failed) when (
                attempt < policy.MaxNumberOfAttempts
                && !IsOver(policy.RetryTimeout, context.CurrentUtcDateTime - started)
                && policy.Handle(failed))
            {
                delay = Delay(policy, attempt);
            }
            await context.CreateTimer(context.CurrentUtcDateTime + delay, CancellationToken.None);
        }
    }

    static async Task<T> ByHandlerAsync<T>(OrchestrationContext context, AsyncRetryHandler handler, Func<Task<T>> call)
    {
        var started = context.CurrentUtcDateTime;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await call();
            }
            catch (TaskFailedException failed)
            {
                var retry = new RetryContext(
                    context, attempt, failed.FailureDetails, context.CurrentUtcDateTime - started,
                    CancellationToken.None);
                if (!await handler(retry))
                    throw;
            }
        }
    }

    /// <summary>first × coefficient^(attempt − 1), at most the maximum.</summary>
    internal static TimeSpan Delay(RetryPolicy policy, int attempt)
    {
        var milliseconds =
            policy.FirstRetryInterval.TotalMilliseconds * Math.Pow(policy.BackoffCoefficient, attempt - 1);
        var max = policy.MaxRetryInterval == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : policy.MaxRetryInterval;
        return milliseconds < max.TotalMilliseconds ? TimeSpan.FromMilliseconds(milliseconds) : max;
    }

    static bool IsOver(TimeSpan timeout, TimeSpan elapsed) =>
        timeout != Timeout.InfiniteTimeSpan && elapsed >= timeout;
}
