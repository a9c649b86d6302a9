using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Assay.Local;

/// <summary>What a session needs of the engine.</summary>
internal sealed record EngineParts(
    DurableOptions Options, DurableFunctions Functions, DurableDatabase Database, HistoryStore Histories,
    DatabaseClock Clock, Lease Lease, Outage Outage, Signal Signal, InstanceWaiters Waiters, CurrentSession Current,
    DurableMeter Meter, DataConverter Converter, ILoggerFactory Loggers);

/// <summary>
/// One registration of this process as a worker. All that it knows is worth nothing once its lease is lost: then a new
/// session starts from what the database holds.
/// </summary>
internal sealed class WorkerSession
{
    static readonly TimeSpan drainInterval = TimeSpan.FromMilliseconds(10);

    // When more was found than there is room for.
    static readonly TimeSpan fullWait = TimeSpan.FromMilliseconds(5);

    readonly EngineParts parts;
    readonly long worker;
    readonly Poller poller;
    readonly Committer committer;
    readonly ActivityRunner activities;
    readonly Orchestrations orchestrations;
    readonly CancellationTokenSource ended = new();
    readonly CancellationTokenSource polling = new();
    volatile bool activitiesWait;
    readonly SemaphoreSlim claiming = new(1);
    bool answerLost;
    bool suspects;
    volatile bool claimLost;

    public WorkerSession(EngineParts parts, long worker)
    {
        this.parts = parts;
        this.worker = worker;
        poller = new(worker, parts.Options, parts.Database);
        activities = new(
            parts.Options, parts.Functions, parts.Meter, parts.Loggers.CreateLogger<ActivityRunner>());
        parts.Meter.Activities = activities;
        committer = new(
            worker, parts.Options, parts.Database, parts.Outage, activities, parts.Meter,
            parts.Loggers.CreateLogger<Committer>(), Published)
        {
            Notify = () => parts.Lease.HasPeers,
        };
        orchestrations = new(
            parts.Options, parts.Functions, parts.Histories, parts.Clock, parts.Meter, parts.Converter, parts.Loggers,
            committer.Enqueue);
    }

    /// <summary>Whether to take on new instances straight from clients.</summary>
    public bool HasRoom => !polling.IsCancellationRequested && orchestrations.HasRoomForNew;

    /// <summary>Takes on the instances that a statement of a client claims for this worker.</summary>
    public async Task ClaimAsync(Func<long, Task<IEnumerable<InstanceRow>>> claim)
    {
        await claiming.WaitAsync();
        try
        {
            if (orchestrations.TakeNew(await claim(worker)))
                parts.Signal.Raise(Work.Messages);
        }
        // The statement may have come to its end all the same.
        catch
        {
            claimLost = true;
            parts.Signal.Raise(Work.Instances);
            throw;
        }
        finally
        {
            claiming.Release();
        }
    }

    /// <summary>Works until stopped, and then drains.</summary>
    /// <exception cref="LeaseLostException">Others took over; what was under way here is void.</exception>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var stop = stopping.Register(polling.Cancel);
        Task[] loops =
        [
            parts.Lease.RenewAsync(worker, ended.Token),
            committer.RunAsync(ended.Token),
            orchestrations.RunAsync(ended.Token),
            activities.RunAsync(Finished, ended.Token),
            PollAsync(),
        ];
        try
        {
            // The poll is the only loop that ends by itself, when the host stops; any other ends by failing.
            await await Task.WhenAny(loops);
            await DrainAsync(loops);
        }
        finally
        {
            await EndAsync(loops);
        }
        await ReleaseAsync();
    }

    async Task ReleaseAsync()
    {
        using var limit = new CancellationTokenSource(parts.Options.Lease);
        try
        {
            await parts.Lease.ReleaseAsync(worker, limit.Token);
        }
        catch (Exception exception) when (exception is NpgsqlException or OperationCanceledException)
        {
            parts.Loggers.CreateLogger<WorkerSession>().LogWarning(
                exception, "Worker {Worker} could not release what it owned; others take over when its lease ends.",
                worker);
        }
    }

    async Task PollAsync()
    {
        var wait = TimeSpan.Zero;
        var left = Work.None;
        try
        {
            while (true)
            {
                var work = left | await parts.Signal.WaitAsync(wait, polling.Token);
                (left, wait) = await parts.Outage.RetryAsync(
                    stop => PollOnceAsync(work, stop), static _ => false, polling.Token);
            }
        }
        catch (OperationCanceledException) when (polling.IsCancellationRequested)
        {
            // The host stops, or the session ended.
        }
    }

    /// <summary>Returns what is left to look for again, and when.</summary>
    async Task<(Work Left, TimeSpan Wait)> PollOnceAsync(Work work, CancellationToken cancellation)
    {
        if (answerLost || claimLost)
            await RecoverAsync(cancellation);
        if (parts.Lease.HasPeers)
            activities.TakeExcess().ForEach(excess => committer.Enqueue(new ActivityOffer(excess)));
        // Of instances and activities that may end the process, one kind at a time: else the wrong one would be blamed.
        var takesSuspects = activities.TakesSuspects && orchestrations.TakesSuspect;
        var room = new Room(
            orchestrations.Room, activities.Room,
            Suspects: takesSuspects && !suspects, Suspect: takesSuspects && suspects);
        var (_, messages) = orchestrations.BeginPoll(instances: false);
        answerLost = true;
        var found = await poller.PollAsync(work, room, new([], messages, []), cancellation);
        (answerLost, suspects) = (false, found.Suspects);
        parts.Meter.Polled(found is not { Instances: [], Messages: [], Activities: [] });
        orchestrations.EndPoll(found.Instances, found.Messages);
        found.Activities.ForEach(activities.StartClaimed);
        foreach (var instance in found.Instances)
            parts.Waiters.Changed(instance.InstanceId, ended: false);

        // As many as there was room for: when there is room again, there may be more.
        if (work.HasFlag(Work.Activities))
            WaitForActivities(found.Activities.Count >= room.Activities);
        if (found.Instances.Count >= room.Instances || found.Messages.Count >= Poller.MessagesMax)
            return (work & (Work.Instances | Work.Messages), fullWait);
        return (Work.None, found.Next < parts.Options.PollInterval ? found.Next : parts.Options.PollInterval);
    }

    void WaitForActivities(bool wait)
    {
        activitiesWait = wait;
        Interlocked.MemoryBarrier();
        // One that ended before it could know of this has announced its room to nobody.
        if (wait && activities.Room > 0)
            parts.Signal.Raise(Work.Activities);
    }

    /// <summary>A claim that failed may have come to its end all the same.</summary>
    async Task RecoverAsync(CancellationToken cancellation)
    {
        await claiming.WaitAsync(cancellation);
        try
        {
            var (instances, messages) = orchestrations.BeginPoll(instances: true);
            var found = await poller.RecoverAsync(new(instances, messages, activities.Owned()), cancellation);
            orchestrations.EndRecovery(found);
            (answerLost, claimLost) = (false, false);
        }
        finally
        {
            claiming.Release();
        }
    }

    void Published(CommitBatch batch)
    {
        parts.Signal.Raise(batch.Work);
        batch.StatusChanged.ForEach(change => parts.Waiters.Changed(change.InstanceId, change.Ended));
    }

    void Finished(ActivityWork work, Inbound result)
    {
        // Without a row, it belonged to an instance of this worker, which has ended.
        if (!orchestrations.TryDeliver(work.InstanceKey, result) && work.HasRow)
            committer.Enqueue(new ActivityCompletion(work.InstanceKey, result));
        if (activitiesWait || work.Attempt >= ActivityRunner.SuspectAttempt)
            parts.Signal.Raise(Work.Activities);
    }

    /// <summary>Lets what runs come to its end, within the limit, and records it.</summary>
    async Task DrainAsync(Task[] loops)
    {
        activities.Stop();
        var deadline = parts.Clock.Now + parts.Options.StopLimit;
        var failed = Task.WhenAny(loops[..^1]);
        while (parts.Clock.Now < deadline && !IsIdle)
        {
            if (await Task.WhenAny(failed, Task.Delay(drainInterval)) == failed)
                await await failed;
        }
    }

    bool IsIdle => activities.IsIdle && orchestrations.IsIdle && committer.IsIdle;

    async Task EndAsync(Task[] loops)
    {
        await polling.CancelAsync();
        await ended.CancelAsync();
        orchestrations.Close();
        // Functions that do not heed their cancellation are left behind: what they come to is void.
        await Task.WhenAll(loops[0], loops[1], loops[^1]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
