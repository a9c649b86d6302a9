using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace Assay.Local;

/// <summary>
/// Spans with the names and tags of the original engine, from the source <c>Assay.Durable</c>. With an instance is
/// stored who asked for it (a W3C <c>traceparent</c>, null when nobody traces). The orchestration's own span is
/// recorded once, when the instance ends; its id follows from what is stored, so that any process can name it as a
/// parent long before.
/// </summary>
internal static class DurableTraces
{
    public const string SourceName = "Assay.Durable";

    static readonly ActivitySource source = new(SourceName);

    /// <summary>The span that is current, if anybody records it.</summary>
    public static string? Current => Activity.Current is { Recorded: true } current ? current.Id : null;

    /// <summary>Surrounds a client's start of an orchestration.</summary>
    public static Activity? Create(string name, string instanceId, string? version) => source.StartActivity(
        $"create_orchestration:{name}", ActivityKind.Producer, default(ActivityContext),
        Tags("orchestration", name, instanceId, version));

    /// <summary>Surrounds a client's raising of an event.</summary>
    public static Activity? Raise(string name, string instanceId) => source.StartActivity(
        $"orchestration_event:{name}", ActivityKind.Producer, default(ActivityContext), EventTags(name, instanceId));

    /// <summary>Surrounds one attempt of an activity.</summary>
    public static Activity? Run(ActivityWork work)
    {
        if (!TryParse(work.Trace, out var orchestration))
            return null;
        var span = source.StartActivity(
            $"activity:{work.Name}", ActivityKind.Server, orchestration,
            Tags("activity", work.Name, work.InstanceId, version: null));
        return span?.SetTag("durabletask.task.task_id", work.Step).SetTag("durabletask.task.attempt", work.Attempt);
    }

    /// <summary>The <c>traceparent</c> of an orchestration's own span; null when nobody traces it.</summary>
    public static string? Of(string? traceParent, long instanceKey) => TryParse(traceParent, out var parent)
        ? $"00-{parent.TraceId}-{SpanOf(parent, instanceKey)}-{(byte)parent.TraceFlags:x2}"
        : null;

    /// <summary>Records what an episode, now in the database, brought to an end.</summary>
    public static void Committed(InstanceRow instance, Episode episode)
    {
        if (!source.HasListeners() || !TryParse(Of(instance.TraceParent, instance.Key), out var orchestration))
            return;
        foreach (var timer in episode.TimersFired)
            RecordTimer(instance, timer, orchestration);
        foreach (var sent in episode.History.Where(entry => entry.Kind == Kind.EventSent))
        {
            source.StartActivity(
                $"orchestration_event:{sent.Name}", ActivityKind.Producer, orchestration,
                EventTags(sent.Name!, sent.Target!), startTime: sent.At)?.Dispose();
        }
        if (episode.IsEnd)
            RecordEnd(instance, episode);
    }

    static void RecordTimer(InstanceRow instance, HistoryEntry timer, ActivityContext orchestration)
    {
        using var span = source.StartActivity(
            $"orchestration:{instance.Name}:timer", ActivityKind.Internal, orchestration,
            Tags("timer", instance.Name, instance.InstanceId, version: null), startTime: timer.At);
        span?.SetTag("durabletask.task.task_id", timer.Step).SetTag("durabletask.fire_at", timer.Target);
    }

    static void RecordEnd(InstanceRow instance, Episode episode)
    {
        if (!TryParse(instance.TraceParent, out var parent))
            return;
        using var span = source.StartActivity(
            $"orchestration:{instance.Name}", ActivityKind.Server, parent,
            Tags("orchestration", instance.Name, instance.InstanceId, instance.Version),
            startTime: instance.CreatedAt);
        if (span is null)
            return;
        SpanId(span) = SpanOf(parent, instance.Key);
        Id(span) = null;
        span.SetTag(
            "durabletask.task.status", CultureInfo.InvariantCulture.TextInfo.ToTitleCase(episode.Status));
        if (episode.Failure is { } failure)
            span.SetStatus(ActivityStatusCode.Error, FailureJson.Read(failure).ErrorMessage);
    }

    /// <summary>Random because the parent's is, and another one for each instance.</summary>
    static string SpanOf(ActivityContext parent, long instanceKey)
    {
        var span = ulong.Parse($"{parent.SpanId}", NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return (span ^ (unchecked((ulong)instanceKey) * 0x9E37_79B9_7F4A_7C15)).ToString("x16");
    }

    static bool TryParse(string? traceParent, out ActivityContext context) =>
        ActivityContext.TryParse(traceParent, traceState: null, isRemote: true, out context);

    static KeyValuePair<string, object?>[] Tags(string type, string name, string instanceId, string? version)
    {
        KeyValuePair<string, object?>[] tags =
        [
            new("durabletask.type", type), new("durabletask.task.name", name),
            new("durabletask.task.instance_id", instanceId),
        ];
        return version is null ? tags : [.. tags, new("durabletask.task.version", version)];
    }

    static KeyValuePair<string, object?>[] EventTags(string name, string target) =>
    [
        new("durabletask.type", "event"), new("durabletask.task.name", name),
        new("durabletask.event.target_instance_id", target),
    ];

    // There is no public way to give a span an id that others know already.
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_spanId")]
    static extern ref string? SpanId(Activity span);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_id")]
    static extern ref string? Id(Activity span);
}
