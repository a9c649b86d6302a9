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

    public static IReadOnlyList<Column<EntityStats>> Entities { get; } =
    [
        new("entityId", row => row.EntityId),
        new("type", row => row.Type),
        new("title", row => row.Title),
        new("versions", row => row.Versions),
        new("relationsOut", row => row.RelationsOut),
        new("relationsIn", row => row.RelationsIn),
        new("favorites", row => row.Favorites),
        new("comments", row => row.Comments),
        new("shares", row => row.Shares),
        new("labels", row => row.Labels),
        new("analyses", row => row.Analyses),
        new("averageScore", row => row.AverageScore),
        new("analyzedAt", row => row.AnalyzedAt),
        new("changedAt", row => row.ChangedAt),
        new("refreshedAt", row => row.RefreshedAt),
    ];

    public static IReadOnlyList<Column<OrganizationUsage>> Usage { get; } =
    [
        new("members", row => row.Members),
        new("entities", row => row.Entities),
        new("versions", row => row.Versions),
        new("documents", row => row.Documents),
        new("documentBytes", row => row.DocumentBytes),
        new("analyses", row => row.Analyses),
        new("uses30Days", row => row.Uses30Days),
        new("failures30Days", row => row.Failures30Days),
        new("inputTokens30Days", row => row.InputTokens30Days),
        new("outputTokens30Days", row => row.OutputTokens30Days),
        new("costUsd30Days", row => row.CostUsd30Days),
        new("refreshedAt", row => row.RefreshedAt),
    ];

    public static IReadOnlyList<Column<MartWatermark>> Watermarks { get; } =
    [
        new("mart", row => row.Mart),
        new("transactionId", row => row.TransactionId),
        new("refreshedAt", row => row.RefreshedAt),
        new("bucketsChanged", row => row.BucketsChanged),
    ];
}
