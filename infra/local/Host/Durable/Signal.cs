namespace Assay.Local;

/// <summary>What there may be to find in the database.</summary>
[Flags]
internal enum Work
{
    None = 0,
    Instances = 1,
    Messages = 2,
    Activities = 4,
    All = Instances | Messages | Activities,
}

/// <summary>Wakes the one that looks for work; what is raised before it waits is kept.</summary>
internal sealed class Signal
{
    readonly object gate = new();
    TaskCompletionSource raised = New();
    Work work;

    public void Raise(Work more)
    {
        if (more == Work.None)
            return;
        lock (gate)
        {
            work |= more;
            raised.TrySetResult();
        }
    }

    /// <summary>What was raised, or everything when nothing was for so long.</summary>
    public async Task<Work> WaitAsync(TimeSpan limit, CancellationToken cancellation)
    {
        Task wait;
        lock (gate)
            wait = raised.Task;
        try
        {
            await wait.WaitAsync(limit, cancellation);
        }
        catch (TimeoutException)
        {
            return Work.All;
        }
        lock (gate)
        {
            var taken = work;
            work = Work.None;
            raised = New();
            return taken;
        }
    }

    static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
