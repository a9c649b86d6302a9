using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>The marts as lists, newest first, in JSON or CSV.</summary>
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
