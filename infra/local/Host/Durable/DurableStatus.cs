using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.DurableTask.Client;

namespace Assay.Local;

/// <summary>An instance and its history in the shapes of the management API.</summary>
internal static class DurableStatus
{
    const string Input = "Input";

    const string Result = "Result";

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

    /// <summary>
    /// The events that tell something to a person: a step that was answered is part of its answer. Inputs are shown as
    /// they were serialized, results as JSON.
    /// </summary>
    public static JsonArray History(IReadOnlyList<HistoryEntry> history, bool showInput, bool showOutput)
    {
        var asked = history.Where(entry => Kind.IsAsked(entry.Kind)).ToDictionary(entry => entry.Step!.Value);
        var answered = history.Where(entry => Kind.IsAnswer(entry.Kind)).Select(entry => entry.Step!.Value).ToHashSet();
        JsonArray events = [];
        foreach (var entry in history)
        {
            if (entry.Kind is Kind.ActivityScheduled or Kind.ChildScheduled && answered.Contains(entry.Step!.Value))
                continue;
            var shown = Event(entry, Kind.IsAnswer(entry.Kind) ? asked[entry.Step!.Value] : null);
            if (!showInput)
                shown.Remove(Input);
            if (!showOutput)
                shown.Remove(Result);
            events.Add(shown);
        }
        return events;
    }

    /// <param name="asked">The step that the entry answers.</param>
    static JsonObject Event(HistoryEntry entry, HistoryEntry? asked)
    {
        var shown = new JsonObject
        {
            ["EventType"] = TypeOf(entry), ["Timestamp"] = entry.At.ToString("O", CultureInfo.InvariantCulture),
        };
        switch (entry.Kind)
        {
            case Kind.Started:
                shown["FunctionName"] = entry.Name;
                shown[Input] = entry.Payload;
                break;
            case Kind.ActivityCompleted or Kind.ActivityFailed or Kind.ChildCompleted or Kind.ChildFailed:
                shown["ScheduledTime"] = asked!.At.ToString("O", CultureInfo.InvariantCulture);
                shown["FunctionName"] = asked.Name;
                shown[Input] = asked.Payload;
                if (!Kind.IsFailure(entry.Kind))
                    shown[Result] = Json(entry.Payload);
                break;
            case Kind.TimerCreated or Kind.TimerFired:
                shown["FireAt"] = (asked ?? entry).Target;
                break;
            case Kind.Suspended or Kind.Resumed:
                shown["Reason"] = Json(entry.Payload);
                break;
            case Kind.Rewound:
                shown["Reason"] = entry.Target is null ? entry.Payload : $"Rewound: {entry.Target}";
                return shown;
            case Kind.Ended:
                shown["OrchestrationStatus"] = CultureInfo.InvariantCulture.TextInfo.ToTitleCase(entry.Name!);
                shown[Result] = Json(entry.Payload);
                break;
            default:
                if (entry.Target is { } instanceId)
                    shown["InstanceId"] = instanceId;
                if (entry.Name is { } name)
                    shown["Name"] = name;
                shown[Input] = entry.Payload;
                break;
        }
        if (entry.Failure is { } failure)
            shown["Reason"] = FailureJson.Read(failure).ErrorMessage;
        return shown;
    }

    static string TypeOf(HistoryEntry entry) => entry.Kind switch
    {
        Kind.Started => "ExecutionStarted",
        Kind.ActivityScheduled => "TaskScheduled",
        Kind.ActivityCompleted => "TaskCompleted",
        Kind.ActivityFailed => "TaskFailed",
        Kind.ChildScheduled => "SubOrchestrationInstanceCreated",
        Kind.ChildCompleted => "SubOrchestrationInstanceCompleted",
        Kind.ChildFailed => "SubOrchestrationInstanceFailed",
        Kind.TimerCreated => "TimerCreated",
        Kind.TimerFired => "TimerFired",
        Kind.EventRaised => "EventRaised",
        Kind.EventSent => "EventSent",
        Kind.Suspended => "ExecutionSuspended",
        Kind.Resumed => "ExecutionResumed",
        Kind.Terminated => "ExecutionTerminated",
        Kind.Ended => "ExecutionCompleted",
        Kind.Rewound when entry.Target is null => "ExecutionRewound",
        _ => "GenericEvent",
    };

    /// <summary>What is not JSON, which only another converter can have written, is shown as text.</summary>
    public static JsonNode? Json(string? text)
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
