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

/// <summary>How far a mart has got.</summary>
/// <param name="TransactionId">All that transactions before this one wrote is in the mart.</param>
/// <param name="BucketsChanged">By the last refresh.</param>
public sealed record MartWatermark(string Mart, string TransactionId, DateTimeOffset? RefreshedAt, int BucketsChanged);
