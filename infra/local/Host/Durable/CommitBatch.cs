using System.Diagnostics;
using Npgsql;
using NpgsqlTypes;

namespace Assay.Local;

/// <summary>
/// Collects what many episodes and activities came to and writes it in one round trip and one transaction: a fence,
/// then one statement per table and kind of change, whatever the number of instances.
/// </summary>
/// <param name="number">Counts this worker's commits, so that one whose answer was lost is not applied twice.</param>
/// <param name="reserve">Whether this worker can run one more activity itself.</param>
internal sealed partial class CommitBatch(
    long worker, long number, DurableOptions options, Func<bool> reserve)
{
    readonly Rows<long> messagesDone = new();
    readonly Rows<(long Key, int Step)> activitiesDone = new();
    readonly Rows<(long Key, int Step)> timersCancelled = new();
    readonly Rows<(long Key, int Sequence, HistoryEntry Entry)> history = new();
    readonly Rows<(long Key, Episode Episode)> changed = new();
    readonly Rows<long> ended = new();
    readonly Rows<(long Key, Episode Episode, Generation Next)> renewed = new();
    readonly Rows<(long Key, int Step, string Name, string? Input)> activities = new();
    readonly Rows<(long Key, string Kind, int? Step, string? Name, string? Payload, string? Failure, DateTime? At)>
        messages = new();
    readonly Rows<(InstanceRow Parent, HistoryEntry Entry)> children = new();
    readonly Rows<(string InstanceId, string Name, string? Payload)> events = new();
    readonly Rows<long> parentsTerminated = new();
    readonly Rows<(long Key, Inbound Result)> results = new();

    /// <summary>Activities to run here once the batch is committed; they stand in the history alone.</summary>
    public List<ActivityWork> Mine { get; } = [];

    /// <summary>Activities whose results the commit records.</summary>
    public IEnumerable<(long InstanceKey, int Step)> ActivitiesDone =>
        activitiesDone.Concat(results.Select(result => (result.Key, result.Result.Step!.Value)));

    /// <summary>Instances whose status is another one after the commit.</summary>
    public List<(string InstanceId, bool Ended)> StatusChanged { get; } = [];

    /// <summary>What the commit leaves for workers to find.</summary>
    public Work Work { get; private set; }

    public void Add(InstanceRow instance, Episode episode)
    {
        messagesDone.AddRange(episode.Messages);
        activitiesDone.AddRange(episode.ActivitiesDone.Select(step => (instance.Key, step)));
        timersCancelled.AddRange(episode.CancelledTimers.Select(step => (instance.Key, step)));
        foreach (var entry in episode.History.Where(entry => Kind.IsAsked(entry.Kind)))
            AddStep(instance, entry, episode);

        if (episode.Next is { } next)
            AddGeneration(instance, episode, next);
        else
            history.AddRange(episode.History.Select((entry, i) => (instance.Key, episode.FirstSequence + i, entry)));

        if (episode.Changed && episode.Next is null)
        {
            changed.Add((instance.Key, episode));
            StatusChanged.Add((instance.InstanceId, episode.IsEnd));
        }
        if (episode.IsEnd)
            AddEnd(instance, episode);
    }

    public void Add(long key, Inbound result)
    {
        results.Add((key, result));
        Work |= Work.Messages;
    }

    public void Add(ActivityWork offered)
    {
        activities.Add((offered.InstanceKey, offered.Step, offered.Name, offered.Input));
        Work |= Work.Activities;
    }

    void AddStep(InstanceRow instance, HistoryEntry entry, Episode episode)
    {
        var step = entry.Step!.Value;
        switch (entry.Kind)
        {
            case Kind.ActivityScheduled:
                AddActivity(instance, step, entry);
                break;
            case Kind.ChildScheduled:
                children.Add((instance, entry));
                Work |= Work.Instances;
                break;
            case Kind.EventSent:
                events.Add((entry.Target!, entry.Name!, entry.Payload));
                Work |= Work.Messages;
                break;
            // A timer of a generation that is over, or one cancelled in the very episode that made it, never fires.
            case Kind.TimerCreated when !episode.IsEnd && episode.Next is null
                && !episode.CancelledTimers.Contains(step):
                messages.Add((instance.Key, Kind.TimerFired, step, null, null, null, TimerTarget.Read(entry.Target!)));
                Work |= Work.Messages;
                break;
        }
    }

    void AddActivity(InstanceRow instance, int step, HistoryEntry entry)
    {
        if (reserve())
        {
            Mine.Add(new(
                instance.Key, instance.InstanceId, step, entry.Name!, entry.Payload, Attempt: 1,
                DurableTraces.Of(instance.TraceParent, instance.Key), HasRow: false));
            return;
        }
        activities.Add((instance.Key, step, entry.Name!, entry.Payload));
        Work |= Work.Activities;
    }

    void AddGeneration(InstanceRow instance, Episode episode, Generation next)
    {
        renewed.Add((instance.Key, episode, next));
        foreach (var (name, payload) in next.Events)
            messages.Add((instance.Key, Kind.EventRaised, null, name, payload, null, null));
        if (next.Events.Count > 0)
            Work |= Work.Messages;
    }

    void AddEnd(InstanceRow instance, Episode episode)
    {
        ended.Add(instance.Key);
        if (episode.TerminateChildren)
            parentsTerminated.Add(instance.Key);
        if (instance is { ParentKey: { } parent, ParentStep: { } step })
        {
            messages.Add(episode.Status == InstanceStatus.Completed
                ? (parent, Kind.ChildCompleted, step, null, episode.Output, null, null)
                : (parent, Kind.ChildFailed, step, null, null, episode.Failure ?? Termination.Failure, null));
            Work |= Work.Messages;
        }
        if (episode.TerminateChildren)
            Work |= Work.Messages;
    }

    /// <summary>Rows of one statement; each column becomes one array parameter.</summary>
    sealed class Rows<T> : List<T>
    {
        public NpgsqlParameter Column<TValue>(Func<T, TValue> value)
        {
            var values = new TValue[Count];
            for (var i = 0; i < values.Length; i++)
                values[i] = value(this[i]);
            return new NpgsqlParameter<TValue[]> { TypedValue = values };
        }

        public NpgsqlParameter Text(Func<T, string?> value)
        {
            var parameter = (NpgsqlParameter<string?[]>)Column(value);
            parameter.NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text;
            return parameter;
        }
    }
}

/// <summary>An activity to run, owned by this worker.</summary>
/// <param name="Trace">Of the orchestration; see <see cref="DurableTraces"/>.</param>
/// <param name="HasRow">False for one that came straight from an instance of this worker.</param>
internal sealed record ActivityWork(
    long InstanceKey, string InstanceId, int Step, string Name, string? Input, int Attempt, string? Trace,
    bool HasRow)
{
    /// <summary>Since when, by <see cref="Stopwatch.GetTimestamp"/>.</summary>
    public long HeldAt { get; } = Stopwatch.GetTimestamp();
}

/// <summary>How a timer's time stands in the history.</summary>
internal static class TimerTarget
{
    public static string Write(DateTime at) => at.ToString("O", System.Globalization.CultureInfo.InvariantCulture);

    public static DateTime Read(string target) => DateTime.ParseExact(
        target, "O", System.Globalization.CultureInfo.InvariantCulture,
        System.Globalization.DateTimeStyles.RoundtripKind);
}
