using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Assay;

/// <summary>The parameters of every mart.</summary>
public abstract record MartQuery : PageQuery
{
    /// <summary>How to answer; without it the <c>Accept</c> header decides.</summary>
    [AllowedValues("json", "csv")]
    public string? Format { get; init; }
}

/// <summary>The parameters of marts that have rows by the day.</summary>
public abstract record DayQuery : MartQuery
{
    /// <summary>The first day.</summary>
    public DateOnly? From { get; init; }

    /// <summary>The last day.</summary>
    public DateOnly? To { get; init; }

    public DayRange Days() => new(From, To);

    public override IEnumerable<ValidationResult> Validate(ValidationContext context) => From > To
        ? base.Validate(context).Append(new("expected a date not after to", [nameof(From)]))
        : base.Validate(context);
}

public sealed record AnalysisDailyQuery : DayQuery
{
    internal DateOnly? AfterDay => Page().After is [var day] ? MartKey.Day(day) : null;

    protected override bool IsKey(string[] key) => key is [var day] && MartKey.IsDay(day);
}

/// <param name="Feature">Of this feature only.</param>
public sealed record FeatureDailyQuery([MaxLength(201)] string? Feature) : DayQuery
{
    internal (DateOnly, string)? AfterKey =>
        Page().After is [var day, var feature] ? (MartKey.Day(day), feature) : null;

    protected override bool IsKey(string[] key) => key is [var day, _] && MartKey.IsDay(day);
}

/// <param name="From">Buckets from this time on.</param>
/// <param name="To">Buckets before this time.</param>
/// <param name="Metric">Of this metric only.</param>
/// <param name="Bucket">Of this size only.</param>
public sealed record MetricQuery(
    DateTimeOffset? From,
    DateTimeOffset? To,
    [MaxLength(165)] string? Metric,
    [AllowedValues("hour", "day")] string? Bucket) : MartQuery
{
    internal (DateTimeOffset, string, string)? AfterKey => Page().After is [var time, var metric, var bucket]
        ? (MartKey.Time(time), metric, bucket)
        : null;

    public override IEnumerable<ValidationResult> Validate(ValidationContext context) => From > To
        ? base.Validate(context).Append(new("expected a time not after to", [nameof(From)]))
        : base.Validate(context);

    protected override bool IsKey(string[] key) => key is [var time, _, _] && MartKey.IsTime(time);
}

/// <param name="Type">Of entities.</param>
/// <param name="Sort">What comes first: the most of it, or the last.</param>
public sealed record EntityStatsQuery(
    [AllowedValues("prompt", "template", "context", "workflow", "library", null)] string? Type,
    EntityStatsSort Sort = EntityStatsSort.Changed) : MartQuery
{
    internal (string, Guid)? AfterKey =>
        Page().After is [_, var value, var id] ? (value, Guid.Parse(id)) : null;

    internal string[] KeyOf(EntityStats row) =>
    [
        $"{Sort}",
        Sort switch
        {
            EntityStatsSort.Changed => MartKey.Text(row.ChangedAt),
            EntityStatsSort.Versions => MartKey.Text(row.Versions),
            EntityStatsSort.Relations => MartKey.Text(row.RelationsIn + row.RelationsOut),
            EntityStatsSort.Favorites => MartKey.Text(row.Favorites),
            EntityStatsSort.Comments => MartKey.Text(row.Comments),
            EntityStatsSort.Analyses => MartKey.Text(row.Analyses),
            _ => MartKey.Text(row.AverageScore ?? -1),
        },
        $"{row.EntityId}",
    ];

    protected override bool IsKey(string[] key) =>
        key is [var sort, var value, var id] && sort == $"{Sort}" && Guid.TryParse(id, out _) && Sort switch
        {
            EntityStatsSort.Changed => MartKey.IsTime(value),
            EntityStatsSort.Score => MartKey.IsNumber(value),
            _ => MartKey.IsCount(value),
        };
}

/// <param name="Format">How to answer; without it the <c>Accept</c> header decides.</param>
public sealed record UsageQuery([AllowedValues("json", "csv")] string? Format);

/// <param name="Format">How to answer; without it the <c>Accept</c> header decides.</param>
public sealed record WatermarkQuery([AllowedValues("json", "csv")] string? Format);

/// <summary>The parts of the marts' cursors.</summary>
internal static class MartKey
{
    public static string Text(DateOnly day) => day.ToString("O", CultureInfo.InvariantCulture);

    public static string Text(DateTimeOffset time) => time.ToString("O", CultureInfo.InvariantCulture);

    public static string Text(decimal number) => number.ToString(CultureInfo.InvariantCulture);

    public static DateOnly Day(string text) => DateOnly.ParseExact(text, "O", CultureInfo.InvariantCulture);

    public static DateTimeOffset Time(string text) =>
        DateTimeOffset.ParseExact(text, "O", CultureInfo.InvariantCulture);

    public static bool IsDay(string text) =>
        DateOnly.TryParseExact(text, "O", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    public static bool IsTime(string text) =>
        DateTimeOffset.TryParseExact(text, "O", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    public static bool IsNumber(string text) => decimal.TryParse(
        text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _);

    public static bool IsCount(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _);
}
