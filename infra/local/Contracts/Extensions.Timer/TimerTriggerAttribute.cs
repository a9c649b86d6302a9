using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker;

[BindingCapabilities(KnownBindingCapabilities.FunctionLevelRetry)]
public sealed class TimerTriggerAttribute : TriggerBindingAttribute
{
    /// <param name="schedule">Six-field NCRONTAB, a time span, or <c>%Setting%</c> that holds one.</param>
    public TimerTriggerAttribute(string schedule)
    {
        Schedule = schedule;
        UseMonitor = true;
    }

    public string Schedule { get; }

    /// <summary>Whether the schedule's status is persisted, so that missed ticks are noticed. On by default.</summary>
    public bool UseMonitor { get; set; }

    public bool RunOnStartup { get; set; }
}
