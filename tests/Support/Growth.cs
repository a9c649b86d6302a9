using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Assay;

/// <summary>How the processor time that work takes on its thread grows with what it is done on.</summary>
internal static class Growth
{
    private const int TriesMax = 6;

    /// <summary>What a busy machine adds to anything.</summary>
    private static readonly TimeSpan Noise = TimeSpan.FromMilliseconds(60);

    /// <summary>Work that takes as long is told from a square without four times as much of it.</summary>
    private static readonly TimeSpan Dear = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Four times as much has to take less than ten times as long, for more objects live longer and are collected more
    /// often; a square takes sixteen times.
    /// </summary>
    public static void IsLinear<T>(int size, Func<int, T> make, Action<T> work)
    {
        var few = make(size);
        var many = few;
        if (Time(few, work) > Dear)
            few = make(size /= 4);
        else
            many = make(4 * size);
        var (least, last) = (TimeSpan.MaxValue, TimeSpan.MaxValue);
        for (var attempt = 0; attempt < TriesMax; attempt++)
        {
            least = Least(least, Time(few, work));
            last = Least(last, Time(many, work));
            if (last <= 10 * least + Noise)
                return;
        }

        Assert.Fail($"{size} took {least.TotalMilliseconds:0} ms, four times as much {last.TotalMilliseconds:0} ms.");
    }

    private static TimeSpan Time<T>(T value, Action<T> work)
    {
        var before = ProcessorTime();
        work(value);
        return ProcessorTime() - before;
    }

    /// <summary>
    /// What this thread has had so far. What others do on the same machine counts only where the system does not tell.
    /// </summary>
    internal static TimeSpan ProcessorTime()
    {
        const int threadProcessorTime = 3;
        return OperatingSystem.IsLinux() && ClockGetTime(threadProcessorTime, out var time) == 0
            ? TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromTicks(time.Nanoseconds / 100)
            : Stopwatch.GetElapsedTime(0);
    }

    [DllImport("libc", EntryPoint = "clock_gettime")]
    private static extern int ClockGetTime(int clock, out Timespec time);

    private readonly record struct Timespec(nint Seconds, nint Nanoseconds);

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
