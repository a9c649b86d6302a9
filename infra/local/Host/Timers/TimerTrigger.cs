using System.Reflection;
using System.Text.Json.Nodes;
using Microsoft.Azure.Functions.Worker;

namespace Assay.Local;

/// <summary>Runs at the times of a schedule.</summary>
internal sealed class TimerTrigger : Trigger
{
    private TimerTrigger(ParameterInfo parameter, TimerTriggerAttribute attribute, string text, TimerSchedule schedule)
        : base(parameter, "timerTrigger")
    {
        Text = text;
        Schedule = schedule;
        RunsOnStartup = attribute.RunOnStartup;
        IsMonitored = attribute.UseMonitor;
    }

    /// <summary>The schedule as written, with settings filled in.</summary>
    public string Text { get; }

    public TimerSchedule Schedule { get; }

    public override string FaasTrigger => "timer";

    public bool RunsOnStartup { get; }

    /// <summary>Whether runs missed while no process ran are made up for.</summary>
    public bool IsMonitored { get; }

    public static TimerTrigger Read(ParameterInfo parameter, TimerTriggerAttribute attribute, HostSettings settings)
    {
        settings.RequireDurableDatabase();
        var text = settings.Resolve(attribute.Schedule);
        return new TimerTrigger(parameter, attribute, text, TimerSchedule.Parse(text, settings.TimeZone));
    }

    public override ParameterSource? SourceOf(ParameterInfo parameter) =>
        parameter == Parameter && parameter.ParameterType == typeof(TimerInfo)
            ? static context => new(context.TriggerData)
            : null;

    public override JsonObject Describe() => new()
    {
        ["schedule"] = Text, ["runOnStartup"] = RunsOnStartup, ["useMonitor"] = IsMonitored,
    };
}
