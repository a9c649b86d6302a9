using System.Text.Json;
using Microsoft.DurableTask;

namespace Assay.Local;

/// <summary>How failures are stored and travel between orchestrations.</summary>
internal static class FailureJson
{
    public static string Write(TaskFailureDetails failure) => JsonSerializer.Serialize(failure);

    /// <summary>The failure of a task that the orchestrator called is the inner failure of its own.</summary>
    public static string Write(Exception exception) => Write(exception is TaskFailedException failed
        ? TaskFailureDetails.FromException(failed) with { InnerFailure = failed.FailureDetails }
        : TaskFailureDetails.FromException(exception));

    public static TaskFailureDetails Read(string json) => JsonSerializer.Deserialize<TaskFailureDetails>(json)!;

    /// <summary>
    /// A failure that the engine itself found, named after the exception that the original engine uses.
    /// </summary>
    public static string Write(string type, string message) =>
        Write(new TaskFailureDetails(type, message, StackTrace: null, InnerFailure: null, Properties: null));
}
