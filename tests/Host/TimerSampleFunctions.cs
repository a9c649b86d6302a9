using Microsoft.Azure.Functions.Worker;

namespace Assay;

public sealed record Tick(string Function, bool IsPastDue, ScheduleStatus? Status, DateTime At)
{
    public static Tick Of(string function, TimerInfo timer) =>
        new(function, timer.IsPastDue, timer.ScheduleStatus, DateTime.UtcNow);
}

public sealed class EverySecondFunctions(Invocations invocations)
{
    [Function("EverySecond")]
    public void EverySecond([TimerTrigger("%EverySecond%")] TimerInfo timer) =>
        invocations.Add(Tick.Of("EverySecond", timer));
}

public sealed class DailyFunctions(Invocations invocations)
{
    [Function("Daily")]
    public void Daily([TimerTrigger("%DailySchedule%")] TimerInfo timer) => invocations.Add(Tick.Of("Daily", timer));

    [Function("DailyUnmonitored")]
    public void DailyUnmonitored([TimerTrigger("0 0 3 * * *", UseMonitor = false)] TimerInfo timer) =>
        invocations.Add(Tick.Of("DailyUnmonitored", timer));
}

public sealed class StartupFunctions(Invocations invocations)
{
    [Function("AtStart")]
    public void AtStart([TimerTrigger("0 0 3 29 2 *", RunOnStartup = true)] TimerInfo timer) =>
        invocations.Add(Tick.Of("AtStart", timer));
}

public sealed class SlowFunctions(Invocations invocations)
{
    private static int running;

    [Function("Slow")]
    public async Task Slow([TimerTrigger("* * * * * *")] TimerInfo timer, CancellationToken cancellation)
    {
        invocations.Add(Interlocked.Increment(ref running));
        try
        {
            await Task.Delay(1500, cancellation);
        }
        finally
        {
            Interlocked.Decrement(ref running);
        }
    }
}

public sealed class FailingTimerFunctions(Invocations invocations)
{
    [Function("FailingTimer")]
    public void FailingTimer([TimerTrigger("* * * * * *")] TimerInfo timer)
    {
        invocations.Add(Tick.Of("FailingTimer", timer));
        throw new InvalidOperationException("always");
    }
}
