using System.Diagnostics;

namespace Assay.Local;

/// <summary>
/// The database's time, which all processes share: set whenever the lease is renewed, and going on steadily between,
/// whatever happens to this machine's clock.
/// </summary>
internal sealed class DatabaseClock
{
    readonly object gate = new();
    DateTime time = DateTime.UtcNow;
    long at = Stopwatch.GetTimestamp();

    public DateTime Now
    {
        get
        {
            lock (gate)
            {
                // Postgres keeps microseconds: what is stored must equal what the orchestrator saw.
                var now = time + Stopwatch.GetElapsedTime(at);
                return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
            }
        }
    }

    public void Set(DateTime now)
    {
        lock (gate)
        {
            time = now;
            at = Stopwatch.GetTimestamp();
        }
    }
}
