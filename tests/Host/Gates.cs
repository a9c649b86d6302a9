using System.Collections.Concurrent;

namespace Assay;

/// <summary>Points at which a function in a host and a test of it wait for each other.</summary>
public static class Gates
{
    private static readonly ConcurrentDictionary<string, TaskCompletionSource> gates = new();

    public static void Open(string name) => Gate(name).TrySetResult();

    public static Task Wait(string name, CancellationToken cancellation = default) =>
        Gate(name).Task.WaitAsync(TimeSpan.FromSeconds(30), cancellation);

    private static TaskCompletionSource Gate(string name) =>
        gates.GetOrAdd(name, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
