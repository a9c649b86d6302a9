using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>The states of a run. Queued and running are live; the others are final.</summary>
public static class RunStatus
{
    public const string Queued = "queued";
    public const string Running = "running";
    public const string Succeeded = "succeeded";
    public const string Failed = "failed";
    public const string Cancelled = "cancelled";

    public static readonly string[] All = [Queued, Running, Succeeded, Failed, Cancelled];
}

/// <summary>
/// The states of a node. Pending and running are live; of the others, error means that the node itself broke.
/// </summary>
public static class NodeStatus
{
    public const string Pending = "pending";
    public const string Running = "running";
    public const string Ok = "ok";
    public const string Warn = "warn";
    public const string Fail = "fail";
    public const string Error = "error";
}

/// <summary>A run to record before its orchestration starts. Its id is also the orchestration's instance id.</summary>
/// <param name="Kind">What runs, in kebab-case: <c>ingest-document</c>, <c>analyze-prompt</c>.</param>
/// <param name="SubjectType">What it works on: <c>document</c>, <c>analysis</c>.</param>
/// <param name="NodeKeys">The nodes in the order in which people read them.</param>
public sealed record NewRun(
    Guid Id,
    string Kind,
    string SubjectType,
    Guid SubjectId,
    IReadOnlyList<string> NodeKeys,
    JsonObject? Meta = null);

/// <summary>How a node ended.</summary>
/// <param name="Score">0–10 where the node scores something.</param>
/// <param name="Details">A JSON object.</param>
public sealed record NodeOutcome(string Status, double? Score = null, JsonObject? Details = null)
{
    public static NodeOutcome Ok(JsonObject? details = null, double? score = null) =>
        new(NodeStatus.Ok, score, details);

    public static NodeOutcome Error(string reason) =>
        new(NodeStatus.Error, Details: new JsonObject { ["reason"] = reason });
}

/// <summary>A metric of a node: at least one of the values is there.</summary>
public sealed record RunMetric(string Name, double? Number = null, string? Text = null, JsonNode? Json = null);

/// <summary>A run as its organization sees it. Progress is the share of its nodes that ended, 0–1.</summary>
public sealed record Run(
    Guid Id,
    string Kind,
    [AllowedValues(
        RunStatus.Queued, RunStatus.Running, RunStatus.Succeeded, RunStatus.Failed, RunStatus.Cancelled)]
    string Status,
    string SubjectType,
    Guid SubjectId,
    double Progress,
    string? Error,
    DateTimeOffset CreatedAt,
    DateTimeOffset? StartedAt,
    DateTimeOffset? FinishedAt)
{
    public static Run Example => new(
        Sample.Id, "analyze-prompt", RunStatus.Running, "analysis", Sample.Id, 0.625, null, Sample.At, Sample.At, null);
}

/// <summary>How far a run has got, for whoever looks again and again.</summary>
public sealed record RunVersion(string Version, bool HasEnded);

/// <summary>A run with its nodes and metrics, each a JSON array in reading order.</summary>
/// <param name="WaitingBehind">
/// How many of its kind wait before it; null when it does not wait. An organization has a few of a kind under way at a
/// time, and the others start in their order as those end.
/// </param>
public sealed record RunDetail(
    Guid Id,
    string Kind,
    [AllowedValues(
        RunStatus.Queued, RunStatus.Running, RunStatus.Succeeded, RunStatus.Failed, RunStatus.Cancelled)]
    string Status,
    string SubjectType,
    Guid SubjectId,
    double Progress,
    string? Error,
    DateTimeOffset CreatedAt,
    DateTimeOffset? StartedAt,
    DateTimeOffset? FinishedAt,
    [JsonOf(typeof(RunNode[]))] JsonNode Nodes,
    [JsonOf(typeof(NodeMetric[]))] JsonNode Metrics,
    int? WaitingBehind);

/// <summary>A step of a run.</summary>
/// <param name="Score">0–10 where the node scores something.</param>
/// <param name="Retries">Attempts behind the first.</param>
/// <param name="Details">What it found, each kind of node in its own way.</param>
public sealed record RunNode(
    string Key,
    [AllowedValues(
        NodeStatus.Pending, NodeStatus.Running, NodeStatus.Ok, NodeStatus.Warn, NodeStatus.Fail, NodeStatus.Error)]
    string Status,
    double? Score,
    int Attempts,
    int Retries,
    IReadOnlyList<NodeWait> Waits,
    DateTimeOffset? StartedAt,
    DateTimeOffset? FinishedAt,
    JsonObject? Details)
{
    public static RunNode Example => new(
        "lint", NodeStatus.Warn, 6.5, 1, 0, [], Sample.At, Sample.At.AddSeconds(1),
        new JsonObject { ["findings"] = 2 });
}

/// <summary>A pause before another attempt.</summary>
/// <param name="Until">Null while it lasts.</param>
public sealed record NodeWait(int BeforeAttempt, DateTimeOffset? Since, DateTimeOffset? Until);

/// <summary>Something that was measured: at least one of the values is there.</summary>
/// <param name="Node">Key of its node; null for one of the whole run.</param>
/// <param name="Json">What is neither a number nor a text.</param>
public sealed record NodeMetric(string? Node, string Name, double? Number, string? Text, JsonNode? Json)
{
    public static NodeMetric Example => new("lint", "findings", 2, null, null);
}
