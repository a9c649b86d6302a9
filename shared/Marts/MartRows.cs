using System.Text.Json.Nodes;

namespace Assay;

/// <summary>An organization's analyses of one UTC day. Averages are null when nothing was scored.</summary>
/// <param name="Analyses">Completed ones; the averages are over these.</param>
public sealed record AnalysisDay(
    DateOnly Day,
    int Analyses,
    int Failures,
    decimal? AvgOverall,
    decimal? AvgJudge,
    decimal? AvgComplexity,
    decimal? AvgEntropy,
    DateTimeOffset UpdatedAt);

/// <summary>How often a feature was used on one UTC day, and by how many known users.</summary>
/// <param name="FeatureKey">A feature of the usage log, or <c>entity.action</c> of the event log.</param>
public sealed record FeatureDay(DateOnly Day, string FeatureKey, int Events, int UniqueUsers, DateTimeOffset UpdatedAt);

/// <summary>A metric over one UTC hour or day.</summary>
/// <param name="MetricKey"><c>node.name</c>, or the name alone for a metric of a whole run.</param>
/// <param name="Bucket"><c>hour</c> or <c>day</c>.</param>
/// <param name="ValueNum">The mean.</param>
/// <param name="ValueJson"><c>count</c>, <c>sum</c>, <c>min</c>, <c>max</c>, <c>p50</c>, <c>p95</c>.</param>
public sealed record MetricBucket(
    string MetricKey,
    string Bucket,
    DateTimeOffset TsBucket,
    decimal ValueNum,
    JsonObject ValueJson,
    DateTimeOffset UpdatedAt);

/// <summary>What was counted of an entity by the last refresh.</summary>
/// <param name="Title">As it is now.</param>
/// <param name="RelationsOut">Relationships that it is the source of, but for those to what is private.</param>
/// <param name="RelationsIn">Relationships that it is the target of, but for those of what is private.</param>
/// <param name="Shares">Those that are good for something.</param>
/// <param name="Analyses">Completed ones.</param>
/// <param name="AverageScore">Of all of them, from 0 to 10; null without any.</param>
/// <param name="AnalyzedAt">When the last of them ended.</param>
/// <param name="ChangedAt">When its last version began.</param>
/// <param name="RefreshedAt">When all this was counted.</param>
public sealed record EntityStats(
    Guid EntityId,
    string Type,
    string Title,
    int Versions,
    long RelationsOut,
    long RelationsIn,
    long Favorites,
    long Comments,
    long Shares,
    long Labels,
    long Analyses,
    decimal? AverageScore,
    DateTimeOffset? AnalyzedAt,
    DateTimeOffset ChangedAt,
    DateTimeOffset RefreshedAt);

/// <summary>What entities are listed by, most or last first.</summary>
public enum EntityStatsSort
{
    Changed,
    Versions,
    Relations,
    Favorites,
    Comments,
    Analyses,

    /// <summary>Those without any come last.</summary>
    Score,
}

/// <summary>
/// What an organization has and uses, as counted by the last refresh. What ends in <c>30Days</c> is of the 30 days of
/// UTC before it, and of its own day.
/// </summary>
/// <param name="Members">Active ones.</param>
/// <param name="Entities">Those that are not deleted, as the documents are.</param>
/// <param name="Versions">Of these entities.</param>
/// <param name="Analyses">Completed ones.</param>
/// <param name="Uses30Days">Of features, as the usage log has them.</param>
/// <param name="RefreshedAt">When all this was counted.</param>
public sealed record OrganizationUsage(
    long Members,
    long Entities,
    long Versions,
    long Documents,
    long DocumentBytes,
    long Analyses,
    long Uses30Days,
    long Failures30Days,
    long InputTokens30Days,
    long OutputTokens30Days,
    decimal CostUsd30Days,
    DateTimeOffset RefreshedAt);

/// <summary>How far a mart has got.</summary>
/// <param name="TransactionId">All that transactions before this one wrote is in the mart.</param>
/// <param name="BucketsChanged">By the last refresh; of the read model, rows removed and added.</param>
public sealed record MartWatermark(string Mart, string TransactionId, DateTimeOffset? RefreshedAt, int BucketsChanged);
