namespace Assay.Local;

/// <summary>Those in this process who wait for an instance's status to change.</summary>
internal sealed class InstanceWaiters
{
    readonly object gate = new();
    readonly Dictionary<string, List<Waiter>> waiters = [];

    /// <summary>Ends when the instance may have changed after this call, or after the time.</summary>
    /// <param name="endOnly">Whether only the instance's end is of interest.</param>
    public async Task NextChangeAsync(
        string instanceId, bool endOnly, Func<Task<bool>> isDone, TimeSpan limit, CancellationToken cancellation)
    {
        var change = new Waiter(endOnly);
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
                await change.Changed.Task.WaitAsync(limit, cancellation);
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

    public void Changed(string instanceId, bool ended)
    {
        lock (gate)
        {
            if (!waiters.TryGetValue(instanceId, out var all))
                return;
            foreach (var waiter in all.Where(waiter => ended || !waiter.EndOnly))
                waiter.Changed.TrySetResult();
        }
    }

    /// <summary>Any of them may have changed.</summary>
    public void AnyChanged()
    {
        lock (gate)
        {
            foreach (var waiter in waiters.Values.SelectMany(all => all))
                waiter.Changed.TrySetResult();
        }
    }

    void Remove(string instanceId, Waiter change)
    {
        lock (gate)
        {
            var all = waiters[instanceId];
            all.Remove(change);
            if (all.Count == 0)
                waiters.Remove(instanceId);
        }
    }

    sealed class Waiter(bool endOnly)
    {
        public bool EndOnly { get; } = endOnly;

        public TaskCompletionSource Changed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
