namespace Assay;

/// <summary>The marts as tables.</summary>
internal static class MartColumns
{
    public static IReadOnlyList<Column<AnalysisDay>> AnalysisDaily { get; } =
    [
        new("day", row => row.Day),
        new("analyses", row => row.Analyses),
        new("failures", row => row.Failures),
        new("avgOverall", row => row.AvgOverall),
        new("avgJudge", row => row.AvgJudge),
        new("avgComplexity", row => row.AvgComplexity),
        new("avgEntropy", row => row.AvgEntropy),
        new("updatedAt", row => row.UpdatedAt),
    ];

    public static IReadOnlyList<Column<FeatureDay>> FeatureDaily { get; } =
    [
        new("day", row => row.Day),
        new("featureKey", row => row.FeatureKey),
        new("events", row => row.Events),
        new("uniqueUsers", row => row.UniqueUsers),
        new("updatedAt", row => row.UpdatedAt),
    ];

    public static IReadOnlyList<Column<MetricBucket>> Metrics { get; } =
    [
        new("metricKey", row => row.MetricKey),
        new("bucket", row => row.Bucket),
        new("tsBucket", row => row.TsBucket),
        new("valueNum", row => row.ValueNum),
        new("count", row => row.ValueJson["count"]),
        new("sum", row => row.ValueJson["sum"]),
        new("min", row => row.ValueJson["min"]),
        new("max", row => row.ValueJson["max"]),
        new("p50", row => row.ValueJson["p50"]),
        new("p95", row => row.ValueJson["p95"]),
        new("updatedAt", row => row.UpdatedAt),
    ];

    public static IReadOnlyList<Column<MartWatermark>> Watermarks { get; } =
    [
        new("mart", row => row.Mart),
        new("transactionId", row => row.TransactionId),
        new("refreshedAt", row => row.RefreshedAt),
        new("bucketsChanged", row => row.BucketsChanged),
    ];
}
