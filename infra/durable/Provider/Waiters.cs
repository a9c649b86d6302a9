using DurableTask.Core;

namespace Assay.DurableTask.PostgreSql;

/// <summary>Those in this process who wait for the end of an instance.</summary>
internal sealed class Waiters
{
    // Of no use after a while: then the database is asked.
    const int StartedMax = 10_000;

    readonly Dictionary<string, List<TaskCompletionSource<OrchestrationState?>>> waiting = [];
    readonly HashSet<string> started = [];

    /// <summary>Before its start is written.</summary>
    public void Started(string instanceId)
    {
        lock (waiting)
        {
            if (started.Count >= StartedMax)
                started.Clear();
            started.Add(instanceId);
        }
    }

    /// <summary>True once, if the instance was started here and has not been heard to end.</summary>
    public bool IsJustStarted(string instanceId)
    {
        lock (waiting)
            return started.Remove(instanceId);
    }

    /// <summary>The task ends when the instance may have ended; with its state, if that is at hand.</summary>
    public Waiter Wait(string instanceId)
    {
        var source = new TaskCompletionSource<OrchestrationState?>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (waiting)
        {
            if (!waiting.TryGetValue(instanceId, out var sources))
                waiting[instanceId] = sources = [];
            sources.Add(source);
        }
        return new(this, instanceId, source);
    }

    public void Ended(OrchestrationState state) => Tell(state.OrchestrationInstance.InstanceId, state);

    public void MayHaveEnded(string instanceId) => Tell(instanceId, null);

    public void AnyMayHaveEnded()
    {
        List<TaskCompletionSource<OrchestrationState?>> all;
        lock (waiting)
        {
            started.Clear();
            all = [.. waiting.Values.SelectMany(sources => sources)];
        }
        all.ForEach(source => source.TrySetResult(null));
    }

    void Tell(string instanceId, OrchestrationState? state)
    {
        lock (waiting)
        {
            started.Remove(instanceId);
            if (waiting.TryGetValue(instanceId, out var sources))
                sources.ForEach(source => source.TrySetResult(state));
        }
    }

    internal sealed class Waiter(Waiters waiters, string instanceId, TaskCompletionSource<OrchestrationState?> source)
        : IDisposable
    {
        public Task<OrchestrationState?> Task => source.Task;

        public void Dispose()
        {
            lock (waiters.waiting)
            {
                if (!waiters.waiting.TryGetValue(instanceId, out var sources))
                    return;
                sources.Remove(source);
                if (sources.Count == 0)
                    waiters.waiting.Remove(instanceId);
            }
        }
    }
}
