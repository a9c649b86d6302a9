using System.Collections.Concurrent;

namespace Assay;

/// <summary>What functions of a test saw, one bag per test, injected into them as a service.</summary>
public sealed class Invocations
{
    private readonly ConcurrentQueue<object> seen = new();

    public IReadOnlyList<T> Of<T>() => [.. seen.OfType<T>()];

    public void Add(object invocation) => seen.Enqueue(invocation);

    public Task<T> FirstAsync<T>(Func<T, bool>? that = null)
        where T : class =>
        Eventually.GetAsync(
            () => Task.FromResult(Of<T>().FirstOrDefault(that ?? (_ => true))), null,
            () => $"No {typeof(T).Name} was seen, only: {string.Join(", ", seen)}.");
}
