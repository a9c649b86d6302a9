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
internal sealed class Worker
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
    readonly HistoryCache cache = new();
    readonly Channel<LiveInstance> ready;
    readonly Channel<ActivityItem> activities;
    long activitiesMade;
    int activitiesHeld;
    int suspectActivities;
    bool answerLost;
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

    public void Wake() => signal.Raise();

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

    // Orchestrations

    /// <summary>What the orchestrator of an instance is to be told; null if it is not this worker's any more.</summary>
    public OrchestrationItem? Begin(LiveInstance instance)
    {
        var item = new OrchestrationItem(instance)
        {
            InstanceId = instance.InstanceId,
            LockedUntilUtc = DateTime.MaxValue,
            Session = settings.ExtendedSessions ? new Session(this) : null,
        };
        lock (Lock)
        {
            if (IsEnded || stopping.IsCancellationRequested || instance.State != LiveState.Ready || !IsMine(instance))
                return null;
            if (instance.Inbox.Count == 0)
            {
                instance.State = LiveState.Idle;
                return null;
            }
            instance.State = LiveState.Running;
            Take(item);
        }
        // Nobody else adds to the history of an instance that runs.
        item.HandedOut = item.OrchestrationRuntimeState = new(instance.Events);
        return item;
    }

    public async Task CompleteAsync(
        OrchestrationItem item, OrchestrationRuntimeState state, IList<TaskMessage> outbound,
        IList<TaskMessage> messages, IList<TaskMessage> timers, OrchestrationState? orchestration)
    {
        var instance = item.Live;
        CommitItem commit;
        if (orchestration is null || state.ExecutionStartedEvent is null)
        {
            commit = new DiscardCommit(instance, item.Taken);
        }
        else if (messages.FirstOrDefault(message => Failures.IsEntity(message.OrchestrationInstance?.InstanceId)) is { } entity)
        {
            commit = Failed(instance, item.Taken, Failures.NoEntities(entity.OrchestrationInstance.InstanceId));
        }
        else
        {
            var replaces = !ReferenceEquals(state, item.HandedOut);
            commit = new EpisodeCommit(
                instance, item.Taken, orchestration, state.OrchestrationInstance!.ExecutionId,
                replaces ? state.Events : state.NewEvents, replaces,
                item.Session is not null && item.IsExtendedSession && !stopping.IsCancellationRequested)
            {
                Activities = outbound.AsReadOnly(),
                Timers = timers.AsReadOnly(),
                Messages = messages.AsReadOnly(),
            };
        }
        item.HandedOut = state;
        await CommitAsync(instance, item.Taken, commit);
        item.Taken = [];
    }

    /// <summary>After an exception: what it was told is told again, after a while, to whoever takes it up.</summary>
    public async Task AbandonAsync(OrchestrationItem item)
    {
        List<Task> written;
        var delay = Backoff(item.Live.Abandoned);
        lock (Lock)
        {
            if (IsEnded || !IsMine(item.Live))
                return;
            written = WriteDown(item.Live, [.. item.Taken, .. item.Live.Inbox]);
            item.Live.Inbox.Clear();
            item.Taken = [];
            item.IsSettled = true;
            written.Add(committer.Enqueue(new ReleaseCommit(item.Live, !stopping.IsCancellationRequested, delay)));
        }
        await Task.WhenAll(written).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Settle(item.Live);
        WakeAfter(delay);
    }

    public void Release(OrchestrationItem item)
    {
        var instance = item.Live;
        lock (Lock)
        {
            if (item.IsSettled)
                return;
            item.IsSettled = true;
            if (!IsMine(instance))
                return;
            instance.Inbox.InsertRange(0, item.Taken);
            instance.State = LiveState.Idle;
            instance.IdleSince = Environment.TickCount64;
            if (stopping.IsCancellationRequested)
                WriteDown(instance, instance.Inbox);
            else if (instance.Inbox.Count > 0)
                MakeReady(instance);
            else if (instance.Held == 0)
                GiveUp(instance);
        }
        if (full)
            Wake();
    }

    // Activities

    public bool TryReserve()
    {
        // Alone, it may as well hold what would wait for it in the database.
        var limit = notifications.HasPeers
            ? settings.MaxConcurrentActivities : 4 * settings.MaxConcurrentActivities + 1_000;
        if (Interlocked.Increment(ref activitiesHeld) <= limit && !stopping.IsCancellationRequested)
            return true;
        Interlocked.Decrement(ref activitiesHeld);
        return false;
    }

    public void GiveBackReservations(int count) => Interlocked.Add(ref activitiesHeld, -count);

    /// <summary>For an activity that has its reservation.</summary>
    public void Start(ActivityItem item)
    {
        lock (Lock)
            activitiesKnown.Add(item.RowId);
        activities.Writer.TryWrite(item);
    }

    /// <summary>Not after another worker has taken over, or while this one stops.</summary>
    public bool CanBegin(ActivityItem item)
    {
        lock (Lock)
            return !IsEnded && !stopping.IsCancellationRequested && activitiesKnown.Contains(item.RowId);
    }

    public async Task CompleteAsync(ActivityItem item, TaskMessage result)
    {
        Task? committed = null;
        lock (Lock)
        {
            if (IsEnded || !activitiesKnown.Contains(item.RowId))
                throw new SessionAbortedException("Another worker has taken over this activity.");
            if (live.TryGetValue(item.InstanceKey, out var instance) && !stopping.IsCancellationRequested)
                Tell(instance, new(result, null, item.RowId, item.Owner == instance));
            else
                committed = committer.Enqueue(new ResultCommit(
                    item.RowId, item.InstanceKey, result.OrchestrationInstance?.ExecutionId, result.Event));
        }
        try
        {
            if (committed is not null)
                await committed;
        }
        catch (Exception exception) when (Database.IsAboutData(exception))
        {
            await FailAsync(item, Failures.CannotStore(exception.Message));
        }
        catch (LeaseLostException exception)
        {
            throw new SessionAbortedException(exception.Message, exception);
        }
        finally
        {
            Ended(item, forget: committed is not null);
        }
    }

    public async Task AbandonAsync(ActivityItem item)
    {
        lock (Lock)
        {
            if (IsEnded || !activitiesKnown.Contains(item.RowId))
                return;
            if (live.TryGetValue(item.InstanceKey, out var instance) && item.Owner == instance)
                instance.Held--;
        }
        var delay = Backoff(item.Abandoned);
        await committer.Enqueue(new ActivityAbandonCommit(item.RowId, delay))
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Ended(item, forget: true);
        WakeAfter(delay);
    }

    // What the committer tells, under the lock

    public void Consumed(List<Inbound> taken)
    {
        foreach (var inbound in taken)
        {
            if (inbound.MessageId is { } message)
                messagesKnown.Remove(message);
            if (inbound.ActivityId is { } activity)
                activitiesKnown.Remove(activity);
        }
    }

    public void Forget(LiveInstance instance, bool cache)
    {
        if (!IsMine(instance))
            return;
        live.Remove(instance.Key);
        Consumed(instance.Inbox);
        if (instance.Inbox.Count > 0)
            droppedMeanwhile.Add(instance.Key);
        instance.Inbox.Clear();
        if (cache)
            this.cache.Add(instance);
    }

    /// <summary>A commit gave the instance up, unless a poll has claimed it again before this worker knew of that.</summary>
    public void GaveUp(LiveInstance instance)
    {
        if (!IsMine(instance))
            return;
        if (instance.Reclaimed)
        {
            instance.Reclaimed = false;
            if (instance.State == LiveState.Idle && instance.Inbox.Count > 0)
                MakeReady(instance);
            return;
        }
        WriteDown(instance, instance.Inbox);
        Forget(instance, cache: true);
    }

    public void Published(OrchestrationState state)
    {
        if (InstanceStatus.IsEnd(state.OrchestrationStatus))
            waiters.Ended(state);
    }

    public void Committed(CommitBatch batch)
    {
        if (batch.HasWork)
            Wake();
    }

    // Within

    bool IsMine(LiveInstance instance) => live.TryGetValue(instance.Key, out var mine) && mine == instance;

    string? NotificationOf(CommitBatch batch) => notifications.HasPeers && (batch.HasWork || batch.Ended.Count > 0)
        ? notifications.Payload(batch.HasWork, batch.Ended) : null;

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
        if (full || item.Deaths >= 2)
            Wake();
    }

    static TimeSpan Backoff(int abandoned) =>
        TimeSpan.FromMilliseconds(Math.Min(50 * Math.Pow(2, Math.Min(abandoned, 20)), 30_000));

    void WakeAfter(TimeSpan delay) =>
        _ = Task.Delay(delay + TimeSpan.FromMilliseconds(1), ended.Token).ContinueWith(
            static (_, worker) => ((Worker)worker!).Wake(), this, CancellationToken.None,
            TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);

    // Looking for work

    async Task PollAsync(CancellationToken cancellation)
    {
        while (!stopping.IsCancellationRequested)
        {
            var wait = await database.RetryAsync(PollOnceAsync, cancellation);
            await signal.WaitAsync(wait, cancellation);
        }
        await Task.Delay(Timeout.Infinite, cancellation);
    }

    /// <summary>Returns when to look again.</summary>
    async Task<TimeSpan> PollOnceAsync(CancellationToken cancellation)
    {
        if (answerLost)
            await committer.Enqueue(new PauseCommit(RecoverAsync)).WaitAsync(cancellation);
        long[] known;
        Room room;
        lock (Lock)
        {
            known = [.. messagesKnown];
            droppedMeanwhile.Clear();
            var busy = live.Values.Count(instance => instance.State != LiveState.Idle);
            room = new(
                Math.Max(0, 2 * settings.MaxConcurrentOrchestrations - busy),
                Math.Max(0, settings.MaxConcurrentActivities + 10 - Volatile.Read(ref activitiesHeld)),
                Suspect: !live.Values.Any(instance => instance.Deaths >= 2) && suspectActivities == 0);
        }
        answerLost = true;
        var found = await poller.PollAsync(room, known, cancellation);
        await TakeAsync(found, cancellation);
        answerLost = false;
        full = found.Instances.Count >= room.Instances || found.Activities.Count >= room.Activities;
        if (found.Messages.Count >= Poller.MessagesMax
            || found.Instances.Count >= Math.Max(room.Instances, 1))
        {
            return TimeSpan.Zero;
        }
        var interval = notifications.AreHeard ? settings.PollInterval : settings.PollIntervalWithoutNotifications;
        return found.Next < interval ? found.Next + TimeSpan.FromMilliseconds(0.5) : interval;
    }

    async Task TakeAsync(Found found, CancellationToken cancellation)
    {
        Dictionary<long, (List<HistoryEvent> Events, string? Problem)> histories = [];
        lock (Lock)
        {
            foreach (var claimed in found.Instances)
            {
                if (claimed.Episodes == 0)
                    histories[claimed.Key] = ([], null);
                else if (!live.ContainsKey(claimed.Key) && cache.Take(claimed) is { } events)
                    histories[claimed.Key] = (events, null);
            }
        }
        var unread = found.Instances.Select(claimed => claimed.Key)
            .Where(key => !histories.ContainsKey(key)).ToArray();
        if (unread.Length > 0)
        {
            foreach (var (key, history) in await poller.ReadAsync(unread, cancellation))
                histories[key] = history;
        }
        List<(LiveInstance Instance, FailureDetails Failure)> poison = [];
        lock (Lock)
        {
            found.Instances.ForEach(claimed => Claimed(claimed, histories));
            found.Messages.ForEach(Told);
            foreach (var key in found.Instances.Select(claimed => claimed.Key)
                .Concat(found.Messages.Select(message => message.Key)).Distinct())
            {
                if (live.TryGetValue(key, out var instance) && instance.State != LiveState.Running
                    && PoisonOf(instance) is { } failure)
                {
                    instance.State = LiveState.Running;
                    poison.Add((instance, failure));
                }
            }
        }
        poison.ForEach(poisoned => _ = FailPoisonAsync(poisoned.Instance, poisoned.Failure));
        found.Activities.ForEach(Claimed);
    }

    void Claimed(Claimed claimed, Dictionary<long, (List<HistoryEvent> Events, string? Problem)> histories)
    {
        if (live.TryGetValue(claimed.Key, out var known))
        {
            (known.Reclaimed, known.Deaths, known.Abandoned) = (true, claimed.Deaths, claimed.Abandoned);
            return;
        }
        var (events, problem) = histories.TryGetValue(claimed.Key, out var history) ? history : ([], null);
        live[claimed.Key] = new(this, claimed.Key, claimed.InstanceId, claimed.ExecutionId)
        {
            Name = claimed.Name,
            Parent = EventJson.ReadValue<ParentInstance>(claimed.Parent),
            Episodes = claimed.Episodes,
            Deaths = claimed.Deaths,
            Abandoned = claimed.Abandoned,
            Events = events,
            Unreadable = problem,
        };
    }

    void Told(Told told)
    {
        // What was dropped since the poll began came before this: the next poll finds both, in their order.
        if (droppedMeanwhile.Contains(told.Key))
        {
            Wake();
            return;
        }
        if (!live.TryGetValue(told.Key, out var instance) || !messagesKnown.Add(told.Id))
            return;
        HistoryEvent happened;
        try
        {
            happened = EventJson.Read(told.Event);
        }
        catch (Exception exception) when (exception is InvalidDataException or Newtonsoft.Json.JsonException)
        {
            instance.Unreadable = exception.Message;
            return;
        }
        var message = new TaskMessage
        {
            Event = happened,
            SequenceNumber = told.Id,
            OrchestrationInstance = new() { InstanceId = instance.InstanceId, ExecutionId = told.ExecutionId },
        };
        Tell(instance, new(message, told.Id, null, Held: false));
    }

    FailureDetails? PoisonOf(LiveInstance instance) =>
        instance.Unreadable is { } problem ? Failures.CannotRead(problem)
        : instance.Deaths >= settings.MaxDeaths ? Failures.Died("The orchestration", instance.Deaths)
        : instance.Abandoned >= settings.MaxAbandons ? Failures.Abandoned("The orchestration", instance.Abandoned)
        : null;

    async Task FailPoisonAsync(LiveInstance instance, FailureDetails failure)
    {
        List<Inbound> taken;
        lock (Lock)
        {
            taken = [.. instance.Inbox];
            instance.Inbox.Clear();
        }
        logger.LogError("Orchestration {InstanceId} fails: {Reason}", instance.InstanceId, failure.ErrorMessage);
        await committer.Enqueue(Failed(instance, taken, failure))
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    void Claimed(ClaimedActivity claimed)
    {
        HistoryEvent asked;
        OrchestrationExecutionContext? context;
        try
        {
            asked = EventJson.Read(claimed.Event);
            context = EventJson.ReadValue<OrchestrationExecutionContext>(claimed.Context);
        }
        catch (Exception exception) when (exception is InvalidDataException or Newtonsoft.Json.JsonException)
        {
            logger.LogError(exception, "Activity {Id} of {InstanceId} cannot be read.", claimed.Id, claimed.InstanceId);
            return;
        }
        var item = new ActivityItem(this, claimed.Id, claimed.InstanceKey, owner: null)
        {
            Id = ActivityName(claimed.Id),
            LockedUntilUtc = DateTime.MaxValue,
            Deaths = claimed.Deaths,
            Abandoned = claimed.Abandoned,
            TaskMessage = new()
            {
                Event = asked,
                OrchestrationInstance = new() { InstanceId = claimed.InstanceId, ExecutionId = claimed.ExecutionId },
                OrchestrationExecutionContext = context,
            },
        };
        lock (Lock)
            activitiesKnown.Add(item.RowId);
        Interlocked.Increment(ref activitiesHeld);
        if (item.Deaths >= 2)
            Interlocked.Increment(ref suspectActivities);
        var failure =
            claimed.Deaths >= settings.MaxDeaths ? Failures.Died("The activity", claimed.Deaths)
            : claimed.Abandoned >= settings.MaxAbandons ? Failures.Abandoned("The activity", claimed.Abandoned)
            : null;
        if (failure is null)
        {
            activities.Writer.TryWrite(item);
            return;
        }
        logger.LogError(
            "An activity of orchestration {InstanceId} fails: {Reason}", claimed.InstanceId, failure.ErrorMessage);
        _ = FailPoisonAsync(item, failure);
    }

    async Task FailPoisonAsync(ActivityItem item, FailureDetails failure)
    {
        await FailAsync(item, failure).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Ended(item, forget: true);
    }

    async Task RecoverAsync(CancellationToken cancellation)
    {
        long[] instances, known;
        lock (Lock)
        {
            instances = [.. live.Keys];
            known = [.. activitiesKnown];
        }
        await poller.ForgetAsync(instances, known, cancellation);
    }

    /// <summary>An instance that was claimed for a message that is gone, for one.</summary>
    async Task ReleaseIdleAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(IdleReleaseMilliseconds / 2));
        while (await timer.WaitForNextTickAsync(cancellation))
        {
            lock (Lock)
            {
                var since = Environment.TickCount64 - IdleReleaseMilliseconds;
                foreach (var instance in live.Values.ToList())
                {
                    if (instance is { State: LiveState.Idle, Held: 0, Inbox.Count: 0 } && instance.IdleSince < since)
                        GiveUp(instance);
                }
            }
        }
    }

    /// <summary>Keeps an orchestrator in memory for as long as there is something for it to do soon.</summary>
    sealed class Session(Worker worker) : IOrchestrationSession
    {
        public async Task<IList<TaskMessage>?> FetchNewOrchestrationMessagesAsync(TaskOrchestrationWorkItem workItem)
        {
            var item = (OrchestrationItem)workItem;
            Task told;
            lock (worker.Lock)
            {
                if (TryTake(item, out var messages))
                    return messages;
                item.Live.SessionWaits = new(TaskCreationOptions.RunContinuationsAsynchronously);
                told = item.Live.SessionWaits.Task;
            }
            await told.WaitAsync(worker.settings.ExtendedSessionIdleTimeout)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            lock (worker.Lock)
            {
                item.Live.SessionWaits = null;
                return TryTake(item, out var messages) ? messages : null;
            }
        }

        public Task EndSessionAsync() => Task.CompletedTask;

        /// <summary>False and null: the session ends.</summary>
        bool TryTake(OrchestrationItem item, out IList<TaskMessage>? messages)
        {
            messages = null;
            if (worker.IsEnded || worker.stopping.IsCancellationRequested || !worker.IsMine(item.Live))
                return true;
            if (item.Live.Inbox.Count == 0)
                return false;
            Take(item);
            messages = item.NewMessages;
            return true;
        }
    }
}
