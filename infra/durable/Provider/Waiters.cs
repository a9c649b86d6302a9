using DurableTask.Core;

namespace Assay.DurableTask.PostgreSql;

/// <summary>Those in this process who wait for the end of an instance.</summary>
internal sealed class Waiters
{
    readonly Dictionary<string, List<TaskCompletionSource<OrchestrationState?>>> waiting = [];

    public bool Any
    {
        get
        {
            lock (waiting)
                return waiting.Count > 0;
        }
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
            all = [.. waiting.Values.SelectMany(sources => sources)];
        all.ForEach(source => source.TrySetResult(null));
    }

    void Tell(string instanceId, OrchestrationState? state)
    {
        lock (waiting)
        {
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
