namespace Assay.Local;

/// <summary>
/// An expression on the wall clock of a time zone. When clocks go forward, what falls into the missing hour happens
/// once as the hour ends if it names a time of day, and not at all if it repeats. When they go back, a time of day in
/// the doubled hour happens once, the first time, and what repeats goes on repeating.
/// </summary>
internal sealed class ZonedSchedule(CronExpression expression, TimeZoneInfo zone) : TimerSchedule
{
    public override DateTimeOffset Next(DateTimeOffset after)
    {
        var wall = TimeZoneInfo.ConvertTime(after, zone).DateTime;
        while (true)
        {
            var candidate = expression.Next(wall) ?? throw new InvalidOperationException("The schedule has ended.");
            if (expression.IsRepeating && NextInSecondPass(after, candidate) is { } repeated)
                return repeated;
            if (Instant(candidate, after) is { } found)
                return found;
            wall = candidate;
        }
    }

    /// <summary>When a wall-clock time happens, or null if it does not or has happened.</summary>
    private DateTimeOffset? Instant(DateTime wall, DateTimeOffset after)
    {
        if (zone.IsInvalidTime(wall))
            return expression.IsRepeating ? null : EndOfGap(wall);

        if (!zone.IsAmbiguousTime(wall))
            return new DateTimeOffset(wall, zone.GetUtcOffset(wall)).ToUniversalTime();

        var offsets = zone.GetAmbiguousTimeOffsets(wall);
        var first = new DateTimeOffset(wall, offsets.Max()).ToUniversalTime();
        if (first > after)
            return first;
        var second = new DateTimeOffset(wall, offsets.Min()).ToUniversalTime();
        return expression.IsRepeating && second > after ? second : null;
    }

    /// <summary>
    /// In the first pass of a doubled hour the wall clock is about to jump back, so that the next time by the clock
    /// may be beyond some of the second pass.
    /// </summary>
    private DateTimeOffset? NextInSecondPass(DateTimeOffset after, DateTime candidate)
    {
        var wall = TimeZoneInfo.ConvertTime(after, zone).DateTime;
        if (!zone.IsAmbiguousTime(wall) || zone.IsAmbiguousTime(candidate))
            return null;

        var offsets = zone.GetAmbiguousTimeOffsets(wall);
        if (zone.GetUtcOffset(after) != offsets.Max())
            return null;
        var jump = Transition(after.UtcDateTime, after.UtcDateTime + (offsets.Max() - offsets.Min()));
        var inSecond = expression.Next(jump + offsets.Min() - TimeSpan.FromSeconds(1));
        return inSecond is { } time && zone.IsAmbiguousTime(time)
            ? new DateTimeOffset(time, offsets.Min()).ToUniversalTime()
            : null;
    }

    private DateTimeOffset EndOfGap(DateTime wall)
    {
        var around = DateTime.SpecifyKind(wall - zone.BaseUtcOffset, DateTimeKind.Utc);
        return new DateTimeOffset(Transition(around.AddHours(-24), around.AddHours(24)), TimeSpan.Zero);
    }

    /// <summary>The second at which the offset from UTC changes between two times.</summary>
    private DateTime Transition(DateTime low, DateTime high)
    {
        var before = zone.GetUtcOffset(low);
        while (high - low > TimeSpan.FromTicks(1))
        {
            var middle = low + (high - low) / 2;
            if (zone.GetUtcOffset(middle) == before)
                low = middle;
            else
                high = middle;
        }

        return high;
    }
}
