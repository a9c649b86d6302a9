using System.Diagnostics.Metrics;

namespace Assay.Local;

/// <summary>What the engine counts and measures, for whoever listens to the meter <c>Assay.Durable</c>.</summary>
internal sealed class DurableMeter
{
    public const string Name = "Assay.Durable";

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
        leaseLosses = meter.CreateCounter<long>(
            "durable.lease.losses", "{loss}", "Times that others took over from this process.");
        polls = meter.CreateCounter<long>("durable.polls", "{poll}", "Looks for work, by whether there was any.");
        replays = meter.CreateCounter<long>(
            "durable.replays", "{replay}", "Instances brought back into memory by running their history.");
        replayedEntries = meter.CreateCounter<long>(
            "durable.replay.entries", "{entry}", "History entries read for that.");
        commitItems = meter.CreateHistogram<long>(
            "durable.commit.items", "{item}", "Episodes and activity results written in one commit.");
        commitDuration = meter.CreateHistogram<double>("durable.commit.duration", "s", "How long a commit takes.");
        activityDuration = meter.CreateHistogram<double>(
            "durable.activity.duration", "s", "How long one attempt of an activity runs, by name and outcome.");
        orchestrationDuration = meter.CreateHistogram<double>(
            "durable.orchestration.duration", "s", "From creation to end of an orchestration, by name and outcome.");
    }

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

    public void OrchestrationEnded(string name, string status, TimeSpan took) =>
        orchestrationDuration.Record(took.TotalSeconds, new("name", name), new("outcome", status));
}
