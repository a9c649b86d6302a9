using System.Collections.Concurrent;

namespace Assay.HostSample;

/// <summary>A word from the app's settings.</summary>
public sealed record Greeting(string Word);

/// <summary>What functions without an answer of their own have seen.</summary>
public sealed class Seen
{
    private readonly ConcurrentDictionary<string, int> counts = new();

    public int Count(string what) => counts.GetValueOrDefault(what);

    public void Add(string what) => counts.AddOrUpdate(what, 1, (_, count) => count + 1);
}
