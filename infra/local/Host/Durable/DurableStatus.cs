using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.DurableTask.Client;

namespace Assay.Local;

/// <summary>An instance and its history in the shapes of the management API.</summary>
internal static class DurableStatus
{
    public static JsonObject Of(OrchestrationMetadata found, bool showInput) => new()
    {
        ["name"] = found.Name,
        ["instanceId"] = found.InstanceId,
        ["runtimeStatus"] = found.RuntimeStatus.ToString(),
        ["input"] = showInput ? Json(found.SerializedInput) : null,
        ["customStatus"] = Json(found.SerializedCustomStatus),
        ["output"] = found.FailureDetails is { } failure ? failure.ErrorMessage : Json(found.SerializedOutput),
        ["createdTime"] = Time(found.CreatedAt),
        ["lastUpdatedTime"] = Time(found.LastUpdatedAt),
    };

    /// <summary>One event per answer, with the time at which it was asked for.</summary>
    public static JsonArray History(IReadOnlyList<HistoryEntry> history, bool showOutput)
    {
        var asked = history.Where(entry => Kind.IsAsked(entry.Kind)).ToDictionary(entry => entry.Step!.Value);
        return new(
        [
            .. from entry in history
               let type = TypeOf(entry)
               where type is not null
               select Event(type, entry, entry.Step is { } step ? asked.GetValueOrDefault(step) : null, showOutput),
        ]);
    }

    static JsonObject Event(string type, HistoryEntry entry, HistoryEntry? asked, bool showOutput)
    {
        var shown = new JsonObject { ["EventType"] = type, ["Timestamp"] = Time(entry.At) };
        if (asked is not null && entry.Kind != Kind.TimerFired)
        {
            shown["ScheduledTime"] = Time(asked.At);
            shown["FunctionName"] = asked.Name;
        }
        if (entry.Kind == Kind.TimerFired)
            shown["FireAt"] = asked?.Target;
        if (entry.Kind == Kind.Started)
            shown["FunctionName"] = entry.Name;
        if (entry.Kind == Kind.EventRaised)
            shown["Name"] = entry.Name;
        if (entry.Kind == Kind.Ended)
            shown["OrchestrationStatus"] = CultureInfo.InvariantCulture.TextInfo.ToTitleCase(entry.Name!);
        if (entry.Kind == Kind.Rewound)
            shown["Reason"] = entry.Target is null ? entry.Payload : $"Rewound: {entry.Target}";
        else if (entry.Failure is { } failure)
            shown["Reason"] = FailureJson.Read(failure).ErrorMessage;
        if (showOutput && entry.Payload is not null && entry.Kind != Kind.Rewound)
            shown[entry.Kind == Kind.EventRaised ? "Input" : "Result"] = Json(entry.Payload);
        return shown;
    }

    static string? TypeOf(HistoryEntry entry) => entry.Kind switch
    {
        Kind.Started => "ExecutionStarted",
        Kind.ActivityCompleted => "TaskCompleted",
        Kind.ActivityFailed => "TaskFailed",
        Kind.ChildCompleted => "SubOrchestrationInstanceCompleted",
        Kind.ChildFailed => "SubOrchestrationInstanceFailed",
        Kind.TimerFired => "TimerFired",
        Kind.EventRaised => "EventRaised",
        Kind.EventSent => "EventSent",
        Kind.Suspended => "ExecutionSuspended",
        Kind.Resumed => "ExecutionResumed",
        Kind.Terminated => "ExecutionTerminated",
        Kind.Ended => "ExecutionCompleted",
        Kind.Rewound => entry.Target is null ? "ExecutionRewound" : "GenericEvent",
        _ => null,
    };

    /// <summary>What is not JSON, which only another converter can have written, is shown as text.</summary>
    static JsonNode? Json(string? text)
    {
        if (text is null)
            return null;
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }

    static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
