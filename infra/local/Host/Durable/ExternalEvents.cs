namespace Assay.Local;

/// <summary>
/// External events of one instance, by name without regard to case. An event goes to the newest waiter, or is kept
/// until somebody waits.
/// </summary>
internal sealed class ExternalEvents
{
    readonly Dictionary<string, Stack<TaskCompletionSource<string?>>> waiters = new(StringComparer.OrdinalIgnoreCase);
    readonly List<(string Name, string? Payload)> kept = [];

    /// <summary>Events that nobody took, oldest first.</summary>
    public IReadOnlyList<(string Name, string? Payload)> Kept => kept;

    public bool HasWaiters => waiters.Values.Any(stack => stack.Any(waiter => !waiter.Task.IsCompleted));

    public TaskCompletionSource<string?> Wait(string name)
    {
        var source = new TaskCompletionSource<string?>();
        var index = kept.FindIndex(e => string.Equals(e.Name, name, StringComparison.OrdinalIgnoreCase));
        if (index >= 0)
        {
            source.SetResult(kept[index].Payload);
            kept.RemoveAt(index);
            return source;
        }
        if (!waiters.TryGetValue(name, out var stack))
            waiters[name] = stack = new();
        stack.Push(source);
        return source;
    }

    public void Raise(string name, string? payload)
    {
        if (waiters.TryGetValue(name, out var stack))
        {
            while (stack.TryPop(out var waiter))
            {
                if (stack.Count == 0)
                    waiters.Remove(name);
                // A cancelled waiter does not take the event from the others.
                if (waiter.TrySetResult(payload))
                    return;
            }
        }
        kept.Add((name, payload));
    }
}
