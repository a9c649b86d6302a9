using System.Globalization;
using System.Text.Json;

namespace Assay;

/// <summary>Prints orchestrations in columns that are the same whether a person or a program reads them.</summary>
internal static class ShowRuns
{
    private const int TextWidth = 100;

    public static void List(IReadOnlyList<Instance> instances, DateTimeOffset now)
    {
        if (instances.Count == 0)
        {
            Console.WriteLine("No orchestration matches.");
            return;
        }
        Console.WriteLine(Columns("ID", "ORCHESTRATION", "STATUS", "AGE", "TOOK", "STATE OR ERROR"));
        foreach (var instance in instances)
            Row(instance, now);
    }

    public static void Row(Instance instance, DateTimeOffset now) => Console.WriteLine(Columns(
        instance.InstanceId, instance.Name, instance.RuntimeStatus, Time(now - instance.CreatedTime),
        instance.HasEnded ? Time(instance.LastUpdatedTime - instance.CreatedTime) : "", OneLine(Said(instance))));

    /// <summary>What the instance is and how it stands.</summary>
    public static void Head(Instance instance, DateTimeOffset now)
    {
        Console.WriteLine($"{instance.Name} {instance.InstanceId}: {instance.RuntimeStatus}"
            + $", created {instance.CreatedTime.UtcDateTime:u} ({Time(now - instance.CreatedTime)} ago)"
            + (instance.HasEnded ? $", took {Time(instance.LastUpdatedTime - instance.CreatedTime)}" : ""));
        if (Said(instance) is { Length: > 0 } said)
            Show.Line(said);
    }

    /// <summary>
    /// When each step began, from the first on, how long it took, and what came of it. Those of
    /// <paramref name="before"/> are left out.
    /// </summary>
    public static void Steps(Instance instance, IReadOnlyList<Step> before, DateTimeOffset now)
    {
        var steps = (instance.HistoryEvents ?? []).OrderBy(Began).ToArray();
        foreach (var step in steps.Except(before))
        {
            var (kind, what, outcome) = Describe(step);
            var took = step.ScheduledTime is { } scheduled ? Time(step.Timestamp - scheduled)
                : outcome.Length == 0 && !instance.HasEnded ? $"{Time(now - step.Timestamp)} …" : "";
            var began = "+" + Time(Began(step) - Began(steps[0]));
            var error = OneLine(
                step.FailureDetails is { } failure ? $"{failure.ErrorType}: {failure.ErrorMessage}" : step.Reason);
            Console.WriteLine($"  {began,8}  {kind,-13} {what,-36} {took,9}  {outcome}  {error}".TrimEnd());
        }
    }

    /// <summary>What the orchestration tells about itself, or why it failed.</summary>
    public static string Said(Instance instance) =>
        Text(instance.RuntimeStatus is "Failed" or "Terminated" ? instance.Output : instance.CustomStatus);

    private static DateTimeOffset Began(Step step) => step.ScheduledTime ?? step.Timestamp;

    /// <summary>No outcome is one that is still to come.</summary>
    private static (string Kind, string? What, string Outcome) Describe(Step step) => step.EventType switch
    {
        "TaskScheduled" => ("activity", step.Name, ""),
        "TaskCompleted" => ("activity", step.FunctionName, "completed"),
        "TaskFailed" => ("activity", step.FunctionName, "failed"),
        "SubOrchestrationInstanceCreated" => ("orchestration", $"{step.Name} {step.InstanceId}", ""),
        "SubOrchestrationInstanceCompleted" => ("orchestration", step.FunctionName, "completed"),
        "SubOrchestrationInstanceFailed" => ("orchestration", step.FunctionName, "failed"),
        "TimerCreated" => ("timer", $"until {step.FireAt?.UtcDateTime:u}", "set"),
        "TimerFired" => ("timer", $"until {step.FireAt?.UtcDateTime:u}", "fired"),
        "EventRaised" => ("event", step.Name, "received"),
        "EventSent" => ("event", $"{step.Name} {step.InstanceId}", "sent"),
        "ExecutionStarted" => ("execution", step.FunctionName, "started"),
        "ExecutionCompleted" => ("execution", null, step.OrchestrationStatus?.ToLowerInvariant() ?? "completed"),
        var other => (other, step.Name, "-"),
    };

    private static string Columns(string id, string name, string status, string age, string took, string said) =>
        $"{id,-36}  {name,-20}  {status,-10} {age,6} {took,6}  {said}".TrimEnd();

    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null => "",
        JsonValueKind.String => value.GetString()!,
        _ => value.GetRawText(),
    };

    private static string OneLine(string? text)
    {
        var line = string.Join(' ', (text ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= TextWidth ? line : $"{line[..TextWidth]}…";
    }

    private static string Time(TimeSpan time) => time switch
    {
        { TotalSeconds: < 0 } => "0s",
        { TotalSeconds: < 10 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.##}s"),
        { TotalMinutes: < 2 } => $"{(int)time.TotalSeconds}s",
        { TotalHours: < 2 } => $"{(int)time.TotalMinutes}m",
        { TotalDays: < 2 } => $"{(int)time.TotalHours}h",
        _ => $"{(int)time.TotalDays}d",
    };
}
