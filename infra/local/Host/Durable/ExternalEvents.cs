namespace Assay.Local;

/// <summary>
/// External events of one instance, by name without regard to case. An event goes to the newest waiter, or is kept
/// until somebody waits.
/// </summary>
internal sealed class ExternalEvents
{
    readonly Dictionary<string, Stack<Waiter>> waiters = new(StringComparer.OrdinalIgnoreCase);
    readonly List<(string Name, string? Payload)> kept = [];

    /// <summary>Events that nobody took, oldest first.</summary>
    public IReadOnlyList<(string Name, string? Payload)> Kept => kept;

    public bool HasWaiters => waiters.Values.Any(stack => stack.Any(waiter => waiter.IsWaiting));

    /// <exception cref="ArgumentException">Somebody waits for the event as another type.</exception>
    public TaskCompletionSource<string?> Wait(string name, Type type)
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
        while (stack.TryPeek(out var newest) && !newest.IsWaiting)
            stack.Pop();
        if (stack.TryPeek(out var other) && other.Type != type)
        {
            throw new ArgumentException(
                "Events with the same name must have the same type argument. " +
                $"Expected {other.Type} but was requested {type}.");
        }
        stack.Push(new(source, type));
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
                if (waiter.Source.TrySetResult(payload))
                    return;
            }
        }
        kept.Add((name, payload));
    }

    sealed record Waiter(TaskCompletionSource<string?> Source, Type Type)
    {
        public bool IsWaiting => !Source.Task.IsCompleted;
    }
}
