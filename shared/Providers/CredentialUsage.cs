using System.Collections.Concurrent;

namespace Assay;

/// <summary>
/// Gathers uses of credentials, so that a busy one is not written for each. What a process counted in its last seconds
/// may be lost with it.
/// </summary>
public sealed class CredentialUsage(TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<Guid, Gathered> byCredential = new();

    /// <summary>Counts one use. Returns how many are to be written now: none, most of the time.</summary>
    public int Count(Guid credential)
    {
        var gathered = byCredential.GetOrAdd(credential, _ => new Gathered());
        lock (gathered)
        {
            gathered.Uses++;
            var now = time.GetTimestamp();
            if (gathered.WrittenAt is { } written && time.GetElapsedTime(written, now) < Interval)
                return 0;
            var uses = gathered.Uses;
            (gathered.Uses, gathered.WrittenAt) = (0, now);
            return uses;
        }
    }

    private sealed class Gathered
    {
        public int Uses { get; set; }

        public long? WrittenAt { get; set; }
    }
}
