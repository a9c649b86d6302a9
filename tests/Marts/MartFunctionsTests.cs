using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public sealed class MartFunctionsTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private MartFunctions functions = null!;

    public async Task InitializeAsync()
    {
        var organization = await database.AddOrganizationAsync();
        await database.ExecuteAsync(
            $$"""
            insert into mart.analysis_daily (organization_id, day, analyses, avg_overall, updated_at)
            select '{{organization}}', date '2026-01-01' + n, n, 5.5, '2026-02-01 00:00:00.5Z'
            from generate_series(1, 5) n;
            insert into mart.feature_daily (organization_id, day, feature_key, events)
            select '{{organization}}', date '2026-01-01' + n / 3, 'feature-' || n, n from generate_series(0, 6) n;
            insert into mart.feature_daily (organization_id, day, feature_key, events)
            values ('{{organization}}', '2026-02-01', 'a "quoted", key', 1);
            insert into mart.metric_timeseries (organization_id, metric_key, bucket, ts_bucket, value_num, value_json)
            select '{{organization}}', key, bucket, '2026-01-01 10:00Z', 2, '{"count": 3, "p50": 2.5}'
            from unnest(array['a', 'b']) key, unnest(array['hour', 'day']) bucket
            """);
        functions = new MartFunctions(new MartStore(database.As(organization)));
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData("", 5)]
    [InlineData("?from=2026-01-03", 4)]
    [InlineData("?to=2026-01-03", 2)]
    [InlineData("?from=2026-01-03&to=2026-01-03", 1)]
    public async Task Days_are_filtered_with_both_ends_included(string query, int count)
    {
        var (response, body) = await GetAsync(functions.ListAnalysisDaily, query);

        Assert.Equal(200, response.StatusCode);
        Assert.Equal(count, JsonNode.Parse(body)!["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task Pages_follow_each_other_without_gap_or_repeat()
    {
        Assert.Equal(5, (await WalkAsync(functions.ListAnalysisDaily, "day")).Distinct().Count());
        Assert.Equal(8, (await WalkAsync(functions.ListFeatureDaily, "featureKey")).Distinct().Count());
        Assert.Equal(
            ["a day", "a hour", "b day", "b hour"], await WalkAsync(functions.ListMetrics, "metricKey", "bucket"));
    }

    [Theory]
    [InlineData("?format=csv", null)]
    [InlineData("", "text/csv")]
    [InlineData("", "application/json;q=0.5, text/csv")]
    public async Task Csv_is_given_when_asked_for(string query, string? accept)
    {
        var (response, body) = await GetAsync(functions.ListAnalysisDaily, query, accept);

        Assert.Equal("text/csv; charset=utf-8", response.ContentType);
        Assert.StartsWith(
            "day,analyses,failures,avgOverall,avgJudge,avgComplexity,avgEntropy,updatedAt\r\n"
            + "2026-01-06,5,0,5.5,,,,2026-02-01T00:00:00.5Z\r\n",
            body);
    }

    [Theory]
    [InlineData("?format=json", "text/csv")]
    [InlineData("", "*/*")]
    [InlineData("", "application/json, text/csv;q=0.9")]
    [InlineData("", null)]
    public async Task Json_is_given_otherwise(string query, string? accept)
    {
        var (response, _) = await GetAsync(functions.ListAnalysisDaily, query, accept);

        Assert.StartsWith("application/json", response.ContentType);
    }

    [Fact]
    public async Task Csv_has_pages_too_and_quotes_what_needs_it()
    {
        var (response, body) = await GetAsync(functions.ListFeatureDaily, "?format=csv&limit=1");

        Assert.Contains("format=csv", response.Headers.Link.ToString());
        Assert.Contains("rel=\"next\"", response.Headers.Link.ToString());
        Assert.Contains("2026-02-01,\"a \"\"quoted\"\", key\",1,0,", body);
        Assert.Equal(2, body.Count(character => character == '\n'));
    }

    [Fact]
    public async Task Metrics_spread_their_figures_into_columns()
    {
        var (_, body) = await GetAsync(functions.ListMetrics, "?format=csv&bucket=day&metric=b");

        Assert.Contains("\r\nb,day,2026-01-01T10:00:00Z,2,3,,,,2.5,,", body);
    }

    [Theory]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("-1+\"a\"", "\"'-1+\"\"a\"\"\"")]
    [InlineData("a=b", "a=b")]
    public async Task Text_in_csv_is_no_formula(string text, string field)
    {
        var http = new DefaultHttpContext { Response = { Body = new MemoryStream() } };
        var answer = Table.Answer(
            http.Request, "csv", new PageRequest(1, null), [text], row => [row],
            [new Column<string>("text", row => row), new Column<string>("number", _ => -1.5m)]);

        http.RequestServices = new ServiceCollection().AddLogging().BuildServiceProvider();
        await answer.ExecuteAsync(http);

        http.Response.Body.Position = 0;
        Assert.Equal(
            $"text,number\r\n{field},-1.5\r\n", await new StreamReader(http.Response.Body).ReadToEndAsync());
    }

    [Theory]
    [InlineData("?from=2026-13-01", "from")]
    [InlineData("?from=2026-02-01&to=2026-01-01", "from")]
    [InlineData("?format=xml", "format")]
    [InlineData("?after=nonsense", "after")]
    [InlineData("?limit=0", "limit")]
    public async Task What_cannot_be_meant_is_named(string query, string field)
    {
        var (response, body) = await GetAsync(functions.ListAnalysisDaily, query);

        Assert.Equal(422, response.StatusCode);
        Assert.NotNull(JsonNode.Parse(body)!["errors"]![field]);
    }

    [Fact]
    public async Task Watermarks_are_listed_by_mart()
    {
        var (_, body) = await GetAsync(functions.ListWatermarks, "");

        Assert.Equal(
            MartRollup.Marts, JsonNode.Parse(body)!["items"]!.AsArray().Select(item => (string)item!["mart"]!));
    }

    private static async Task<List<string>> WalkAsync(
        Func<HttpRequest, CancellationToken, Task<IResult>> list, params string[] fields)
    {
        var seen = new List<string>();
        for (string? after = ""; after is not null;)
        {
            var (_, body) = await GetAsync(list, $"?limit=2{after}");
            var page = JsonNode.Parse(body)!;
            foreach (var item in page["items"]!.AsArray())
                seen.Add(string.Join(' ', fields.Select(field => (string)item![field]!)));
            after = (string?)page["next"] is { } next ? $"&after={next}" : null;
        }
        return seen;
    }

    private static async Task<(HttpResponse, string)> GetAsync(
        Func<HttpRequest, CancellationToken, Task<IResult>> list, string query, string? accept = null)
    {
        var http = new DefaultHttpContext
        {
            RequestServices = new ServiceCollection().AddLogging().BuildServiceProvider(),
        };
        http.Request.QueryString = new QueryString(query);
        if (accept is not null)
            http.Request.Headers.Accept = accept;
        http.Response.Body = new MemoryStream();
        var result = await list(http.Request, CancellationToken.None);
        await result.ExecuteAsync(http);
        http.Response.Body.Position = 0;
        return (http.Response, await new StreamReader(http.Response.Body).ReadToEndAsync());
    }
}
