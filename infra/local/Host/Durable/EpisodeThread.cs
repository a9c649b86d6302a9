namespace Assay.Local;

/// <summary>
/// The one thread at a time on which an orchestrator's code runs. Whatever continues the code from elsewhere came from
/// a task that is not the context's: it is not run but reported, because a replay could not repeat it.
/// </summary>
internal sealed class EpisodeThread(Action foreign) : SynchronizationContext
{
    readonly object gate = new();
    readonly Queue<(SendOrPostCallback Callback, object? State)> queue = new();
    int thread;
    bool closed;

    public bool IsCurrent => Volatile.Read(ref thread) == Environment.CurrentManagedThreadId;

    /// <summary>Whether something tried to continue the code from another thread.</summary>
    public bool ForeignSeen { get; private set; }

    public override SynchronizationContext CreateCopy() => this;

    public override void Send(SendOrPostCallback callback, object? state)
    {
        if (!IsCurrent)
            throw new InvalidOperationException(ForeignTaskException.Explanation);
        callback(state);
    }

    public override void Post(SendOrPostCallback callback, object? state)
    {
        bool report;
        lock (gate)
        {
            if (closed)
                return;
            if (IsCurrent)
            {
                queue.Enqueue((callback, state));
                return;
            }
            report = !ForeignSeen && thread == 0;
            ForeignSeen = true;
            Monitor.PulseAll(gate);
        }
        if (report)
            foreign();
    }

    /// <summary>Runs code and all that follows from it on the calling thread.</summary>
    public void Run(Action action)
    {
        var before = Current;
        SetSynchronizationContext(this);
        Volatile.Write(ref thread, Environment.CurrentManagedThreadId);
        try
        {
            action();
            Drain();
        }
        finally
        {
            Volatile.Write(ref thread, 0);
            SetSynchronizationContext(before);
        }
    }

    /// <summary>Runs what the code left to be continued, until nothing is left. On the episode's thread only.</summary>
    public void Drain()
    {
        while (TryTake(out var next))
            next.Callback(next.State);
    }

    /// <summary>
    /// Waits a moment for code that went elsewhere: true when the task ended there, false when it continues through
    /// this context or not at all.
    /// </summary>
    public bool WaitForEnd(Task task, TimeSpan limit)
    {
        task.ContinueWith(
            _ =>
            {
                lock (gate)
                    Monitor.PulseAll(gate);
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        var deadline = Environment.TickCount64 + (long)limit.TotalMilliseconds;
        lock (gate)
        {
            while (!task.IsCompleted && !ForeignSeen && deadline - Environment.TickCount64 is > 0 and var left)
                Monitor.Wait(gate, (int)left);
        }
        return task.IsCompleted;
    }

    /// <summary>Whatever still comes is of no interest: the instance ended or left this process.</summary>
    public void Close()
    {
        lock (gate)
        {
            closed = true;
            queue.Clear();
        }
    }

    bool TryTake(out (SendOrPostCallback Callback, object? State) next)
    {
        lock (gate)
            return queue.TryDequeue(out next);
    }
}

/// <summary>The orchestrator awaits something that the engine cannot bring.</summary>
internal sealed class ForeignTaskException() : InvalidOperationException(Explanation)
{
    public const string Explanation =
        "The orchestrator awaited a task that is not from its TaskOrchestrationContext (such as Task.Delay, " +
        "Task.Run, I/O, or any await with ConfigureAwait(false)). Such work belongs in an activity, and delays in " +
        "context.CreateTimer.";
}
