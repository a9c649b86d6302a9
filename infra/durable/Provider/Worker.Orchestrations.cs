using DurableTask.Core;

namespace Assay.DurableTask.PostgreSql;

/// <summary>Orchestrators being run.</summary>
internal sealed partial class Worker
{
    /// <summary>How many new instances it may own. With others there, they are to get their share.</summary>
    public int RoomForStarts()
    {
        lock (Lock)
        {
            return IsEnded || stopping.IsCancellationRequested
                ? 0
                : Math.Max(0, (notifications.HasPeers ? 1 : 2) * settings.MaxConcurrentOrchestrations - Busy());
        }
    }

    /// <summary>Takes on instances that were started in this process and are its own from the beginning.</summary>
    public void Adopt(List<(LiveInstance Instance, Inbound Start)> started)
    {
        lock (Lock)
        {
            // Otherwise whoever takes over finds them in the database.
            if (IsEnded || stopping.IsCancellationRequested)
                return;
            foreach (var (instance, start) in started)
            {
                if (!live.TryAdd(instance.Key, instance))
                    continue;
                messagesKnown.Add(start.MessageId!.Value);
                adoptedMeanwhile.Add(start.MessageId.Value);
                Tell(instance, start);
            }
        }
    }

    /// <summary>Whether starts that were to be this worker's have been written is not known.</summary>
    public void StartsLost()
    {
        Interlocked.Exchange(ref startsLost, 1);
        Wake();
    }

    int Busy() => live.Values.Count(instance => instance.State != LiveState.Idle);

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
        else if (Failures.EntityOf(messages) is { } entity)
        {
            commit = Failed(instance, item.Taken, Failures.NoEntities(entity));
        }
        else
        {
            var replaces = !ReferenceEquals(state, item.HandedOut);
            commit = new EpisodeCommit(
                instance, item.Taken, orchestration, state.OrchestrationInstance!.ExecutionId,
                replaces ? state.Events : state.NewEvents, replaces,
                item.Session is not null && item.IsExtendedSession && !stopping.IsCancellationRequested)
            {
                TakenAt = replaces ? null : item.TakenAt,
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
}
