using Npgsql;

namespace Assay;

public sealed class MartRollupTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private static readonly DateTimeOffset Monday = new(2026, 3, 2, 23, 59, 59, TimeSpan.Zero);
    private static readonly DateTimeOffset Tuesday = Monday.AddSeconds(1);

    private Guid organization;
    private Database app = null!;
    private MartStore marts = null!;
    private MartRollup rollup = null!;

    public async Task InitializeAsync()
    {
        organization = await database.AddOrganizationAsync();
        app = database.As(organization);
        marts = new MartStore(app);
        rollup = new MartRollup(database.Jobs);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Analyses_are_averaged_by_the_UTC_day_of_their_creation()
    {
        await AddAnalysisAsync(Monday, overall: 4, entropy: 0.5);
        await AddAnalysisAsync(Monday, overall: 7, entropy: null);
        await AddAnalysisAsync(Monday, overall: null);
        await AddAnalysisAsync(Tuesday, overall: 9, entropy: null);

        await RefreshAsync(MartRollup.AnalysisDaily);

        var days = await AnalysisDaysAsync();
        Assert.Equal([DayOf(Tuesday), DayOf(Monday)], days.Select(day => day.Day));
        Assert.Equal((2, 1, 5.5m, 0.5m), (days[1].Analyses, days[1].Failures, days[1].AvgOverall, days[1].AvgEntropy));
        Assert.Equal((1, 0, 9m, (decimal?)null), (
            days[0].Analyses, days[0].Failures, days[0].AvgOverall, days[0].AvgEntropy));
    }

    [Fact]
    public async Task A_refresh_without_news_changes_nothing()
    {
        await AddAnalysisAsync(Monday, overall: 4);
        await AddUsageAsync(Monday, "search", null);
        await AddMetricAsync(Monday, "words", 3);
        foreach (var mart in MartRollup.Marts)
            await RefreshAsync(mart);
        var before = await EverythingAsync();

        foreach (var mart in MartRollup.Marts)
            Assert.Equal(0, await RefreshAsync(mart));

        Assert.Equal(before, await EverythingAsync());
    }

    [Fact]
    public async Task A_late_row_corrects_its_own_day_and_no_other()
    {
        await AddAnalysisAsync(Monday, overall: 4);
        await AddAnalysisAsync(Tuesday, overall: 8);
        await RefreshAsync(MartRollup.AnalysisDaily);
        var before = await AnalysisDaysAsync();

        await AddAnalysisAsync(Monday, overall: 6);

        Assert.Equal(1, await RefreshAsync(MartRollup.AnalysisDaily));
        var after = await AnalysisDaysAsync();
        Assert.Equal(before[0], after[0]);
        Assert.Equal((2, 5m), (after[1].Analyses, after[1].AvgOverall));
    }

    [Fact]
    public async Task An_analysis_counts_once_it_has_ended_however_long_ago_it_began()
    {
        var id = await AddAnalysisAsync(Monday, overall: null, status: "pending");
        await RefreshAsync(MartRollup.AnalysisDaily);
        Assert.Empty(await AnalysisDaysAsync());

        await app.ExecuteAsync(
            "update core.analysis_result set status = 'failed', error = 'late' where id = @id", new { id },
            CancellationToken.None);
        await RefreshAsync(MartRollup.AnalysisDaily);

        Assert.Equal(1, Assert.Single(await AnalysisDaysAsync()).Failures);
    }

    [Fact]
    public async Task A_row_of_a_transaction_in_flight_is_not_missed()
    {
        await AddAnalysisAsync(Monday, overall: 4);
        await using var connection = new NpgsqlConnection(database.Administrator);
        await connection.OpenAsync();
        await using var slow = await connection.BeginTransactionAsync();
        await using (var insert = new NpgsqlCommand(
            $"""
            insert into core.analysis_result (organization_id, prompt_content, status, error, created_at)
            values ('{organization}', 'x', 'failed', 'slow', '2026-03-02 12:00Z')
            """,
            connection))
            await insert.ExecuteNonQueryAsync();

        // Written and committed after it, and so numbered after it.
        await AddAnalysisAsync(Tuesday, overall: 4);
        await RefreshAsync(MartRollup.AnalysisDaily);
        await slow.CommitAsync();
        Assert.Equal(0, (await AnalysisDaysAsync())[1].Failures);

        await RefreshAsync(MartRollup.AnalysisDaily);

        Assert.Equal(1, (await AnalysisDaysAsync())[1].Failures);
    }

    [Fact]
    public async Task Refreshes_that_race_agree()
    {
        for (var round = 0; round < 5; round++)
            await Task.WhenAll(
                AddAnalysisAsync(Monday, overall: 5),
                RefreshAsync(MartRollup.AnalysisDaily),
                AddAnalysisAsync(Tuesday, overall: 5),
                RefreshAsync(MartRollup.AnalysisDaily));
        await RefreshAsync(MartRollup.AnalysisDaily);

        Assert.Equal([5, 5], (await AnalysisDaysAsync()).Select(day => day.Analyses));
    }

    [Fact]
    public async Task A_database_restored_into_a_younger_server_is_rolled_up_anew()
    {
        await using var restored = await TestDatabase.CreateAsync();
        await restored.ExecuteAsync("update mart.rollup_watermark set transaction_id = '9000000000000000000'");
        var owner = await restored.AddOrganizationAsync();
        await restored.As(owner).ExecuteAsync(
            """
            insert into core.analysis_result (organization_id, prompt_content, status, error)
            values (@owner, 'x', 'failed', 'any')
            """,
            new { owner }, CancellationToken.None);

        Assert.Equal(
            1,
            await new MartRollup(restored.Jobs).RefreshAsync(MartRollup.AnalysisDaily, CancellationToken.None));
    }

    [Fact]
    public async Task Features_are_counted_with_their_users_from_both_logs()
    {
        var (ada, bob) = (await AddUserAsync(), await AddUserAsync());
        await AddUsageAsync(Monday, "search", ada);
        await AddUsageAsync(Monday, "search", ada);
        await AddUsageAsync(Monday, "search", bob);
        await AddUsageAsync(Monday, "search", null);
        await AddUsageAsync(Tuesday, "search", bob);
        await database.ExecuteAsync(
            $"""
            insert into ops.event (organization_id, entity_type, entity_id, action, actor_type, actor_id, created_at)
            values ('{organization}', 'document', gen_random_uuid(), 'created', 'user', '{ada}', '{Monday:O}'),
                ('{organization}', 'document', gen_random_uuid(), 'created', 'system', null, '{Monday:O}')
            """);

        await RefreshAsync(MartRollup.FeatureDaily);

        var days = await marts.ListFeatureDaysAsync(new(null, null), null, null, 100, CancellationToken.None);
        Assert.Equal(
            [
                (DayOf(Tuesday), "search", 1, 1),
                (DayOf(Monday), "document.created", 2, 1),
                (DayOf(Monday), "search", 4, 2),
            ],
            days.Where(day => day.FeatureKey != "organization.created")
                .Select(day => (day.Day, day.FeatureKey, day.Events, day.UniqueUsers)));
    }

    [Fact]
    public async Task Metrics_fall_into_hours_and_days()
    {
        foreach (var value in new[] { 1, 2, 3, 10 })
            await AddMetricAsync(Monday.AddMinutes(-10 * value), "words", value);
        await AddMetricAsync(Tuesday, "words", 5);

        await RefreshAsync(MartRollup.MetricTimeseries);

        var hours = await MetricBucketsAsync("hour");
        Assert.Equal(
            [(0, 5m), (23, 2m), (22, 10m)], hours.Select(hour => (hour.TsBucket.Hour, hour.ValueNum)));
        var days = await MetricBucketsAsync("day");
        Assert.Equal([(3, 5m), (2, 4m)], days.Select(day => (day.TsBucket.Day, day.ValueNum)));
        Assert.Equal("node.words", days[1].MetricKey);
        Assert.Equal(
            """{"max":10,"min":1,"p50":2,"p95":10,"sum":16,"count":4}""", days[1].ValueJson.ToJsonString());
    }

    [Fact]
    public async Task A_metric_written_over_is_counted_as_it_is_now()
    {
        await AddMetricAsync(Monday, "words", 1);
        await RefreshAsync(MartRollup.MetricTimeseries);

        await app.ExecuteAsync("update ops.workflow_metric set value_num = 9", null, CancellationToken.None);
        await RefreshAsync(MartRollup.MetricTimeseries);

        Assert.Equal(9m, Assert.Single(await MetricBucketsAsync("day")).ValueNum);
    }

    [Fact]
    public async Task An_organization_reads_its_own_marts()
    {
        await AddAnalysisAsync(Monday, overall: 4);
        await RefreshAsync(MartRollup.AnalysisDaily);
        var stranger = new MartStore(database.As(await database.AddOrganizationAsync()));

        Assert.Single(await AnalysisDaysAsync());
        Assert.Empty(await stranger.ListAnalysisDaysAsync(new(null, null), null, 10, CancellationToken.None));
    }

    [Fact]
    public async Task Watermarks_say_when_each_mart_was_refreshed()
    {
        foreach (var mart in MartRollup.Marts)
            await RefreshAsync(mart);

        var watermarks = await marts.ListWatermarksAsync(CancellationToken.None);

        Assert.Equal(MartRollup.Marts, watermarks.Select(watermark => watermark.Mart));
        Assert.All(watermarks, watermark => Assert.NotNull(watermark.RefreshedAt));
    }

    [Fact]
    public async Task An_unknown_mart_is_refused() =>
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => RefreshAsync("nothing_such"));

    private Task<int> RefreshAsync(string mart) => rollup.RefreshAsync(mart, CancellationToken.None);

    private Task<IReadOnlyList<AnalysisDay>> AnalysisDaysAsync() =>
        marts.ListAnalysisDaysAsync(new(null, null), null, 100, CancellationToken.None);

    private Task<IReadOnlyList<MetricBucket>> MetricBucketsAsync(string bucket) =>
        marts.ListMetricBucketsAsync(new(null, null), null, bucket, null, 100, CancellationToken.None);

    private async Task<string> EverythingAsync() => await app.ValueAsync<string>(
        """
        select concat((select jsonb_agg(m) from mart.analysis_daily m), (select jsonb_agg(m) from mart.feature_daily m),
            (select jsonb_agg(m) from mart.metric_timeseries m))
        """,
        null, CancellationToken.None);

    private static DateOnly DayOf(DateTimeOffset time) => DateOnly.FromDateTime(time.UtcDateTime);

    /// <param name="overall">Null is a failed analysis, unless the status says otherwise.</param>
    private async Task<Guid> AddAnalysisAsync(
        DateTimeOffset at, double? overall, double? entropy = null, string? status = null)
    {
        var id = Guid.CreateVersion7();
        await app.ExecuteAsync(
            """
            insert into core.analysis_result (id, organization_id, prompt_content, status, error, detected_format,
                detected_language, overall_score, judge_score, complexity_score, semantic_entropy, length_chars,
                length_words, length_tokens, completed_at, created_at)
            values (@id, @organization, 'x', @status, case @status when 'failed' then 'why' end, 'text', 'en', @overall,
                @overall, @overall, @entropy, 1, 1, 1, @at, @at)
            """,
            new
            {
                id,
                organization,
                status = status ?? (overall is null ? "failed" : "completed"),
                overall,
                entropy,
                at,
            },
            CancellationToken.None);
        return id;
    }

    private async Task<Guid> AddUserAsync()
    {
        var id = Guid.CreateVersion7();
        await database.ExecuteAsync($"insert into ops.user_account (id) values ('{id}')");
        return id;
    }

    private Task AddUsageAsync(DateTimeOffset at, string feature, Guid? user) => app.ExecuteAsync(
        """
        insert into ops.usage_event (organization_id, feature, user_id, created_at)
        values (@organization, @feature, @user, @at)
        """,
        new { organization, feature, user, at }, CancellationToken.None);

    private Task AddMetricAsync(DateTimeOffset at, string name, double value) => app.ExecuteAsync(
        """
        with run as (
            insert into ops.workflow_run (organization_id, kind) values (@organization, 'test') returning id
        )
        insert into ops.workflow_metric (organization_id, run_id, node_key, name, value_num, created_at)
        select @organization, id, 'node', @name, @value, @at from run
        """,
        new { organization, name, value, at }, CancellationToken.None);
}
