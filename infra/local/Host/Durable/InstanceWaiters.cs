namespace Assay.Local;

/// <summary>Those in this process who wait for an instance's status to change.</summary>
internal sealed class InstanceWaiters
{
    readonly object gate = new();
    readonly Dictionary<string, List<TaskCompletionSource>> waiters = [];

    /// <summary>Ends when the instance may have changed after this call, or after the time.</summary>
    public async Task NextChangeAsync(
        string instanceId, Func<Task<bool>> isDone, TimeSpan limit, CancellationToken cancellation)
    {
        var change = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            if (!waiters.TryGetValue(instanceId, out var all))
                waiters[instanceId] = all = [];
            all.Add(change);
        }
        try
        {
            // Looked at after registering, so that no change falls between.
            if (!await isDone())
                await change.Task.WaitAsync(limit, cancellation);
        }
        catch (TimeoutException)
        {
            // The caller looks again: a notification may have been lost.
        }
        finally
        {
            Remove(instanceId, change);
        }
    }

    public void Changed(string instanceId)
    {
        lock (gate)
        {
            if (waiters.TryGetValue(instanceId, out var all))
                all.ForEach(change => change.TrySetResult());
        }
    }

    /// <summary>Any of them may have changed.</summary>
    public void AnyChanged()
    {
        lock (gate)
        {
            foreach (var change in waiters.Values.SelectMany(all => all))
                change.TrySetResult();
        }
    }

    void Remove(string instanceId, TaskCompletionSource change)
    {
        lock (gate)
        {
            var all = waiters[instanceId];
            all.Remove(change);
            if (all.Count == 0)
                waiters.Remove(instanceId);
        }
    }
}
