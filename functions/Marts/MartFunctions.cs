using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>The marts as lists in JSON or CSV; those by time newest first.</summary>
public sealed class MartFunctions(MartStore marts)
{
    [Function(nameof(ListAnalysisDaily))]
    [Operation(Permissions.MartsRead, Query = typeof(AnalysisDailyQuery), Answer = typeof(Page<AnalysisDay>),
        Feature = "analytics")]
    public Task<IResult> ListAnalysisDaily(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "marts/analysis-daily")] HttpRequest request,
        CancellationToken cancellation) =>
        Table.ListAsync<AnalysisDailyQuery, AnalysisDay>(
            request,
            (query, page) => marts.ListAnalysisDaysAsync(query.Days(), query.AfterDay, page.Fetch, cancellation),
            row => [MartKey.Text(row.Day)],
            MartColumns.AnalysisDaily);

    [Function(nameof(ListFeatureDaily))]
    [Operation(Permissions.MartsRead, Query = typeof(FeatureDailyQuery), Answer = typeof(Page<FeatureDay>),
        Feature = "analytics")]
    public Task<IResult> ListFeatureDaily(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "marts/feature-daily")] HttpRequest request,
        CancellationToken cancellation) =>
        Table.ListAsync<FeatureDailyQuery, FeatureDay>(
            request,
            (query, page) => marts.ListFeatureDaysAsync(
                query.Days(), query.Feature, query.AfterKey, page.Fetch, cancellation),
            row => [MartKey.Text(row.Day), row.FeatureKey],
            MartColumns.FeatureDaily);

    [Function(nameof(ListMetrics))]
    [Operation(Permissions.MartsRead, Query = typeof(MetricQuery), Answer = typeof(Page<MetricBucket>),
        Feature = "analytics")]
    public Task<IResult> ListMetrics(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "marts/metrics")] HttpRequest request,
        CancellationToken cancellation) =>
        Table.ListAsync<MetricQuery, MetricBucket>(
            request,
            (query, page) => marts.ListMetricBucketsAsync(
                new(query.From, query.To), query.Metric, query.Bucket, query.AfterKey, page.Fetch, cancellation),
            row => [MartKey.Text(row.TsBucket), row.MetricKey, row.Bucket],
            MartColumns.Metrics);

    /// <summary>
    /// What was counted of entities by the last refresh. What is private counts for nobody else's relationships.
    /// </summary>
    [Function(nameof(ListEntityStats))]
    [Operation(Permissions.MartsRead, Query = typeof(EntityStatsQuery), Answer = typeof(Page<EntityStats>),
        Feature = "analytics")]
    public async Task<IResult> ListEntityStats(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "marts/entities")] HttpRequest request,
        CancellationToken cancellation)
    {
        if (Query.Read<EntityStatsQuery>(request, out var query) is { } problem)
            return problem;

        var page = query.Page();
        var rows = await marts.ListEntityStatsAsync(query.Sort, query.Type, query.AfterKey, page.Fetch, cancellation);
        return Table.Answer(request, query.Format, page, rows, query.KeyOf, MartColumns.Entities);
    }

    /// <summary>What the organization has and uses: one row, and none before the first refresh.</summary>
    [Function(nameof(ListUsage))]
    [Operation(Permissions.MartsRead, Query = typeof(UsageQuery), Answer = typeof(Page<OrganizationUsage>),
        Feature = "analytics")]
    public async Task<IResult> ListUsage(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "marts/usage")] HttpRequest request,
        CancellationToken cancellation)
    {
        if (Query.Read<UsageQuery>(request, out var query) is { } problem)
            return problem;

        IReadOnlyList<OrganizationUsage> rows = await marts.FindUsageAsync(cancellation) is { } usage ? [usage] : [];
        return Table.Answer(
            request, query.Format, new PageRequest(1, null), rows, _ => [], MartColumns.Usage);
    }

    [Function(nameof(ListWatermarks))]
    [Operation(Permissions.Operations, Query = typeof(WatermarkQuery), Answer = typeof(Page<MartWatermark>))]
    public async Task<IResult> ListWatermarks(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "marts/watermarks")] HttpRequest request,
        CancellationToken cancellation)
    {
        if (Query.Read<WatermarkQuery>(request, out var query) is { } problem)
            return problem;

        // A row a mart: always one page.
        var rows = await marts.ListWatermarksAsync(cancellation);
        return Table.Answer(
            request, query.Format, new PageRequest(rows.Count, null), rows, row => [row.Mart],
            MartColumns.Watermarks);
    }
}
