using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Assay.Local;

/// <summary>
/// Runs this worker's activities, a limited number at a time. More than that are held ready while activities are quick,
/// so that none waits for a round trip to the database, or while there is no other worker who could take them.
/// </summary>
internal sealed class ActivityRunner(
    DurableOptions options, DurableFunctions functions, DurableMeter meter, ILogger<ActivityRunner> logger)
{
    // Work held ready should take about this long to get through.
    const double ReadyMilliseconds = 10;

    const int ReadyPerRunningMax = 60;

    // Bounds the memory of a worker that has its hub to itself.
    const int AloneMax = 100_000;

    // From this attempt on, an activity is suspected of ending its process.
    public const int SuspectAttempt = 3;

    readonly HashSet<(long InstanceKey, int Step)> owned = [];
    readonly Channel<ActivityWork> ready = Channel.CreateUnbounded<ActivityWork>();
    int held;
    int unfinished;
    int suspects;
    double millisecondsUsual = 100;
    volatile bool stopping;

    /// <summary>How many more activities this worker may hold now.</summary>
    public int Room => stopping ? 0 : Math.Max(0, Capacity - Volatile.Read(ref held));

    /// <summary>Whether no activity is waiting to run, running, or being handed over.</summary>
    public bool IsIdle => Volatile.Read(ref unfinished) == 0;

    public int Ready => ready.Reader.Count;

    public int Running => Math.Max(0, Volatile.Read(ref unfinished) - Ready);

    /// <summary>How long the first of those that are held ready has been held.</summary>
    public TimeSpan OldestReady =>
        ready.Reader.TryPeek(out var work) ? Stopwatch.GetElapsedTime(work.HeldAt) : TimeSpan.Zero;

    int Capacity
    {
        get
        {
            var perRunning = Math.Clamp(
                ReadyMilliseconds / Volatile.Read(ref millisecondsUsual), 0, ReadyPerRunningMax);
            return (int)(options.MaxConcurrentActivities * (1 + perRunning));
        }
    }

    /// <summary>
    /// Whether to take on suspects: activities whose process died under them more than once. A few at a time and in the
    /// end alone, so that an activity which kills processes does not use up the attempts of those beside it.
    /// </summary>
    public bool TakesSuspects => !stopping && Volatile.Read(ref suspects) == 0;

    /// <summary>Takes room for one activity that is about to be this worker's.</summary>
    /// <param name="alone">Whether no other worker could take it.</param>
    public bool TryReserve(bool alone)
    {
        if (stopping)
            return false;
        if (Interlocked.Increment(ref held) > (alone ? AloneMax : Capacity))
        {
            Interlocked.Decrement(ref held);
            return false;
        }
        return true;
    }

    /// <summary>Gives back room for activities that did not become this worker's.</summary>
    public void Release(int count) => Interlocked.Add(ref held, -count);

    /// <summary>Rows that this worker knows to be its own, until the results are committed.</summary>
    public (long InstanceKey, int Step)[] Owned()
    {
        lock (owned)
            return [.. owned];
    }

    /// <summary>The results of these are in the database.</summary>
    public void Forget(IEnumerable<(long InstanceKey, int Step)> done)
    {
        lock (owned)
            owned.ExceptWith(done);
    }

    /// <summary>Runs an activity for which room was reserved.</summary>
    public void Start(ActivityWork work)
    {
        Interlocked.Increment(ref unfinished);
        ready.Writer.TryWrite(work);
    }

    /// <summary>Runs an activity that a poll claimed, within the room there was.</summary>
    public void StartClaimed(ActivityWork work)
    {
        Interlocked.Increment(ref held);
        if (work.Attempt >= SuspectAttempt)
            Interlocked.Increment(ref suspects);
        lock (owned)
            owned.Add((work.InstanceKey, work.Step));
        Start(work);
    }

    /// <summary>
    /// Gives up what it holds beyond its share now that others could take it: activities without rows.
    /// </summary>
    public List<ActivityWork> TakeExcess()
    {
        List<ActivityWork> excess = [];
        for (var left = Volatile.Read(ref held) - Capacity; left > 0 && ready.Reader.TryRead(out var work); left--)
        {
            if (work.HasRow)
            {
                ready.Writer.TryWrite(work);
                continue;
            }
            excess.Add(work);
            Interlocked.Decrement(ref held);
            Interlocked.Decrement(ref unfinished);
        }
        return excess;
    }

    /// <summary>Takes on nothing more, and drops what has not begun: others will do it.</summary>
    public void Stop()
    {
        stopping = true;
        while (ready.Reader.TryRead(out _))
        {
            Interlocked.Decrement(ref held);
            Interlocked.Decrement(ref unfinished);
        }
    }

    /// <param name="finished">Gets each result, in no order.</param>
    /// <param name="ended">Ends the runner and cancels the activities that run.</param>
    public async Task RunAsync(Action<ActivityWork, Inbound> finished, CancellationToken ended)
    {
        // None ends by itself: with fewer than were asked for, work would slow down and nobody know.
        await await Task.WhenAny(
            Enumerable.Range(0, options.MaxConcurrentActivities).Select(_ => Task.Run(RunOneByOneAsync, ended)));

        async Task RunOneByOneAsync()
        {
            await foreach (var work in ready.Reader.ReadAllAsync(ended))
            {
                var began = Stopwatch.GetTimestamp();
                var result = await RunAsync(work, ended);
                // Room first, so that whoever hears of the result finds it.
                Interlocked.Decrement(ref held);
                if (work.Attempt >= SuspectAttempt)
                    Interlocked.Decrement(ref suspects);
                if (ended.IsCancellationRequested)
                    return;
                var took = Stopwatch.GetElapsedTime(began);
                meter.ActivityEnded(work.Name, result.Kind == Kind.ActivityFailed, took);
                Volatile.Write(
                    ref millisecondsUsual,
                    Volatile.Read(ref millisecondsUsual) * 0.9 + took.TotalMilliseconds * 0.1 + 0.001);
                finished(work, result);
                Interlocked.Decrement(ref unfinished);
            }
        }
    }

    async Task<Inbound> RunAsync(ActivityWork work, CancellationToken ended)
    {
        using var span = DurableTraces.Run(work);
        try
        {
            if (work.Attempt > options.ActivityAttemptsMax)
                throw new InvalidOperationException(Poison(work));
            if (functions.FindActivity(work.Name) is not { } invoke)
                throw new InvalidOperationException(Unknown(work));
            var call = new ActivityCall(work.InstanceId, work.Name, work.Step, work.Input, work.Attempt);
            var output = await invoke(call, ended);
            return new(Kind.ActivityCompleted, work.Step, null, output, null, Message: null, HasRow: work.HasRow);
        }
        // Whatever an activity throws is its result.
        catch (Exception thrown)
        {
            var exception = UnreadableException.Readable(thrown);
            span?.SetStatus(ActivityStatusCode.Error, exception.Message);
            if (!ended.IsCancellationRequested)
            {
                logger.LogWarning(
                    exception, "Activity {Activity} of {InstanceId} (step {Step}) failed.",
                    work.Name, work.InstanceId, work.Step);
            }
            return new(
                Kind.ActivityFailed, work.Step, null, null, FailureJson.Write(thrown), Message: null,
                HasRow: work.HasRow);
        }
    }

    static string Unknown(ActivityWork work) =>
        $"The function '{work.Name}' doesn't exist, is disabled, or is not an activity function.";

    string Poison(ActivityWork work) =>
        $"The process ended or lost its lease {options.ActivityAttemptsMax} times while it ran activity " +
        $"'{work.Name}', so it is not tried again.";
}
