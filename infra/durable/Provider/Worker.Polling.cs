using DurableTask.Core;
using DurableTask.Core.History;
using Microsoft.Extensions.Logging;

namespace Assay.DurableTask.PostgreSql;

/// <summary>Looking for work.</summary>
internal sealed partial class Worker
{
    static readonly TimeSpan suspectInterval = TimeSpan.FromMilliseconds(500);

    long suspectsLooked = -10_000;

    async Task PollAsync(CancellationToken cancellation)
    {
        var work = Work.All;
        while (!stopping.IsCancellationRequested)
        {
            var wait = await database.RetryAsync(stop => PollOnceAsync(work, stop), cancellation);
            work = await signal.WaitAsync(wait, cancellation);
        }
        await Task.Delay(Timeout.Infinite, cancellation);
    }

    /// <summary>Returns when to look again.</summary>
    async Task<TimeSpan> PollOnceAsync(Work work, CancellationToken cancellation)
    {
        answerLost |= Interlocked.Exchange(ref startsLost, 0) == 1;
        if (answerLost)
            await committer.Enqueue(new PauseCommit(RecoverAsync)).WaitAsync(cancellation);
        long[] known;
        Room room;
        lock (Lock)
        {
            known = [.. messagesKnown];
            droppedMeanwhile.Clear();
            adoptedMeanwhile.Clear();
            room = new(
                Math.Max(0, 2 * settings.MaxConcurrentOrchestrations - Busy()),
                Math.Max(0, ActivitiesMax - Volatile.Read(ref activitiesHeld)),
                Suspect: LooksForSuspect());
        }
        answerLost = true;
        var found = await poller.PollAsync(room, work, known, cancellation);
        await TakeAsync(found, cancellation);
        answerLost = false;
        full = found.Instances.Count >= room.Instances || room.Activities == 0
            || found.Activities.Count >= room.Activities;
        if (found.Messages.Count >= Poller.MessagesMax
            || found.Instances.Count >= Math.Max(room.Instances, 1))
        {
            return TimeSpan.Zero;
        }
        if (found.Instances.Exists(claimed => claimed.Deaths >= 2))
            return suspectInterval;
        var interval = notifications.AreHeard ? settings.PollInterval : settings.PollIntervalWithoutNotifications;
        return found.Next < interval ? found.Next + TimeSpan.FromMilliseconds(0.5) : interval;
    }

    /// <summary>Now and then: there hardly ever is one.</summary>
    bool LooksForSuspect()
    {
        if (suspectActivities > 0 || Environment.TickCount64 - suspectsLooked < suspectInterval.TotalMilliseconds
            || live.Values.Any(instance => instance.Deaths >= 2))
        {
            return false;
        }
        suspectsLooked = Environment.TickCount64;
        return true;
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
        ParentInstance? parent = null;
        try
        {
            parent = EventJson.ReadValue<ParentInstance>(claimed.Parent);
        }
        catch (Newtonsoft.Json.JsonException exception)
        {
            problem ??= exception.Message;
        }
        live[claimed.Key] = new(this, claimed.Key, claimed.InstanceId, claimed.ExecutionId)
        {
            Name = claimed.Name,
            Parent = parent,
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
        if (!live.TryGetValue(told.Key, out var instance) || adoptedMeanwhile.Contains(told.Id)
            || !messagesKnown.Add(told.Id))
        {
            return;
        }
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
            // Which of its calls it was cannot be read either, so the orchestration ends.
            var reason = Failures.CannotRead(exception.Message).ErrorMessage;
            logger.LogError(
                "Orchestration {InstanceId} ends for one of its activities. {Reason}", claimed.InstanceId, reason);
            _ = committer.Enqueue(new ResultCommit(
                claimed.Id, claimed.InstanceKey, claimed.ExecutionId, new ExecutionTerminatedEvent(-1, reason)));
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
}
