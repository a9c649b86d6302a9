using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>The marts as lists, newest first, in JSON or CSV.</summary>
public sealed class MartFunctions(MartStore marts)
{
    [Function(nameof(ListAnalysisDaily))]
    [Operation(Permissions.MartsRead)]
    public async Task<IResult> ListAnalysisDaily(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "marts/analysis-daily")] HttpRequest request,
        CancellationToken cancellation)
    {
        var query = new Query(request);
        var csv = Table.WantsCsv(request, query);
        var days = Days(query);
        var page = query.Page(1, key => IsDay(key[0]));
        if (query.Problem is { } problem)
            return problem;

        var after = page.After is [var day] ? Day(day) : (DateOnly?)null;
        return Table.Answer(
            request, csv, page, await marts.ListAnalysisDaysAsync(days, after, page.Fetch, cancellation),
            row => [Text(row.Day)],
            new("day", row => row.Day),
            new("analyses", row => row.Analyses),
            new("failures", row => row.Failures),
            new("avgOverall", row => row.AvgOverall),
            new("avgJudge", row => row.AvgJudge),
            new("avgComplexity", row => row.AvgComplexity),
            new("avgEntropy", row => row.AvgEntropy),
            new("updatedAt", row => row.UpdatedAt));
    }

    [Function(nameof(ListFeatureDaily))]
    [Operation(Permissions.MartsRead)]
    public async Task<IResult> ListFeatureDaily(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "marts/feature-daily")] HttpRequest request,
        CancellationToken cancellation)
    {
        var query = new Query(request);
        var csv = Table.WantsCsv(request, query);
        var days = Days(query);
        var feature = query.Text("feature", lengthMax: 201);
        var page = query.Page(2, key => IsDay(key[0]));
        if (query.Problem is { } problem)
            return problem;

        (DateOnly, string)? after = page.After is [var day, var key] ? (Day(day), key) : null;
        return Table.Answer(
            request, csv, page, await marts.ListFeatureDaysAsync(days, feature, after, page.Fetch, cancellation),
            row => [Text(row.Day), row.FeatureKey],
            new("day", row => row.Day),
            new("featureKey", row => row.FeatureKey),
            new("events", row => row.Events),
            new("uniqueUsers", row => row.UniqueUsers),
            new("updatedAt", row => row.UpdatedAt));
    }

    [Function(nameof(ListMetrics))]
    [Operation(Permissions.MartsRead)]
    public async Task<IResult> ListMetrics(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "marts/metrics")] HttpRequest request,
        CancellationToken cancellation)
    {
        var query = new Query(request);
        var csv = Table.WantsCsv(request, query);
        var times = new TimeRange(query.Time("from"), query.Time("to"));
        if (times.From > times.To)
            query.Reject("from", "a time not after to");
        var metric = query.Text("metric", lengthMax: 165);
        var bucket = query.OneOf("bucket", "hour", "day");
        var page = query.Page(3, key => IsTime(key[0]));
        if (query.Problem is { } problem)
            return problem;

        (DateTimeOffset, string, string)? after =
            page.After is [var ts, var key, var size] ? (Time(ts), key, size) : null;
        return Table.Answer(
            request, csv, page,
            await marts.ListMetricBucketsAsync(times, metric, bucket, after, page.Fetch, cancellation),
            row => [Text(row.TsBucket), row.MetricKey, row.Bucket],
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
            new("updatedAt", row => row.UpdatedAt));
    }

    [Function(nameof(ListWatermarks))]
    [Operation(Permissions.Operations)]
    public async Task<IResult> ListWatermarks(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "marts/watermarks")] HttpRequest request,
        CancellationToken cancellation)
    {
        var query = new Query(request);
        var csv = Table.WantsCsv(request, query);
        if (query.Problem is { } problem)
            return problem;

        // A row a mart: always one page.
        var rows = await marts.ListWatermarksAsync(cancellation);
        return Table.Answer(
            request, csv, new PageRequest(rows.Count, null), rows, row => [row.Mart],
            new("mart", row => row.Mart),
            new("transactionId", row => row.TransactionId),
            new("refreshedAt", row => row.RefreshedAt),
            new("bucketsChanged", row => row.BucketsChanged));
    }

    private static DayRange Days(Query query)
    {
        var days = new DayRange(query.Date("from"), query.Date("to"));
        if (days.From > days.To)
            query.Reject("from", "a date not after to");
        return days;
    }

    private static string Text(DateOnly day) => day.ToString("O", CultureInfo.InvariantCulture);

    private static string Text(DateTimeOffset time) => time.ToString("O", CultureInfo.InvariantCulture);

    private static DateOnly Day(string text) => DateOnly.ParseExact(text, "O", CultureInfo.InvariantCulture);

    private static DateTimeOffset Time(string text) =>
        DateTimeOffset.ParseExact(text, "O", CultureInfo.InvariantCulture);

    private static bool IsDay(string text) =>
        DateOnly.TryParseExact(text, "O", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    private static bool IsTime(string text) =>
        DateTimeOffset.TryParseExact(text, "O", CultureInfo.InvariantCulture, DateTimeStyles.None, out _);
}
