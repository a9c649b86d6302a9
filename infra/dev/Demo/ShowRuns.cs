using System.Globalization;

namespace Assay;

/// <summary>Prints orchestrations in columns that are the same whether a person or a program reads them.</summary>
internal static class ShowRuns
{
    private const int ErrorWidth = 100;
    private const int WaitWidth = 44;

    public static void List(IReadOnlyList<Instance> instances, DateTimeOffset now)
    {
        if (instances.Count == 0)
        {
            Console.WriteLine("No orchestration matches.");
            return;
        }
        Console.WriteLine(Columns("ID", "ORCHESTRATION", "STATUS", "AGE", "TOOK", "FAILED", "WAITS FOR", "ERROR"));
        foreach (var instance in instances)
            Row(instance, now);
    }

    public static void Row(Instance instance, DateTimeOffset now) => Console.WriteLine(Columns(
        instance.Id, instance.Name, instance.Status, Time(now - instance.CreatedAt),
        instance.EndedAt is { } end ? Time(end - instance.CreatedAt) : "",
        instance.Failures > 0 ? $"{instance.Failures}x" : "", Waits(instance, now), OneLine(instance.Error)));

    /// <summary>What the instance is and how it stands.</summary>
    public static void Head(InstanceDetail detail, DateTimeOffset now)
    {
        var (instance, version, customStatus) = (detail.Instance, detail.Version, detail.CustomStatus);
        Console.WriteLine($"{instance.Name} {instance.Id}: {instance.Status}"
            + $", created {instance.CreatedAt.UtcDateTime:u} ({Time(now - instance.CreatedAt)} ago)"
            + (instance.EndedAt is { } end ? $", took {Time(end - instance.CreatedAt)}" : "")
            + (version is null ? "" : $", version {version}")
            + (instance.Parent is { } parent ? $", called by {parent}" : ""));
        if (Waits(instance, now) is { Length: > 0 } waits)
            Show.Line($"waits for {waits}");
        if (customStatus is not null)
            Show.Line($"says {OneLine(customStatus)}");
        if (instance.Failures > 0)
            Show.Line($"failed so far: {Show.Count(instance.Failures, "call")}");
        if (instance.Error is { } error)
            Show.Line($"error: {error}");
        if (detail.StepsLeftOut > 0)
            Show.Line($"{Show.Count(detail.StepsLeftOut, "older entry", "older entries")} not shown");
    }

    /// <summary>When each step began, from the instance's creation on, how long it took, and what came of it.</summary>
    public static void Steps(InstanceDetail detail, IReadOnlyList<Step> steps, DateTimeOffset now)
    {
        foreach (var step in steps)
        {
            var took = step.EndedAt is { } end ? Time(end - step.At) : IsOpen(step) ? $"{Time(now - step.At)} …" : "";
            var began = "+" + Time(step.At - detail.Instance.CreatedAt);
            var number = step.Number is { } given ? $"#{given}" : "";
            var outcome = $"{step.Outcome}{Tried(step)}  {OneLine(step.Error)}";
            Console.WriteLine(
                $"  {began,8}  {number,-5} {step.Kind,-12} {Called(step),-36} {took,9}  {outcome}".TrimEnd());
        }
    }

    /// <summary>The sums and counts of what the host measures, without the buckets of its histograms.</summary>
    public static void Stats(string metrics)
    {
        var lines = metrics.Split('\n').Where(line =>
            line.Length > 0 && line[0] != '#' && !line.Contains("_bucket", StringComparison.Ordinal));
        foreach (var line in lines)
        {
            var end = line.LastIndexOf(' ');
            Show.Line($"{line[(end + 1)..],12}  {line[..end]}");
        }
    }

    private static bool IsOpen(Step step) => step.EndedAt is null && step.Outcome is not null;

    private static string Called(Step step) => (step.Name, step.Target) switch
    {
        (null, null) => "",
        ({ } name, null) => name,
        (null, { } target) => target,
        ({ } name, { } target) => $"{name} {target}",
    };

    private static string Tried(Step step) =>
        (step.Attempts > 1 ? $", attempt {step.Attempts}" : "") + (step.Worker is null ? "" : $" on {step.Worker}");

    private static string Waits(Instance instance, DateTimeOffset now) => instance.WaitsFor is null
        ? ""
        : $"{instance.WaitsFor} for {Time(now - (instance.WaitsSince ?? instance.CreatedAt))}"
            + (instance.Attempts > 1 ? $", attempt {instance.Attempts}" : "");

    private static string Columns(
        string id, string name, string status, string age, string took, string failed, string waits, string error) =>
        $"{id,-36}  {name,-20}  {status,-10} {age,6} {took,7} {failed,6}  {waits.PadRight(WaitWidth)}  {error}"
            .TrimEnd();

    private static string OneLine(string? text)
    {
        var line = string.Join(' ', (text ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= ErrorWidth ? line : $"{line[..ErrorWidth]}…";
    }

    private static string Time(TimeSpan time) => time switch
    {
        { TotalSeconds: < 0 } => "0s",
        { TotalSeconds: < 10 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.00}s"),
        { TotalMinutes: < 2 } => $"{(int)time.TotalSeconds}s",
        { TotalHours: < 2 } => $"{(int)time.TotalMinutes}m",
        { TotalDays: < 2 } => $"{(int)time.TotalHours}h",
        _ => $"{(int)time.TotalDays}d",
    };
}
