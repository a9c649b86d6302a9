using System.Threading.Channels;
using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;

namespace Assay.Local;

/// <summary>
/// The instances that this worker owns, with their code in memory. What arrives for one is collected while it is busy,
/// so that many arrivals make one episode.
/// </summary>
internal sealed class Orchestrations(
    DurableOptions options, DurableFunctions functions, HistoryStore histories, DatabaseClock clock, DurableMeter meter,
    DataConverter converter, ILoggerFactory loggers, Action<CommitItem> commit)
{
    readonly ILogger logger = loggers.CreateLogger<Orchestrations>();
    readonly object gate = new();
    readonly Dictionary<long, LiveInstance> live = [];
    readonly HashSet<long> knownMessages = [];
    readonly HashSet<long> consumedDuringPoll = [];
    readonly HashSet<long> endedDuringPoll = [];
    bool messagesLeft;
    readonly Channel<LiveInstance> runnable = Channel.CreateUnbounded<LiveInstance>();
    volatile LiveInstance? suspect;
    int inMemory;
    int busy;

    /// <summary>How many more new instances to take on now.</summary>
    public int Room => Math.Max(0, 256 - runnable.Reader.Count);

    /// <summary>Whether new instances are better run here than left for others.</summary>
    public bool HasRoomForNew => runnable.Reader.Count < 64;

    /// <summary>Whether none is in memory that may be about to end this process.</summary>
    public bool TakesSuspect => suspect is null;

    /// <summary>Whether nothing runs or is being committed.</summary>
    public bool IsIdle => Volatile.Read(ref busy) == 0;

    /// <summary>Runs episodes, as many at a time as the options allow, until the session ends.</summary>
    public async Task RunAsync(CancellationToken ended) => await await Task.WhenAny(
        Enumerable.Range(0, options.MaxConcurrentOrchestrators)
            .Select(_ => Task.Run(() => RunOneByOneAsync(ended), ended)));

    /// <summary>Instances and messages that are in memory, for a poll to leave out.</summary>
    public (long[] Instances, long[] Messages) BeginPoll(bool instances)
    {
        lock (gate)
        {
            consumedDuringPoll.Clear();
            endedDuringPoll.Clear();
            return (instances ? [.. live.Keys] : [], [.. knownMessages]);
        }
    }

    /// <summary>
    /// Takes what a poll found: instances that are now this worker's, and messages for those it owns.
    /// </summary>
    public void EndPoll(IReadOnlyList<InstanceRow> claimed, IReadOnlyList<(long Instance, Inbound Inbound)> messages)
    {
        lock (gate)
        {
            Take(claimed);
            messagesLeft = false;
            foreach (var (key, inbound) in messages)
            {
                // The poll's snapshot may be older than the commit that consumed the message.
                if (consumedDuringPoll.Contains(inbound.Message!.Value))
                    continue;
                if (!live.TryGetValue(key, out var instance))
                {
                    messagesLeft = true;
                    continue;
                }
                if (!knownMessages.Add(inbound.Message.Value))
                    continue;
                instance.Inbox.Add(inbound);
                Wake(instance);
            }
        }
    }

    /// <summary>Takes what a claim whose answer was lost had claimed.</summary>
    public void EndRecovery(IReadOnlyList<InstanceRow> found)
    {
        // The poll's snapshot may be older than the commit that ended an instance.
        lock (gate)
            Take(found.Where(row => !endedDuringPoll.Contains(row.Key)));
    }

    /// <summary>
    /// Takes new instances that are this worker's from the start. True when a poll may have found messages for them
    /// before.
    /// </summary>
    public bool TakeNew(IEnumerable<InstanceRow> started)
    {
        lock (gate)
        {
            Take(started);
            return messagesLeft;
        }
    }

    /// <summary>Hands over an activity's result in memory; false when the instance is not this worker's.</summary>
    public bool TryDeliver(long key, Inbound result)
    {
        lock (gate)
        {
            if (!live.TryGetValue(key, out var instance))
                return false;
            instance.Inbox.Add(result);
            Wake(instance);
            return true;
        }
    }

    /// <summary>The episode is in the database: the instance goes on, begins anew, or is done.</summary>
    public void Committed(LiveInstance instance, Episode episode)
    {
        List<Inbound> leftOver = [];
        DurableTraces.Committed(instance.Row, episode);
        if (episode.IsEnd)
            meter.OrchestrationEnded(instance.Row.Name, episode.Status, episode.At - instance.Row.CreatedAt);
        lock (gate)
        {
            knownMessages.ExceptWith(episode.Messages);
            consumedDuringPoll.UnionWith(episode.Messages);
            if (suspect == instance)
                suspect = null;
            instance.Busy = false;
            instance.TouchedAt = Environment.TickCount64;
            busy--;
            if (episode.IsEnd)
            {
                live.Remove(instance.Row.Key);
                endedDuringPoll.Add(instance.Row.Key);
                Forget(instance);
                leftOver = instance.Inbox;
                knownMessages.ExceptWith(leftOver.Select(inbound => inbound.Message ?? 0));
            }
            else
            {
                Continue(instance, episode);
            }
        }
        foreach (var inbound in leftOver.Where(inbound => inbound.HasRow))
            commit(new ActivityCompletion(instance.Row.Key, inbound));
    }

    /// <summary>The session is over; nothing that still runs counts.</summary>
    public void Close()
    {
        lock (gate)
        {
            foreach (var instance in live.Values)
                instance.Execution?.Close();
            live.Clear();
        }
    }

    void Continue(LiveInstance instance, Episode episode)
    {
        if (episode.Next is { } next)
        {
            Forget(instance);
            instance.Row = instance.Row with
            {
                Input = next.Input, Version = next.Version, FirstStep = next.FirstStep,
                CustomStatus = episode.CustomStatus, Status = episode.Status, Takeovers = 0,
            };
            instance.MustRun = true;
            instance.IsNew = true;
        }
        else
        {
            instance.Row = instance.Row with
            {
                Status = episode.Status, CustomStatus = episode.CustomStatus, Takeovers = 0,
            };
            if (instance.Inbox.Count == 0 && !options.KeepInMemory)
                Forget(instance);
            else if (inMemory > options.InstancesInMemoryMax)
                ForgetIdlest();
        }
        Wake(instance);
    }

    void Take(IEnumerable<InstanceRow> rows)
    {
        foreach (var row in rows)
        {
            var instance = new LiveInstance(row) { MustRun = true, IsNew = row.IsNew };
            live[row.Key] = instance;
            if (row.Takeovers > 1)
                suspect = instance;
            Wake(instance);
        }
    }

    void Wake(LiveInstance instance)
    {
        if (instance.Busy || (instance.Inbox.Count == 0 && !instance.MustRun))
            return;
        instance.Busy = true;
        busy++;
        runnable.Writer.TryWrite(instance);
    }

    void Forget(LiveInstance instance)
    {
        if (instance.Execution is null)
            return;
        instance.Execution.Close();
        instance.Execution = null;
        inMemory--;
    }

    void ForgetIdlest()
    {
        var idlest = live.Values
            .Where(instance => instance is { Busy: false, Execution: not null })
            .OrderBy(instance => instance.TouchedAt)
            .Take(options.InstancesInMemoryMax / 10 + 1)
            .ToList();
        idlest.ForEach(Forget);
    }

    async Task RunOneByOneAsync(CancellationToken ended)
    {
        await foreach (var instance in runnable.Reader.ReadAllAsync(ended))
            await RunAsync(instance, ended);
    }

    async Task RunAsync(LiveInstance instance, CancellationToken ended)
    {
        List<Inbound> arrived;
        lock (gate)
        {
            arrived = instance.Inbox;
            instance.Inbox = [];
            instance.MustRun = false;
        }
        // Outside the lock: Busy keeps everybody else away.
        Episode episode;
        try
        {
            if (instance.Row.Takeovers >= options.TakeoversMax)
                throw new InvalidOperationException(Poison(instance.Row));
            var execution = instance.Execution ?? await StartAsync(instance, ended);
            episode = execution.Run(arrived, clock.Now);
        }
        // Code that cannot follow its history, or a history that cannot be read, concerns this instance alone.
        catch (Exception exception) when (!ended.IsCancellationRequested)
        {
            logger.LogError(
                UnreadableException.Readable(exception), "Orchestration {InstanceId} cannot go on.",
                instance.Row.InstanceId);
            episode = Episode.Broken(
                arrived, clock.Now, await histories.CountAsync(instance.Row.Key, ended), FailureJson.Write(exception));
        }
        commit(new EpisodeCommit(this, instance, episode));
    }

    static string Poison(InstanceRow instance) =>
        $"The process ended or lost its lease {instance.Takeovers} times while it ran orchestrator " +
        $"'{instance.Name}', so it is not tried again.";

    async Task<Execution> StartAsync(LiveInstance instance, CancellationToken ended)
    {
        var isNew = instance.IsNew;
        var execution = new Execution(
            instance.Row, functions.FindOrchestrator(instance.Row.Name), converter, loggers, () => RunAgain(instance));
        lock (gate)
        {
            instance.Execution = execution;
            instance.IsNew = false;
            inMemory++;
        }
        if (isNew)
            return execution;
        await foreach (var page in histories.PagesAsync(instance.Row.Key, ended))
            execution.Replay(page);
        execution.EndReplay();
        if (execution.Sequence > 0)
            meter.Replayed(execution.Sequence);
        return execution;
    }

    /// <summary>Code was continued from elsewhere: the next episode says so.</summary>
    void RunAgain(LiveInstance instance)
    {
        lock (gate)
        {
            instance.MustRun = true;
            Wake(instance);
        }
    }
}
