using System.Globalization;

namespace Assay.Local;

/// <summary>When a timer fires: an NCRONTAB expression, or a time span between two firings.</summary>
internal abstract class TimerSchedule
{
    /// <summary>The first time strictly after another.</summary>
    public abstract DateTimeOffset Next(DateTimeOffset after);

    /// <param name="text"><c>{second} {minute} {hour} {day} {month} {day of week}</c>, the same without seconds, or a
    /// time span such as <c>00:05:00</c>.</param>
    /// <exception cref="FunctionLoadException">It is none of these; the message says what is wrong.</exception>
    public static TimerSchedule Parse(string text, TimeZoneInfo zone)
    {
        var trimmed = text.Trim();
        if (!trimmed.Contains(' ', StringComparison.Ordinal)
            && TimeSpan.TryParse(trimmed, CultureInfo.InvariantCulture, out var span))
        {
            return span >= TimeSpan.FromSeconds(1)
                ? new EverySchedule(span)
                : throw new FunctionLoadException($"The schedule '{text}' must be a second or longer.");
        }

        return new ZonedSchedule(CronExpression.Parse(trimmed), zone);
    }

    private sealed class EverySchedule(TimeSpan span) : TimerSchedule
    {
        public override DateTimeOffset Next(DateTimeOffset after) => after + span;
    }
}
