namespace Assay;

/// <summary>How often something may happen within any stretch of time of a given length.</summary>
/// <param name="Policy">The limit's name for people and headers, such as <c>key-minute</c>.</param>
/// <param name="Subject">Whose limit it is, such as <c>key:</c> and an id; at most 200 characters.</param>
/// <param name="Quota">The most in one window; at least 1.</param>
/// <param name="Seconds">The window's length; at least 1.</param>
public sealed record RateLimit(string Policy, string Subject, int Quota, int Seconds)
{
    /// <summary>The two limits that most subjects have.</summary>
    /// <param name="kind">Such as <c>key</c> or <c>provider</c>.</param>
    public static IReadOnlyList<RateLimit> OfMinuteAndDay(string kind, object id, int perMinute, int perDay) =>
    [
        new($"{kind}-minute", $"{kind}:{id}", perMinute, 60),
        new($"{kind}-day", $"{kind}:{id}", perDay, 86_400),
    ];
}

/// <summary>What is left of a limit.</summary>
/// <param name="Reset">Until there is more.</param>
public readonly record struct RateLimitState(RateLimit Limit, int Remaining, TimeSpan Reset);

/// <summary>Whether a request may go on, and what is left of its limits, in their order.</summary>
public sealed record RateLimitDecision(bool Admitted, IReadOnlyList<RateLimitState> States)
{
    /// <summary>The limit that has the least left; of a refused request, the one that refused it.</summary>
    public RateLimitState Tightest => States.MinBy(state => (state.Remaining, -state.Reset));
}
