namespace Assay.Local;

/// <summary>
/// An NCRONTAB expression over wall-clock time. As in NCRONTAB, and unlike in cron, a day must satisfy both day of
/// month and day of week.
/// </summary>
internal sealed class CronExpression
{
    /// <summary>A day of week comes round to February 29 within 40 years, even across a century without one.</summary>
    private const int YearsAheadMax = 40;

    private readonly CronField seconds, minutes, hours, days, months, weekdays;

    private CronExpression(CronField[] fields)
    {
        (seconds, minutes, hours) = (fields[0], fields[1], fields[2]);
        (days, months, weekdays) = (fields[3], fields[4], fields[5]);
    }

    /// <summary>
    /// Whether it means "every so often" rather than "at that time of day", which matters when a wall clock repeats or
    /// skips an hour.
    /// </summary>
    public bool IsRepeating => seconds.IsRange || minutes.IsRange || hours.IsRange;

    public static CronExpression Parse(string text)
    {
        var parts = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 5)
            parts = ["0", .. parts];
        if (parts.Length != 6)
            throw new FunctionLoadException(
                $"The schedule '{text}' is not valid: expected {{second}} {{minute}} {{hour}} {{day}} {{month}} "
                + "{day of week}.");

        var expression = new CronExpression(
            [.. parts.Select((part, index) => CronField.Parse(part, (CronUnit)index, text))]);
        return expression.Next(new DateTime(2024, 1, 1)) is null
            ? throw new FunctionLoadException($"The schedule '{text}' is not valid: no day is like that.")
            : expression;
    }

    /// <summary>The first matching time strictly after another; null if there is none within decades.</summary>
    public DateTime? Next(DateTime after)
    {
        var from = new DateTime(after.Ticks - after.Ticks % TimeSpan.TicksPerSecond).AddSeconds(1);
        if (IsDay(from) && NextTimeOfDay(from.TimeOfDay) is { } today)
            return from.Date + today;

        var first = NextTimeOfDay(TimeSpan.Zero)!.Value;
        for (var day = from.Date.AddDays(1); day.Year <= after.Year + YearsAheadMax;)
        {
            if (!months.Contains(day.Month))
                day = new DateTime(day.Year, day.Month, 1).AddMonths(1);
            else if (IsDay(day))
                return day + first;
            else
                day = day.AddDays(1);
        }

        return null;
    }

    private bool IsDay(DateTime day) =>
        months.Contains(day.Month) && days.Contains(day.Day) && weekdays.Contains((int)day.DayOfWeek);

    private TimeSpan? NextTimeOfDay(TimeSpan from)
    {
        var (hour, minute, second) = (from.Hours, from.Minutes, from.Seconds);
        if (hours.Contains(hour))
        {
            if (minutes.Contains(minute) && seconds.Next(second) is { } exact)
                return new TimeSpan(hour, minute, exact);
            if (minutes.Next(minute + 1) is { } later)
                return new TimeSpan(hour, later, seconds.Next(0)!.Value);
        }

        return hours.Next(hour + 1) is { } next
            ? new TimeSpan(next, minutes.Next(0)!.Value, seconds.Next(0)!.Value)
            : null;
    }
}
