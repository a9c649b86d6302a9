using System.Text.Json;
using DurableTask.Core;
using Microsoft.DurableTask;

namespace Assay.Local;

/// <summary>How failures are stored and travel between orchestrations.</summary>
internal static class FailureJson
{
    public static string Write(TaskFailureDetails failure) => JsonSerializer.Serialize(failure);

    /// <summary>The failure of a task that the orchestrator called is the inner failure of its own.</summary>
    public static string Write(Exception exception) => UnreadableException.Readable(exception) switch
    {
        TaskFailedException failed => Write(
            TaskFailureDetails.FromException(failed) with { InnerFailure = failed.FailureDetails }),
        UnreadableException unreadable => Write($"{exception.GetType()}", unreadable.Message),
        _ => Write(TaskFailureDetails.FromException(exception)),
    };

    public static TaskFailureDetails Read(string json) => JsonSerializer.Deserialize<TaskFailureDetails>(json)!;

    /// <summary>In the terms of the Durable Task core; null for none.</summary>
    public static FailureDetails? ReadCore(string? json) => json is null ? null : Core(Read(json));

    static FailureDetails Core(TaskFailureDetails failure) => new(
        failure.ErrorType, failure.ErrorMessage, failure.StackTrace,
        failure.InnerFailure is { } inner ? Core(inner) : null, isNonRetriable: false, failure.Properties);

    /// <summary>
    /// A failure that the engine itself found, named after the exception that the original engine uses.
    /// </summary>
    public static string Write(string type, string message) =>
        Write(new TaskFailureDetails(type, message, StackTrace: null, InnerFailure: null, Properties: null));
}
