namespace Assay;

/// <summary>Days from <paramref name="From"/> to <paramref name="To"/>, both included; null is open.</summary>
public sealed record DayRange(DateOnly? From, DateOnly? To);

/// <summary>Times from <paramref name="From"/> up to but not including <paramref name="To"/>; null is open.</summary>
public sealed record TimeRange(DateTimeOffset? From, DateTimeOffset? To);

/// <summary>
/// Reads an organization's marts, newest first, a page at a time behind the key of the last row seen.
/// </summary>
public sealed class MartStore(Database database)
{
    public Task<IReadOnlyList<AnalysisDay>> ListAnalysisDaysAsync(
        DayRange days, DateOnly? after, int take, CancellationToken cancellation) =>
        database.ListAsync<AnalysisDay>(
            """
            select day, analyses, failures, avg_overall, avg_judge, avg_complexity, avg_entropy, updated_at
            from mart.analysis_daily
            where (@From::date is null or day >= @From)
                and (@To::date is null or day <= @To)
                and (@after::date is null or day < @after)
            order by day desc
            limit @take
            """,
            new { days.From, days.To, after, take }, cancellation);

    /// <param name="feature">Null for every feature.</param>
    public Task<IReadOnlyList<FeatureDay>> ListFeatureDaysAsync(
        DayRange days, string? feature, (DateOnly Day, string Feature)? after, int take,
        CancellationToken cancellation) =>
        database.ListAsync<FeatureDay>(
            """
            select day, feature_key, events, unique_users, updated_at
            from mart.feature_daily
            where (@From::date is null or day >= @From)
                and (@To::date is null or day <= @To)
                and (@feature::text is null or feature_key = @feature)
                and (@AfterDay::date is null or day < @AfterDay or (day = @AfterDay and feature_key > @AfterFeature))
            order by day desc, feature_key
            limit @take
            """,
            new { days.From, days.To, feature, AfterDay = after?.Day, AfterFeature = after?.Feature, take },
            cancellation);

    /// <param name="metric">Null for every metric.</param>
    /// <param name="bucket"><c>hour</c> or <c>day</c>; null for both.</param>
    public Task<IReadOnlyList<MetricBucket>> ListMetricBucketsAsync(
        TimeRange times, string? metric, string? bucket, (DateTimeOffset Ts, string Metric, string Bucket)? after,
        int take, CancellationToken cancellation) =>
        database.ListAsync<MetricBucket>(
            """
            select metric_key, bucket, ts_bucket, value_num, value_json, updated_at
            from mart.metric_timeseries
            where (@From::timestamptz is null or ts_bucket >= @From)
                and (@To::timestamptz is null or ts_bucket < @To)
                and (@metric::text is null or metric_key = @metric)
                and (@bucket::text is null or bucket = @bucket)
                and (@AfterTs::timestamptz is null or ts_bucket < @AfterTs
                    or (ts_bucket = @AfterTs and (metric_key, bucket) > (@AfterMetric, @AfterBucket)))
            order by ts_bucket desc, metric_key, bucket
            limit @take
            """,
            new
            {
                times.From,
                times.To,
                metric,
                bucket,
                AfterTs = after?.Ts,
                AfterMetric = after?.Metric,
                AfterBucket = after?.Bucket,
                take,
            },
            cancellation);

    /// <summary>Of the entities that whoever acts sees.</summary>
    /// <param name="type">Of entities; null for all.</param>
    /// <param name="after">What the last row seen is sorted by, as text, and its entity.</param>
    public Task<IReadOnlyList<EntityStats>> ListEntityStatsAsync(
        EntityStatsSort sort, string? type, (string Value, Guid Id)? after, int take,
        CancellationToken cancellation) =>
        database.ListAsync<EntityStats>(
            $"""
            select entity_id, type, title, versions, relations_out, relations_in, favorites, comments, shares, labels,
                analyses, average_score, analyzed_at, changed_at, ({RefreshedAt}) as refreshed_at
            from mart.list_entity_stats(@sort, @type, @AfterValue, @AfterId, @take)
            """,
            new
            {
                sort = sort.ToString().ToLowerInvariant(),
                type,
                AfterValue = after?.Value,
                AfterId = after?.Id,
                take,
            },
            cancellation);

    /// <summary>Null before the first refresh after the organization was made.</summary>
    public Task<OrganizationUsage?> FindUsageAsync(CancellationToken cancellation) =>
        database.FindAsync<OrganizationUsage>(
            $"""
            select members, entities, versions, documents, document_bytes, analyses, uses_30_days, failures_30_days,
                input_tokens_30_days, output_tokens_30_days, cost_usd_30_days, ({RefreshedAt}) as refreshed_at
            from mart.get_organization_usage()
            """,
            null, cancellation);

    private const string RefreshedAt =
        "select refreshed_at from mart.rollup_watermark where mart = 'read_model'";

    /// <summary>Of every mart, by name.</summary>
    public Task<IReadOnlyList<MartWatermark>> ListWatermarksAsync(CancellationToken cancellation) =>
        database.ListAsync<MartWatermark>(
            """
            select mart, transaction_id::text as transaction_id, refreshed_at, buckets_changed
            from mart.rollup_watermark
            order by mart
            """,
            null, cancellation);
}
