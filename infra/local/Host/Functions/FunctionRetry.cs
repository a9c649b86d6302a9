using System.Globalization;
using System.Reflection;
using Microsoft.Azure.Functions.Worker;

namespace Assay.Local;

/// <summary>
/// The retry policy on a function; as on the real host timers have one, HTTP and blob functions do not.
/// </summary>
/// <param name="CountMax">Tries after the first; -1 is without end.</param>
internal sealed record FunctionRetry(int CountMax, TimeSpan PauseMin, TimeSpan PauseMax)
{
    public static FunctionRetry? Of(MethodInfo method) => method.GetCustomAttribute<RetryAttribute>() switch
    {
        FixedDelayRetryAttribute constant => new(
            constant.MaxRetryCount, Span(constant.DelayInterval), Span(constant.DelayInterval)),
        ExponentialBackoffRetryAttribute growing => new(
            growing.MaxRetryCount, Span(growing.MinimumInterval), Span(growing.MaximumInterval)),
        _ => null,
    };

    /// <summary>Whether another try may follow a number of retries.</summary>
    public bool Allows(int retries) => CountMax < 0 || retries < CountMax;

    /// <summary>The pause before a retry, which doubles from one to the next.</summary>
    /// <param name="retry">1 for the first.</param>
    public TimeSpan PauseBefore(int retry)
    {
        var seconds = PauseMin.TotalSeconds * Math.Pow(2, Math.Min(retry - 1, 30));
        return seconds < PauseMax.TotalSeconds ? TimeSpan.FromSeconds(seconds) : PauseMax;
    }

    private static TimeSpan Span(string text) => TimeSpan.Parse(text, CultureInfo.InvariantCulture);
}

/// <summary>Which try of how many an invocation is.</summary>
internal sealed class LocalRetryContext(int retryCount, int maxRetryCount) : RetryContext
{
    public override int RetryCount => retryCount;

    public override int MaxRetryCount => maxRetryCount;
}
