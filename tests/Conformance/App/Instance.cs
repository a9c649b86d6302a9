using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Assay.Conformance;

/// <summary>What a client sees of an instance. Contents are serialized.</summary>
public sealed record Instance(
    string Id, string Name, string Status, string? Input, string? Output, string? CustomStatus, Failure? Failure,
    IReadOnlyDictionary<string, string> Tags, DateTimeOffset CreatedAt, DateTimeOffset LastUpdatedAt)
{
    public static Instance? Of(OrchestrationMetadata? found) => found is null
        ? null
        : new(
            found.InstanceId, found.Name, found.RuntimeStatus.ToString(), found.SerializedInput, found.SerializedOutput,
            found.SerializedCustomStatus, Failure.Of(found.FailureDetails), found.Tags, found.CreatedAt,
            found.LastUpdatedAt);
}

public sealed record InstancePage(IReadOnlyList<Instance> Instances, string? Token);

/// <summary>Which instances to list or to purge.</summary>
public sealed record InstanceFilter(
    OrchestrationRuntimeStatus[]? Statuses = null, DateTimeOffset? From = null, DateTimeOffset? To = null,
    string? Prefix = null, int PageSize = OrchestrationQuery.DefaultPageSize, bool Contents = false,
    string? Token = null)
{
    public OrchestrationQuery Query() => new(
        From, To, Statuses, TaskHubNames: null, Prefix, PageSize, Contents, Token);
}

/// <summary>What is known of a failure, in a shape that can be an orchestrator's result.</summary>
public sealed record Failure(string Type, string Message, string? Stack, Failure? Inner)
{
    public static Failure? Of(TaskFailureDetails? details) => details is null
        ? null
        : new(details.ErrorType, details.ErrorMessage, details.StackTrace, Of(details.InnerFailure));
}
