using System.Globalization;
using Assay.Local;

namespace Assay;

public sealed class TimerScheduleTests
{
    [Theory]
    [InlineData("0 */5 * * * *", "2026-01-01T00:00:00Z", "2026-01-01T00:05:00Z")]
    [InlineData("*/15 * * * * *", "2026-01-01T00:00:46Z", "2026-01-01T00:01:00Z")]
    [InlineData("0 10 2 * * *", "2026-01-01T02:10:00Z", "2026-01-02T02:10:00Z")]
    [InlineData("10 2 * * *", "2026-01-01T02:09:59Z", "2026-01-01T02:10:00Z")]
    [InlineData("0 30 9 * Jan Mon", "2026-01-27T00:00:00Z", "2027-01-04T09:30:00Z")]
    [InlineData("0 0 9-17/4 * * Monday-Friday", "2026-01-02T17:00:00Z", "2026-01-05T09:00:00Z")]
    [InlineData("0 50/4 * * * *", "2026-01-01T00:00:00Z", "2026-01-01T00:50:00Z")]
    [InlineData("0 50/4 * * * *", "2026-01-01T00:58:00Z", "2026-01-01T01:50:00Z")]
    [InlineData("0 0 0 29 2 *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z")]
    [InlineData("0 0 0 29 2 0", "2096-02-29T00:00:00Z", "2128-02-29T00:00:00Z")]
    [InlineData("0 0 0 13 * 5", "2026-01-01T00:00:00Z", "2026-02-13T00:00:00Z")]
    [InlineData("1,31 59 23 31 12 *", "2026-12-31T23:59:01Z", "2026-12-31T23:59:31Z")]
    [InlineData("0 0 5-1 * * *", "2026-01-01T05:00:00Z", "2026-01-02T01:00:00Z")]
    [InlineData("00:01:30", "2026-01-01T00:00:10Z", "2026-01-01T00:01:40Z")]
    public void The_next_time_is_the_first_one_after(string schedule, string after, string expected) =>
        Assert.Equal(Time(expected), TimerSchedule.Parse(schedule, TimeZoneInfo.Utc).Next(Time(after)));

    [Theory]
    [InlineData("")]
    [InlineData("* * * *")]
    [InlineData("0 60 * * * *")]
    [InlineData("0 0 24 * * *")]
    [InlineData("0 0 0 0 * *")]
    [InlineData("0 0 0 * 13 *")]
    [InlineData("0 0 0 * * 7")]
    [InlineData("0 */0 * * * *")]
    [InlineData("0 1- * * * *")]
    [InlineData("0 a * * * *")]
    [InlineData("0 0 0 * Ja *")]
    [InlineData("0 0 0 30 2 *")]
    [InlineData("0 -5 * * * *")]
    [InlineData("00:00:00")]
    public void What_is_no_schedule_is_refused_with_its_text(string schedule)
    {
        var error = Assert.Throws<FunctionLoadException>(() => TimerSchedule.Parse(schedule, TimeZoneInfo.Utc));

        Assert.Contains($"'{schedule}'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    // A day of the year in winter and in summer.
    [InlineData("0 30 2 * * *", "2026-01-10T00:00:00Z", "2026-01-10T01:30:00Z")]
    [InlineData("0 30 2 * * *", "2026-07-10T00:00:00Z", "2026-07-10T00:30:00Z")]
    // 2026-03-29: 02:00 becomes 03:00 at 01:00 UTC. A time of day happens as the gap ends, once.
    [InlineData("0 30 2 * * *", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z")]
    [InlineData("0 30 2 * * *", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z")]
    // What repeats just goes on.
    [InlineData("0 */20 * * * *", "2026-03-29T00:40:00Z", "2026-03-29T01:00:00Z")]
    [InlineData("0 30 * * * *", "2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z")]
    // 2026-10-25: 03:00 becomes 02:00 at 01:00 UTC. A time of day happens the first time only.
    [InlineData("0 30 2 * * *", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z")]
    [InlineData("0 30 2 * * *", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z")]
    [InlineData("0 */20 * * * *", "2026-10-25T00:40:00Z", "2026-10-25T01:00:00Z")]
    [InlineData("0 */20 * * * *", "2026-10-25T01:00:00Z", "2026-10-25T01:20:00Z")]
    [InlineData("0 */20 * * * *", "2026-10-25T01:40:00Z", "2026-10-25T02:00:00Z")]
    [InlineData("0 10,50 2 * * *", "2026-10-25T00:30:00Z", "2026-10-25T00:50:00Z")]
    public void Clocks_that_change_neither_lose_nor_double_a_run(string schedule, string after, string expected)
    {
        var madrid = TimeZoneInfo.FindSystemTimeZoneById("Europe/Madrid");

        Assert.Equal(Time(expected), TimerSchedule.Parse(schedule, madrid).Next(Time(after)));
    }

    [Fact]
    public void Over_a_year_of_a_zone_each_day_has_one_run_and_each_hour_its_three()
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById("America/New_York");
        var start = Time("2026-01-01T05:00:00Z");

        Assert.Equal(365, Count(TimerSchedule.Parse("0 30 2 * * *", zone), start.AddSeconds(-1), start.AddDays(365)));
        Assert.Equal(365, Count(TimerSchedule.Parse("0 30 1 * * *", zone), start.AddSeconds(-1), start.AddDays(365)));
        Assert.Equal(
            365 * 24 * 3, Count(TimerSchedule.Parse("0 */20 * * * *", zone), start.AddSeconds(-1), start.AddDays(365)));
    }

    private static int Count(TimerSchedule schedule, DateTimeOffset after, DateTimeOffset end)
    {
        var count = 0;
        for (var next = schedule.Next(after); next < end; next = schedule.Next(next))
            count++;
        return count;
    }

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
