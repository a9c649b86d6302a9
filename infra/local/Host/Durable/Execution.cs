using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;

namespace Assay.Local;

/// <summary>
/// One generation of an instance in memory: its code, stopped at an await, and what it waits for. Used by one thread at
/// a time. An episode feeds it what arrived and runs it until it waits again.
/// </summary>
internal sealed class Execution
{
    // Code that ran off the thread gets this long to end by itself before it counts as waiting for a foreign task.
    static readonly TimeSpan foreignLimit = TimeSpan.FromSeconds(1);

    readonly InstanceRow instance;
    readonly OrchestratorInvoker? invoke;
    readonly DataConverter converter;
    readonly Steps steps;
    readonly ExternalEvents events = new();
    readonly EpisodeThread thread;
    readonly OrchestrationContext context;
    readonly List<HistoryEntry> heldBack = [];
    Task<object?>? code;
    HistoryEntry? termination;
    bool suspended;
    string storedStatus;
    string? storedCustomStatus;

    /// <param name="foreign">Called when code was continued from elsewhere while no episode ran.</param>
    public Execution(
        InstanceRow instance, OrchestratorInvoker? invoke, DataConverter converter, ILoggerFactory loggers,
        Action foreign)
    {
        this.instance = instance;
        this.invoke = invoke;
        this.converter = converter;
        storedStatus = instance.Status;
        storedCustomStatus = instance.CustomStatus;
        steps = new(instance.FirstStep);
        thread = new(foreign);
        context = new(instance, steps, events, thread, converter, loggers);
    }

    /// <summary>Number of history entries so far.</summary>
    public int Sequence { get; private set; }

    bool CodeEnded => code is { IsCompleted: true };

    /// <summary>Brings the code on by a page of its history.</summary>
    /// <exception cref="NonDeterministicException">The code does not follow its history.</exception>
    public void Replay(IReadOnlyList<HistoryEntry> page)
    {
        steps.Replaying = true;
        thread.Run(() =>
        {
            foreach (var entry in page)
            {
                Sequence++;
                if (Kind.IsAsked(entry.Kind))
                    steps.Confirm(entry, CodeEnded);
                else
                    Apply(entry);
            }
        });
    }

    /// <summary>The code is where its history ends; what it does from here on is new.</summary>
    /// <exception cref="NonDeterministicException">The code came further than its history.</exception>
    public void EndReplay()
    {
        steps.ConfirmEnd();
        steps.Replaying = false;
    }

    /// <summary>Runs the code with what arrived.</summary>
    /// <param name="now">The orchestrator's clock during the episode, unless it would go backwards.</param>
    public Episode Run(IReadOnlyList<Inbound> arrived, DateTime now)
    {
        now = arrived.Aggregate(
            Later(now, context.CurrentUtcDateTime), (time, inbound) => Later(time, inbound.At ?? time));
        var episode = new Episode { At = now, FirstSequence = Sequence, Status = InstanceStatus.Running };
        foreach (var inbound in arrived)
            episode.Consume(inbound);
        try
        {
            thread.Run(() => Feed(arrived, now, episode));
            WatchForForeignTask();
            episode.History.AddRange(steps.TakeAsked());
            Conclude(episode);
        }
        catch (ForeignTaskException foreign)
        {
            episode.Fail(FailureJson.Write(foreign));
        }
        episode.CustomStatus = context.CustomStatus;
        episode.Changed = episode.Status != storedStatus || episode.CustomStatus != storedCustomStatus;
        (storedStatus, storedCustomStatus) = (episode.Status, episode.CustomStatus);
        episode.RecordEnd();
        Sequence += episode.History.Count;
        return episode;
    }

    /// <summary>Nothing more will be run; late continuations are ignored.</summary>
    public void Close() => thread.Close();

    static DateTime Later(DateTime one, DateTime other) => one > other ? one : other;

    void Feed(IReadOnlyList<Inbound> arrived, DateTime now, Episode episode)
    {
        var terminated = arrived.FirstOrDefault(inbound => inbound.Kind == Kind.Terminated);
        if (code is null && terminated is not null)
        {
            // Terminated before it began: its code never runs.
            Record(new(Kind.Terminated, Step: null, now, terminated.Name, Payload: terminated.Payload), episode);
            return;
        }
        if (code is null)
            Record(new(Kind.Started, Step: null, now, instance.Name, Payload: instance.Input), episode);

        foreach (var inbound in arrived)
        {
            if (Matters(inbound))
            {
                if (inbound.Kind == Kind.TimerFired)
                    episode.TimersFired.Add(steps.Open(inbound.Step!.Value));
                Record(
                    new(inbound.Kind, inbound.Step, now, inbound.Name,
                        Payload: inbound.Payload, Failure: inbound.Failure),
                    episode);
            }
        }
    }

    /// <summary>What matters to nobody any more is consumed without a trace.</summary>
    bool Matters(Inbound inbound)
    {
        if (termination is not null)
            return false;
        // When the code has ended, only events matter, and only to a next generation.
        if (CodeEnded)
            return context.Continuation is not null && inbound.Kind == Kind.EventRaised;
        return !Kind.IsAnswer(inbound.Kind) || steps.IsOpen(inbound.Step!.Value);
    }

    void Record(HistoryEntry entry, Episode episode)
    {
        // Steps stand in the history after the entry that led to them, as a replay comes to them.
        episode.History.AddRange(steps.TakeAsked());
        episode.History.Add(entry);
        Apply(entry);
    }

    void Apply(HistoryEntry entry)
    {
        context.SetTime(entry.At);
        if (suspended && entry.Kind is not (Kind.Resumed or Kind.Suspended or Kind.Terminated))
        {
            heldBack.Add(entry);
            return;
        }
        switch (entry.Kind)
        {
            case Kind.Started:
                code = Start();
                break;
            case Kind.ActivityCompleted or Kind.ChildCompleted or Kind.TimerFired:
                steps.TakeOpen(entry.Step!.Value)?.Answer.TrySetResult(entry.Payload);
                break;
            case Kind.ActivityFailed or Kind.ChildFailed:
                steps.TakeOpen(entry.Step!.Value)?.Answer.TrySetException(new StepFailedException(entry.Failure!));
                break;
            case Kind.EventRaised:
                events.Raise(entry.Name!, entry.Payload);
                break;
            case Kind.Suspended:
                suspended = true;
                break;
            case Kind.Resumed:
                Resume(entry.At);
                break;
            case Kind.Terminated:
                termination = entry;
                break;
            case Kind.Ended or Kind.Rewound:
                break;
            default:
                throw new InvalidOperationException(
                    $"There is an entry of kind '{entry.Kind}', which this version of the engine does not know.");
        }
        thread.Drain();
    }

    void Resume(DateTime at)
    {
        suspended = false;
        HistoryEntry[] held = [.. heldBack];
        heldBack.Clear();
        foreach (var entry in held)
            Apply(entry with { At = at });
    }

    async Task<object?> Start()
    {
        if (invoke is null)
        {
            throw new InvalidOperationException(
                $"The function '{instance.Name}' doesn't exist, is disabled, or is not an orchestrator function.");
        }
        return await invoke(context);
    }

    /// <summary>The code must now have ended, or wait for something that the engine will bring.</summary>
    void WatchForForeignTask()
    {
        var waits = CodeEnded || suspended || termination is not null || steps.AnyOpen || events.HasWaiters;
        if (thread.ForeignSeen || (!waits && !thread.WaitForEnd(code!, foreignLimit)))
            throw new ForeignTaskException();
    }

    void Conclude(Episode episode)
    {
        if (termination is not null)
        {
            episode.Status = InstanceStatus.Terminated;
            episode.Output = termination.Payload;
            episode.TerminateChildren = termination.Name == Termination.Recursive;
        }
        else if (CodeEnded)
        {
            ConcludeCode(episode);
        }
        else
        {
            episode.Status = suspended ? InstanceStatus.Suspended : InstanceStatus.Running;
            episode.CancelledTimers = context.TakeCancelledTimers();
        }
    }

    void ConcludeCode(Episode episode)
    {
        try
        {
            var result = code!.GetAwaiter().GetResult();
            if (context.Continuation is { } continuation)
            {
                episode.Next = new(
                    continuation.Input, continuation.Version, steps.Next,
                    continuation.KeepEvents ? [.. events.Kept] : []);
                return;
            }
            episode.Output = converter.Serialize(result);
            episode.Status = InstanceStatus.Completed;
        }
        // Whatever the orchestrator's code throws, or a result that cannot be serialized, is the instance's failure.
        catch (Exception exception)
        {
            episode.Fail(FailureJson.Write(exception));
        }
    }
}
