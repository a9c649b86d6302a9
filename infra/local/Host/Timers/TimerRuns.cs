using Microsoft.Azure.Functions.Worker;

namespace Assay.Local;

/// <summary>What a timer function is told about its run.</summary>
internal sealed class TimerRuns(TimerStore store)
{
    public async Task<TimerInfo> InfoAsync(string function, TimerTrigger trigger, CancellationToken cancellation) =>
        Info(trigger, await store.FindAsync(function, cancellation), isPastDue: false);

    /// <summary>The status is that from before the run: its <c>Next</c> is the time that the run was due.</summary>
    public static TimerInfo Info(TimerTrigger trigger, TimerStatus? status, bool isPastDue) => new()
    {
        IsPastDue = isPastDue,
        ScheduleStatus = status is null || !trigger.IsMonitored
            ? null
            : new ScheduleStatus
            {
                Last = status.Last ?? default,
                Next = status.Next,
                LastUpdated = status.Updated,
            },
    };
}
