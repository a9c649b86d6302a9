using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using DurableTask.Core;
using DurableTask.Core.Exceptions;
using DurableTask.Core.History;
using Microsoft.Extensions.Logging;

namespace Assay.DurableTask.PostgreSql;

/// <summary>
/// One registration of this process as a worker, and what it owns. All that it knows is worth nothing once its lease is
/// lost: then another one starts from what the database holds.
/// </summary>
internal sealed partial class Worker
{
    const int IdleReleaseMilliseconds = 10_000;

    readonly PostgreSqlOrchestrationServiceSettings settings;
    readonly Database database;
    readonly Notifications notifications;
    readonly Waiters waiters;
    readonly Lease lease;
    readonly Poller poller;
    readonly Committer committer;
    readonly ILogger logger;
    readonly CancellationTokenSource ended = new();
    readonly CancellationTokenSource stopping = new();
    readonly Signal signal = new();
    readonly Dictionary<long, LiveInstance> live = [];
    readonly HashSet<long> messagesKnown = [];
    readonly HashSet<long> activitiesKnown = [];
    readonly HashSet<long> droppedMeanwhile = [];
    readonly HashSet<long> adoptedMeanwhile = [];
    readonly HistoryCache cache = new();
    readonly Channel<LiveInstance> ready;
    readonly Channel<ActivityItem> activities;
    long activitiesMade;
    int activitiesHeld;
    int suspectActivities;
    bool answerLost;
    int startsLost;
    volatile bool full;

    public Worker(
        long id, PostgreSqlOrchestrationServiceSettings settings, Database database, Notifications notifications,
        Waiters waiters, Lease lease, Channel<LiveInstance> ready, Channel<ActivityItem> activities, ILogger logger)
    {
        Id = id;
        this.settings = settings;
        this.database = database;
        this.notifications = notifications;
        this.waiters = waiters;
        this.lease = lease;
        this.ready = ready;
        this.activities = activities;
        this.logger = logger;
        poller = new(id, Hub, database);
        committer = new(this, database, NotificationOf, logger);
    }

    public long Id { get; }

    public string Hub => settings.TaskHubName;

    public object Lock { get; } = new();

    public bool IsEnded => ended.IsCancellationRequested;

    public static string ActivityName(long id) => id.ToString(CultureInfo.InvariantCulture);

    /// <summary>Unique in the database: a worker's number is never given again.</summary>
    public long NextActivityId() => (Id << 32) + Interlocked.Increment(ref activitiesMade);

    public void Wake(Work where = Work.All) => signal.Raise(where);

    /// <summary>Works until stopped.</summary>
    /// <exception cref="LeaseLostException">Others took over; what was under way here is void.</exception>
    public async Task RunAsync()
    {
        Task[] loops =
        [
            lease.RenewAsync(Id, Wake, ended.Token), committer.RunAsync(ended.Token), PollAsync(ended.Token),
            ReleaseIdleAsync(ended.Token),
        ];
        try
        {
            await await Task.WhenAny(loops);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
        }
        finally
        {
            await ended.CancelAsync();
            committer.Close();
            lock (Lock)
            {
                foreach (var instance in live.Values)
                    instance.SessionWaits?.TrySetResult();
            }
            await Task.WhenAll(loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Writes down what is in memory alone and hands over everything.</summary>
    public async Task StopAsync(CancellationToken cancellation)
    {
        await stopping.CancelAsync();
        List<Task> written = [];
        lock (Lock)
        {
            foreach (var instance in live.Values)
            {
                instance.SessionWaits?.TrySetResult();
                if (instance.State != LiveState.Running)
                    written.AddRange(WriteDown(instance, instance.Inbox));
            }
        }
        try
        {
            await Task.WhenAll(written).WaitAsync(cancellation);
            await committer.Enqueue(new PauseCommit(stop => lease.ReleaseAsync(Id, stop))).WaitAsync(cancellation);
        }
        catch (Exception exception)
        {
            logger.LogWarning(exception, "Others take over when the lease of worker {Worker} ends.", Id);
        }
        await ended.CancelAsync();
    }

    bool IsMine(LiveInstance instance) => live.TryGetValue(instance.Key, out var mine) && mine == instance;

    string? NotificationOf(CommitBatch batch) =>
        notifications.HasPeers && (batch.Work != Work.None || batch.Ended.Count > 0)
        ? notifications.Payload(batch.Work, batch.Ended) : null;

    static void Take(OrchestrationItem item)
    {
        var inbox = item.Live.Inbox;
        // Core takes a rewind alone, and needs the context of a trace for it.
        var rewind = inbox.FindIndex(inbound => inbound.Message.Event is ExecutionRewoundEvent);
        if (rewind >= 0 && item.Live.Events.OfType<ExecutionStartedEvent>().FirstOrDefault() is { } start)
        {
            start.ParentTraceContext ??= new(
                $"00-{ActivityTraceId.CreateRandom()}-{ActivitySpanId.CreateRandom()}-00");
            item.Taken = [inbox[rewind]];
            inbox.RemoveAt(rewind);
        }
        else
        {
            item.Taken = [.. inbox];
            inbox.Clear();
        }
        item.NewMessages = item.Taken.ConvertAll(inbound => inbound.Message);
        item.TakenAt = Moment.Now;
    }

    void MakeReady(LiveInstance instance)
    {
        instance.State = LiveState.Ready;
        ready.Writer.TryWrite(instance);
    }

    void Tell(LiveInstance instance, Inbound inbound)
    {
        instance.Inbox.Add(inbound);
        if (instance.SessionWaits is { } waits)
            waits.TrySetResult();
        else if (instance.State == LiveState.Idle)
            MakeReady(instance);
    }

    void GiveUp(LiveInstance instance)
    {
        // Not to be given up twice, nor told anything until that is through.
        instance.State = LiveState.Running;
        _ = ReleasedAsync();

        async Task ReleasedAsync()
        {
            await committer.Enqueue(new ReleaseCommit(instance, abandoned: false, TimeSpan.Zero))
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Settle(instance);
        }
    }

    /// <summary>An instance that was given up and claimed again meanwhile.</summary>
    void Settle(LiveInstance instance)
    {
        lock (Lock)
        {
            if (!IsMine(instance))
                return;
            instance.State = LiveState.Idle;
            if (instance.Inbox.Count > 0)
                MakeReady(instance);
        }
    }

    /// <summary>Results that are in memory alone become messages.</summary>
    List<Task> WriteDown(LiveInstance instance, List<Inbound> inbox)
    {
        List<Task> written = [];
        foreach (var inbound in inbox)
        {
            if (inbound.MessageId is { } message)
            {
                messagesKnown.Remove(message);
                droppedMeanwhile.Add(instance.Key);
            }
            if (inbound.ActivityId is not { } activity)
                continue;
            if (inbound.Held)
                instance.Held--;
            activitiesKnown.Remove(activity);
            written.Add(committer.Enqueue(new ResultCommit(
                activity, instance.Key, inbound.Message.OrchestrationInstance?.ExecutionId, inbound.Message.Event)));
        }
        inbox.Clear();
        return written;
    }

    async Task CommitAsync(LiveInstance instance, List<Inbound> taken, CommitItem commit)
    {
        try
        {
            await committer.Enqueue(commit);
        }
        catch (Exception exception) when (Database.IsAboutData(exception))
        {
            await committer.Enqueue(Failed(instance, taken, Failures.CannotStore(exception.Message)));
            throw new SessionAbortedException(exception.Message, exception);
        }
        catch (InstanceGoneException exception)
        {
            lock (Lock)
                Forget(instance, cache: false);
            throw new SessionAbortedException(exception.Message, exception);
        }
        catch (LeaseLostException exception)
        {
            throw new SessionAbortedException(exception.Message, exception);
        }
    }

    /// <summary>The end of an instance that its orchestrator has no say in.</summary>
    EpisodeCommit Failed(LiveInstance instance, List<Inbound> taken, FailureDetails failure)
    {
        List<HistoryEvent> events = [new OrchestratorStartedEvent(-1)];
        if (!instance.Events.OfType<ExecutionStartedEvent>().Any())
            events.AddRange(taken.Select(inbound => inbound.Message.Event).OfType<ExecutionStartedEvent>().Take(1));
        events.Add(new ExecutionCompletedEvent(-1, failure.ErrorMessage, OrchestrationStatus.Failed, failure));
        events.Add(new OrchestratorCompletedEvent(-1));
        var start = events.Concat(instance.Events).OfType<ExecutionStartedEvent>().FirstOrDefault();
        var state = new OrchestrationState
        {
            OrchestrationInstance = new() { InstanceId = instance.InstanceId, ExecutionId = instance.ExecutionId },
            Name = instance.Name,
            Version = start?.Version,
            Input = start?.Input,
            Tags = start?.Tags,
            ParentInstance = instance.Parent,
            OrchestrationStatus = OrchestrationStatus.Failed,
            Output = failure.ToString(),
            FailureDetails = failure,
            CreatedTime = start?.Timestamp ?? DateTime.UtcNow,
            CompletedTime = DateTime.UtcNow,
            LastUpdatedTime = DateTime.UtcNow,
        };
        List<TaskMessage> messages = [];
        if (instance.Parent is { } parent
            && start?.Tags?.ContainsKey(OrchestrationTags.FireAndForget) != true)
        {
            messages.Add(new()
            {
                OrchestrationInstance = parent.OrchestrationInstance,
                Event = new SubOrchestrationInstanceFailedEvent(
                    -1, parent.TaskScheduleId, failure.ErrorMessage, null, failure),
            });
        }
        return new(instance, taken, state, instance.ExecutionId, events, replaces: false, inSession: false)
        {
            Messages = messages,
        };
    }

    async Task FailAsync(ActivityItem item, FailureDetails failure)
    {
        var scheduled = item.TaskMessage.Event.EventId;
        await committer.Enqueue(new ResultCommit(
            item.RowId, item.InstanceKey, item.TaskMessage.OrchestrationInstance.ExecutionId,
            new TaskFailedEvent(-1, scheduled, failure.ErrorMessage, null, failure)));
    }

    void Ended(ActivityItem item, bool forget)
    {
        Interlocked.Decrement(ref activitiesHeld);
        if (item.Deaths >= 2)
            Interlocked.Decrement(ref suspectActivities);
        if (forget)
        {
            lock (Lock)
                activitiesKnown.Remove(item.RowId);
        }
        if ((full && Volatile.Read(ref activitiesHeld) <= EnoughActivities) || item.Deaths >= 2)
            Wake();
    }

    static TimeSpan Backoff(int abandoned) =>
        TimeSpan.FromMilliseconds(Math.Min(50 * Math.Pow(2, Math.Min(abandoned, 20)), 30_000));

    void WakeAfter(TimeSpan delay) =>
        _ = Task.Delay(delay + TimeSpan.FromMilliseconds(1), ended.Token).ContinueWith(
            static (_, worker) => ((Worker)worker!).Wake(), this, CancellationToken.None,
            TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
}
