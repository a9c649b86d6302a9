namespace Microsoft.Azure.Functions.Worker;

public class TimerInfo
{
    /// <summary>Null for a timer that is not monitored.</summary>
    public ScheduleStatus? ScheduleStatus { get; set; }

    /// <summary>The timer fires later than scheduled, because the host was not running.</summary>
    public bool IsPastDue { get; set; }
}
