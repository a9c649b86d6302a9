namespace Assay.Local;

/// <summary>One row of an instance's history. Which columns are filled depends on the kind.</summary>
/// <param name="Step">What the orchestrator asked for, or what came of it; null for what concerns the whole
/// instance.</param>
/// <param name="At">The orchestrator's clock when it sees the entry; the same for all entries of an episode.</param>
/// <param name="Name">Of the function or event.</param>
/// <param name="Target">Instance id of a sub-orchestration or event receiver; fire time of a timer.</param>
/// <param name="Payload">Serialized input, result, or event.</param>
/// <param name="Failure">See <see cref="FailureJson"/>.</param>
internal sealed record HistoryEntry(
    string Kind, int? Step, DateTime At, string? Name = null, string? Target = null, string? Payload = null,
    string? Failure = null)
{
    /// <summary>Of a sub-orchestration that is asked for; part of the new instance, not of the history.</summary>
    public string? Version { get; init; }

    /// <summary>Likewise; a JSON object.</summary>
    public string? Tags { get; init; }
}

/// <summary>The kinds of history entries and messages, as they are stored.</summary>
internal static class Kind
{
    public const string Started = "started";
    public const string ActivityScheduled = "activity_scheduled";
    public const string ActivityCompleted = "activity_completed";
    public const string ActivityFailed = "activity_failed";
    public const string ChildScheduled = "child_scheduled";
    public const string ChildCompleted = "child_completed";
    public const string ChildFailed = "child_failed";
    public const string TimerCreated = "timer_created";
    public const string TimerFired = "timer_fired";
    public const string EventSent = "event_sent";
    public const string EventRaised = "event_raised";
    public const string Suspended = "suspended";
    public const string Resumed = "resumed";
    public const string Terminated = "terminated";
    public const string Ended = "ended";

    /// <summary>A rewind; with a target, an entry of that kind which counts no more because of it.</summary>
    public const string Rewound = "rewound";

    /// <summary>
    /// Whether the orchestrator's code asks for such an entry, so that a replay must ask for it again.
    /// </summary>
    public static bool IsAsked(string kind) => kind is ActivityScheduled or ChildScheduled or TimerCreated or EventSent;

    /// <summary>Whether such an entry answers a step that the orchestrator asked for.</summary>
    public static bool IsAnswer(string kind) =>
        kind is ActivityCompleted or ActivityFailed or ChildCompleted or ChildFailed or TimerFired;

    public static bool IsFailure(string kind) => kind is ActivityFailed or ChildFailed;

    /// <summary>A step in words, for people.</summary>
    public static string Describe(string kind, string? name) => kind switch
    {
        ActivityScheduled => $"a call of activity '{name}'",
        ChildScheduled => $"a call of sub-orchestrator '{name}'",
        TimerCreated => "a timer",
        EventSent => $"sending event '{name}'",
        _ => kind,
    };
}
