using System.Diagnostics.Metrics;

namespace Assay.Local;

/// <summary>What the engine counts and measures, for whoever listens to the meter <c>Assay.Durable</c>.</summary>
internal sealed class DurableMeter
{
    public const string Name = "Assay.Durable";

    // Half a millisecond to an hour, and single items to the largest commit.
    static readonly InstrumentAdvice<double> seconds = new()
    {
        HistogramBucketBoundaries =
            [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300, 3600],
    };

    static readonly InstrumentAdvice<long> items = new()
    {
        HistogramBucketBoundaries = [1, 2, 5, 10, 20, 50, 100, 200, 500],
    };

    readonly Counter<long> leaseLosses;
    readonly Counter<long> polls;
    readonly Counter<long> replays;
    readonly Counter<long> replayedEntries;
    readonly Histogram<long> commitItems;
    readonly Histogram<double> commitDuration;
    readonly Histogram<double> activityDuration;
    readonly Histogram<double> orchestrationDuration;

    public DurableMeter(IMeterFactory meters, QueueFigures queues)
    {
        var meter = meters.Create(Name);
        meter.CreateObservableGauge(
            "durable.queue.depth", queues.Depths, "{item}", "What waits for a worker to take it, by kind.");
        meter.CreateObservableGauge(
            "durable.queue.oldest_age", queues.Ages, "s", "How long the oldest of what waits has waited, by kind.");
        meter.CreateObservableGauge(
            "durable.activities", Held, "{activity}", "Activities that this process runs or holds ready, by state.");
        meter.CreateObservableGauge(
            "durable.activities.oldest_age", () => Activities?.OldestReady.TotalSeconds ?? 0, "s",
            "How long the oldest of those held ready has been.");
        leaseLosses = meter.CreateCounter<long>(
            "durable.lease.losses", "{loss}", "Times that others took over from this process.");
        polls = meter.CreateCounter<long>("durable.polls", "{poll}", "Looks for work, by whether there was any.");
        replays = meter.CreateCounter<long>(
            "durable.replays", "{replay}", "Instances brought back into memory by running their history.");
        replayedEntries = meter.CreateCounter<long>(
            "durable.replay.entries", "{entry}", "History entries read for that.");
        commitItems = meter.CreateHistogram(
            "durable.commit.items", "{item}", "Episodes and activity results written in one commit.",
            tags: null, items);
        commitDuration = meter.CreateHistogram(
            "durable.commit.duration", "s", "How long a commit takes.", tags: null, seconds);
        activityDuration = meter.CreateHistogram(
            "durable.activity.duration", "s", "How long one attempt of an activity runs, by name and outcome.",
            tags: null, seconds);
        orchestrationDuration = meter.CreateHistogram(
            "durable.orchestration.duration", "s", "From creation to end of an orchestration, by name and outcome.",
            tags: null, seconds);
    }

    /// <summary>Those of the present session; null before the first.</summary>
    public ActivityRunner? Activities { get; set; }

    public void LeaseLost() => leaseLosses.Add(1);

    public void Polled(bool found) => polls.Add(1, new KeyValuePair<string, object?>("found", found));

    public void Replayed(int entries)
    {
        replays.Add(1);
        replayedEntries.Add(entries);
    }

    public void Committed(int items, TimeSpan took)
    {
        commitItems.Record(items);
        commitDuration.Record(took.TotalSeconds);
    }

    public void ActivityEnded(string name, bool failed, TimeSpan took) => activityDuration.Record(
        took.TotalSeconds, new("name", name),
        new("outcome", failed ? InstanceStatus.Failed : InstanceStatus.Completed));

    /// <param name="took">By two clocks, and so perhaps a little less than nothing.</param>
    public void OrchestrationEnded(string name, string status, TimeSpan took) => orchestrationDuration.Record(
        Math.Max(0, took.TotalSeconds), new("name", name), new("outcome", status));

    IEnumerable<Measurement<int>> Held() =>
    [
        new(Activities?.Running ?? 0, new KeyValuePair<string, object?>("state", "running")),
        new(Activities?.Ready ?? 0, new KeyValuePair<string, object?>("state", "ready")),
    ];
}
