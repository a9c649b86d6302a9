using System.Globalization;

namespace Assay.Local;

/// <summary>An instance as an operator wants to see it.</summary>
/// <param name="EndedAt">Null while it lives.</param>
/// <param name="WaitsFor">What a live instance waits for, in words; null for an ended one.</param>
/// <param name="WaitsSince">Since when it does.</param>
/// <param name="Failures">Activities and sub-orchestrations that failed, also those that were then retried.</param>
/// <param name="Attempts">The most often that an open activity was begun; more than 1 when processes died.</param>
/// <param name="Error">Its failure; of one that lives, what failed last in it and how.</param>
internal sealed record InstanceReport(
    string Id, string Name, string Status, string? Parent, DateTime CreatedAt, DateTime? EndedAt, string? WaitsFor,
    DateTime? WaitsSince, int Failures, int Attempts, string? Error);

/// <summary>What an orchestrator asked for and what came of it.</summary>
/// <param name="Kind"><c>activity</c>, <c>child</c>, <c>timer</c>, <c>event_sent</c>; or what was done to the instance:
/// <c>event_raised</c>, <c>suspended</c>, …</param>
/// <param name="Target">Id of a sub-orchestration or of an event's receiver; when a timer is due.</param>
/// <param name="Outcome"><c>completed</c>, <c>failed</c>; <c>queued</c>, <c>running</c>, <c>waiting</c> while open (of
/// a sub-orchestration its status); null for what needs no answer or will get none.</param>
/// <param name="Attempts">How often an open activity was begun.</param>
/// <param name="Worker">The process that runs it: machine and process id.</param>
internal sealed record StepReport(
    int? Step, string Kind, string? Name, string? Target, DateTime At, DateTime? EndedAt, string? Outcome,
    int? Attempts, string? Worker, string? Error);

/// <summary>An instance with its newest steps, in order, and how many older ones are left out.</summary>
internal sealed record InstanceDetail(
    InstanceReport Instance, string? Version, string? CustomStatus, IReadOnlyList<StepReport> Steps, int StepsLeftOut);

/// <summary>What the tables say about why a live instance does not go on.</summary>
internal sealed record InstanceWaits(
    string Status, bool IsOwned, DateTime? ReadyAt, int Activities, int ActivitiesQueued, string? Activity,
    DateTime? ActivitySince, int Children, string? Child, DateTime? ChildSince, int Messages, DateTime? MessageSince,
    DateTime? Timer, DateTime LastAt)
{
    /// <summary>The foremost reason, and since when.</summary>
    public (string For, DateTime Since) Foremost(DateTime now) => this switch
    {
        { Status: InstanceStatus.Suspended } => ("being resumed", LastAt),
        { ReadyAt: { } at } when at > now => ($"its start at {Time(at)}", LastAt),
        { ReadyAt: { } at, IsOwned: false } => ("a worker", at),
        { Messages: > 0 } => ($"a worker to read {Count(Messages, "message")}", MessageSince!.Value),
        { Activities: > 0 } => (
            $"{Named(Activities, "activity", "activities", Activity!)}{Queued()}", ActivitySince!.Value),
        { Children: > 0 } => (Named(Children, "orchestration", "orchestrations", Child!), ChildSince!.Value),
        { Timer: { } at } => ($"a timer at {Time(at)}", LastAt),
        _ => ("an event", LastAt),
    };

    string Queued() => ActivitiesQueued == 0 ? ""
        : ActivitiesQueued == Activities ? ", queued"
        : $", {ActivitiesQueued} queued";

    static string Named(int count, string one, string many, string name) =>
        count == 1 ? $"{one} {name}" : $"{count} {many}, {name}";

    static string Count(int count, string one) => count == 1 ? $"1 {one}" : $"{count} {one}s";

    static string Time(DateTime at) => at.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
