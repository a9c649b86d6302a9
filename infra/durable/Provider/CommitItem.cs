using System.Diagnostics;
using DurableTask.Core;
using DurableTask.Core.History;

namespace Assay.DurableTask.PostgreSql;

/// <summary>One thing to commit; <see cref="Done"/> says when, or why not.</summary>
internal abstract class CommitItem
{
    readonly TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Done => done.Task;

    /// <summary>About how much it writes.</summary>
    public virtual long Characters => 200;

    public abstract void AddTo(CommitBatch batch);

    /// <summary>The transaction is through.</summary>
    public virtual void Committed()
    {
    }

    /// <summary>The transaction was rolled back; it may be added to another.</summary>
    public virtual void RolledBack()
    {
    }

    public void Complete() => done.TrySetResult();

    public void Fail(Exception exception)
    {
        done.TrySetException(exception);
        // Not everyone who commits something waits for it.
        _ = done.Task.Exception;
    }
}

/// <summary>What an episode of an instance came to.</summary>
internal sealed class EpisodeCommit : CommitItem
{
    readonly LiveInstance live;
    readonly List<Inbound> taken;
    readonly bool inSession;
    readonly List<(ActivityItem Item, bool Held)> activities = [];
    readonly List<HistoryEvent> events;
    readonly string written;
    bool keeps;

    public EpisodeCommit(
        LiveInstance live, List<Inbound> taken, OrchestrationState state, string executionId,
        IEnumerable<HistoryEvent> events, bool replaces, bool inSession)
    {
        this.live = live;
        this.taken = taken;
        this.inSession = inSession;
        this.events = [.. events];
        State = state;
        ExecutionId = executionId;
        Replaces = replaces;
        written = EventJson.Write(this.events);
        Failure = EventJson.WriteValue(state.FailureDetails);
        Characters = 500 + written.Length;
    }

    public OrchestrationState State { get; }

    public string ExecutionId { get; }

    public bool Replaces { get; }

    /// <summary>Just before the episode began, where that is known.</summary>
    public Moment? TakenAt { get; init; }

    public IReadOnlyList<TaskMessage> Activities { get; init; } = [];

    public IReadOnlyList<TaskMessage> Timers { get; init; } = [];

    public IReadOnlyList<TaskMessage> Messages { get; init; } = [];

    public string InstanceId => live.InstanceId;

    public OrchestrationStatus Status => State.OrchestrationStatus;

    public string? CustomStatus => State.Status;

    public string? Output => State.Output;

    public string? Input => State.Input;

    public string? Version => State.Version;

    public string? Failure { get; }

    public bool IsEnd => InstanceStatus.IsEnd(Status);

    public int EpisodesAfter => Replaces ? 1 : live.Episodes + 1;

    public override long Characters { get; }

    public override void AddTo(CommitBatch batch)
    {
        taken.ForEach(batch.Consume);
        batch.Append(live.Key, EpisodesAfter, written);
        if (!IsEnd)
        {
            foreach (var activity in Activities)
                AddActivity(batch, activity);
            foreach (var timer in Timers)
                AddTimer(batch, timer);
        }
        foreach (var message in Messages)
            AddMessage(batch, message);
        lock (live.Worker.Lock)
        {
            var held = activities.Count(activity => activity.Held) + live.Held - taken.Count(inbound => inbound.Held);
            keeps = !IsEnd && (inSession || held > 0 || live.Inbox.Count > 0);
        }
        batch.Change(live.Key, this, keeps);
    }

    public override void RolledBack()
    {
        live.Worker.GiveBackReservations(activities.Count(activity => activity.Held));
        activities.Clear();
    }

    public override void Committed()
    {
        var worker = live.Worker;
        lock (worker.Lock)
        {
            live.Held += activities.Count(activity => activity.Held) - taken.Count(inbound => inbound.Held);
            live.ExecutionId = ExecutionId;
            live.Episodes = EpisodesAfter;
            live.Deaths = 0;
            if (Replaces)
                live.Events = events;
            else
                live.Events.AddRange(events);
            worker.Consumed(taken);
            if (IsEnd)
                worker.Forget(live, cache: false);
            else if (!keeps)
                worker.GaveUp(live);
        }
        foreach (var (item, held) in activities)
        {
            if (held)
                worker.Start(item);
        }
        worker.Published(State);
    }

    void AddActivity(CommitBatch batch, TaskMessage message)
    {
        var held = live.Worker.TryReserve();
        var item = new ActivityItem(live.Worker, live.Worker.NextActivityId(), live.Key, held ? live : null)
        {
            TaskMessage = message,
            LockedUntilUtc = DateTime.MaxValue,
        };
        item.Id = Worker.ActivityName(item.RowId);
        activities.Add((item, held));
        batch.Add(item, held);
    }

    void AddTimer(CommitBatch batch, TaskMessage message)
    {
        // Of an execution that is over already: it continued as new within this episode.
        if (message.OrchestrationInstance?.ExecutionId is { } execution && execution != ExecutionId)
            return;
        var fireAt = ((TimerFiredEvent)message.Event).FireAt;
        var at = fireAt.Kind == DateTimeKind.Local ? fireAt.ToUniversalTime() : fireAt;
        var began = Began();
        batch.AddTimer(live.Key, ExecutionId, EventJson.Write(message.Event), began.Count, at - began.Clock);
    }

    /// <summary>What its orchestrator took for the present, whatever was done to the clock since.</summary>
    Moment Began()
    {
        var clock = events.OfType<OrchestratorStartedEvent>().FirstOrDefault()?.Timestamp ?? DateTime.UtcNow;
        if (TakenAt is not { } taken)
            return new(Stopwatch.GetTimestamp(), clock);
        // The clock may have been set between the two.
        var since = Math.Clamp((clock - taken.Clock).TotalSeconds, 0, 1);
        return new(taken.Count + (long)(since * Stopwatch.Frequency), clock);
    }

    void AddMessage(CommitBatch batch, TaskMessage message)
    {
        if (message.Event is ExecutionStartedEvent start)
        {
            batch.AddChild(start, live.InstanceId, FailureOfChild(start));
            return;
        }
        batch.AddMessage(
            message.OrchestrationInstance.InstanceId, message.OrchestrationInstance.ExecutionId, message.Event);
    }

    static string? FailureOfChild(ExecutionStartedEvent start)
    {
        if (start.ParentInstance is null
            || start.Tags?.TryGetValue(OrchestrationTags.FireAndForget, out _) == true)
        {
            return null;
        }
        var failure = Failures.AlreadyExists(start.OrchestrationInstance.InstanceId);
        return EventJson.Write(new SubOrchestrationInstanceFailedEvent(
            -1, start.ParentInstance.TaskScheduleId, failure.ErrorMessage, null, failure));
    }
}

/// <summary>Messages that lead to nothing: they go, and nothing is created.</summary>
internal sealed class DiscardCommit(LiveInstance live, List<Inbound> taken) : CommitItem
{
    public override void AddTo(CommitBatch batch)
    {
        batch.Owns(live.Key);
        taken.ForEach(batch.Consume);
    }

    public override void Committed()
    {
        lock (live.Worker.Lock)
        {
            live.Held -= taken.Count(inbound => inbound.Held);
            live.Worker.Consumed(taken);
        }
    }
}

/// <summary>The result of an activity whose instance this worker does not have.</summary>
internal sealed class ResultCommit(long activity, long instanceKey, string? executionId, HistoryEvent happened)
    : CommitItem
{
    readonly string written = EventJson.Write(happened);

    public override long Characters => 200 + written.Length;

    public override void AddTo(CommitBatch batch) => batch.AddResult(activity, instanceKey, executionId, written);
}

/// <summary>An activity that did not come to an end, for somebody to take up later.</summary>
internal sealed class ActivityAbandonCommit(long activity, TimeSpan delay) : CommitItem
{
    public override void AddTo(CommitBatch batch) => batch.GiveBack(activity, delay);
}

/// <summary>Lets go of an instance, for any worker to take it up when there is a message for it.</summary>
internal sealed class ReleaseCommit(LiveInstance live, bool abandoned, TimeSpan delay) : CommitItem
{
    public override void AddTo(CommitBatch batch) => batch.Release(live.Key, abandoned, delay);

    public override void Committed()
    {
        lock (live.Worker.Lock)
            live.Worker.GaveUp(live);
    }
}

/// <summary>Runs between two commits.</summary>
internal sealed class PauseCommit(Func<CancellationToken, Task> action) : CommitItem
{
    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            await action(cancellation);
            Complete();
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
    }

    public override void AddTo(CommitBatch batch)
    {
    }
}
