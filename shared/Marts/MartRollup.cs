namespace Assay;

/// <summary>
/// Brings marts up to date, for all organizations at once. A refresh finds the rows written since the mart's
/// watermark, and computes anew the buckets that they fall into, whole, from their source: so a late row corrects its
/// own bucket, and repeating a refresh changes nothing. The work is that of the buckets touched, whatever the history.
/// </summary>
/// <remarks>
/// The watermark is a transaction id. A refresh takes every row it can see that a transaction at or past it wrote, and
/// moves it to the oldest transaction still running: a row that commits later was written at or past that, however
/// long its transaction took. Rows of transactions in between are taken twice, which changes nothing.
/// </remarks>
public sealed class MartRollup(JobDatabase database)
{
    public const string AnalysisDaily = "analysis_daily";
    public const string FeatureDaily = "feature_daily";
    public const string MetricTimeseries = "metric_timeseries";

    /// <summary>
    /// What is counted of entities and organizations. Unlike the others it is computed whole, in time that grows with
    /// all there is; it is written, and read meanwhile, as far as it changed.
    /// </summary>
    public const string ReadModel = "read_model";

    public static IReadOnlyList<string> Marts { get; } = [AnalysisDaily, FeatureDaily, MetricTimeseries, ReadModel];

    /// <summary>Safe to repeat and to race. Returns how many buckets changed, or rows of the read model.</summary>
    /// <param name="mart">One of <see cref="Marts"/>.</param>
    public Task<int> RefreshAsync(string mart, CancellationToken cancellation)
    {
        if (mart == ReadModel)
            return database.ValueAsync<int>("select mart.refresh_read_model()", null, cancellation);
        var statement = mart switch
        {
            AnalysisDaily => Analyses,
            FeatureDaily => Features,
            MetricTimeseries => Metrics,
            _ => throw new ArgumentOutOfRangeException(nameof(mart), mart, "There is no such mart."),
        };
        return database.InTransactionAsync(
            async transaction =>
            {
                // In a statement of its own: the one after it must see all that the refresh it waited for has done.
                await transaction.ExecuteAsync(
                    "select pg_advisory_xact_lock(hashtextextended(@name, 0))", new { name = $"mart.{mart}" },
                    cancellation);
                return await transaction.ValueAsync<int>(
                    $"{Watermark}{statement}{MoveWatermark}", new { mart }, cancellation);
            },
            cancellation);
    }

    /// <summary>Makes the partitions of the coming months and days. Returns how many were missing.</summary>
    public Task<int> KeepPartitionsAheadAsync(DateOnly today, CancellationToken cancellation) =>
        database.ValueAsync<int>("select ops.ensure_partitions(@today)", new { today }, cancellation);

    /// <summary>
    /// Drops what is older than it is kept for, except where somebody reads it for long. Returns how many partitions.
    /// </summary>
    /// <param name="eventMonths">Whole months of the event log to keep before the current one; 0 keeps all.</param>
    /// <param name="usageDays">Days of usage to keep before today; 0 keeps all.</param>
    public async Task<int> RetirePartitionsAsync(
        DateOnly today, int eventMonths, int usageDays, CancellationToken cancellation)
    {
        var month = today.AddDays(1 - today.Day);
        var events = eventMonths == 0 ? 0 : await RetireAsync("event", month.AddMonths(-eventMonths), cancellation);
        var usage = usageDays == 0 ? 0 : await RetireAsync("usage_event", today.AddDays(-usageDays), cancellation);
        return events + usage;
    }

    // A transaction each, so that neither table is locked while the other's partitions go.
    private Task<int> RetireAsync(string parent, DateOnly first, CancellationToken cancellation) =>
        database.ValueAsync<int>(
            "select ops.retire_partitions(@parent, @since)",
            new { parent, since = first.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc) }, cancellation);

    // A watermark from the future: the database was restored into a server whose transaction ids start lower. All is
    // computed anew then.
    private const string Watermark =
        """
        with watermark as (
            select case when transaction_id > pg_snapshot_xmax(pg_current_snapshot()) then '0'::xid8
                else transaction_id end as since
            from mart.rollup_watermark
            where mart = @mart
        ),

        """;

    private const string MoveWatermark =
        """

        update mart.rollup_watermark
        set transaction_id = pg_snapshot_xmin(pg_current_snapshot()), refreshed_at = now(),
            buckets_changed = (select count(*) from changed)
        where mart = @mart
        returning buckets_changed
        """;

    private const string Analyses =
        """
        reopened as (
            select distinct organization_id, (created_at at time zone 'UTC')::date as day
            from core.analysis_result
            where transaction_id >= (select since from watermark)
        ), changed as (
            insert into mart.analysis_daily as mart (organization_id, day, analyses, failures, avg_overall, avg_judge,
                avg_complexity, avg_entropy)
            select reopened.organization_id, reopened.day,
                count(*) filter (where status = 'completed'),
                count(*) filter (where status = 'failed'),
                trim_scale(round(avg(overall_score::numeric) filter (where status = 'completed'), 6)),
                trim_scale(round(avg(judge_score::numeric) filter (where status = 'completed'), 6)),
                trim_scale(round(avg(complexity_score::numeric) filter (where status = 'completed'), 6)),
                trim_scale(round(avg(semantic_entropy::numeric) filter (where status = 'completed'), 6))
            from reopened
            join core.analysis_result result on result.organization_id = reopened.organization_id
                and result.created_at >= reopened.day::timestamp at time zone 'UTC'
                and result.created_at < (reopened.day + 1)::timestamp at time zone 'UTC'
            where status <> 'pending'
            group by reopened.organization_id, reopened.day
            on conflict (organization_id, day) do update
            set analyses = excluded.analyses, failures = excluded.failures, avg_overall = excluded.avg_overall,
                avg_judge = excluded.avg_judge, avg_complexity = excluded.avg_complexity,
                avg_entropy = excluded.avg_entropy, updated_at = now()
            where (mart.analyses, mart.failures, mart.avg_overall, mart.avg_judge, mart.avg_complexity,
                    mart.avg_entropy)
                is distinct from (excluded.analyses, excluded.failures, excluded.avg_overall, excluded.avg_judge,
                    excluded.avg_complexity, excluded.avg_entropy)
            returning 1
        )
        """;

    // An entry of the event log counts as a use of what it did to what; its user is known when one acted.
    private const string Features =
        """
        reopened as (
            select organization_id, (created_at at time zone 'UTC')::date as day
            from ops.usage_event
            where transaction_id >= (select since from watermark)
            union
            select organization_id, (created_at at time zone 'UTC')::date
            from ops.event
            where transaction_id >= (select since from watermark)
        ), use as (
            select reopened.organization_id, reopened.day, usage.feature as feature_key, usage.user_id
            from reopened
            join ops.usage_event usage on usage.organization_id = reopened.organization_id
                and usage.created_at >= reopened.day::timestamp at time zone 'UTC'
                and usage.created_at < (reopened.day + 1)::timestamp at time zone 'UTC'
            union all
            select reopened.organization_id, reopened.day, event.entity_type || '.' || event.action,
                case when event.actor_type = 'user' then event.actor_id end
            from reopened
            join ops.event event on event.organization_id = reopened.organization_id
                and event.created_at >= reopened.day::timestamp at time zone 'UTC'
                and event.created_at < (reopened.day + 1)::timestamp at time zone 'UTC'
        ), changed as (
            insert into mart.feature_daily as mart (organization_id, day, feature_key, events, unique_users)
            select organization_id, day, feature_key, count(*), count(distinct user_id)
            from use
            group by organization_id, day, feature_key
            on conflict (organization_id, day, feature_key) do update
            set events = excluded.events, unique_users = excluded.unique_users, updated_at = now()
            where (mart.events, mart.unique_users) is distinct from (excluded.events, excluded.unique_users)
            returning 1
        )
        """;

    // A day is 24 hours here: buckets are those of UTC, whatever the session's time zone.
    private const string Metrics =
        """
        reopened as (
            select distinct metric.organization_id, bucket.name as bucket, bucket.length,
                date_trunc(bucket.name, metric.created_at, 'UTC') as ts_bucket
            from ops.workflow_metric metric
            cross join (values ('hour', interval '1 hour'), ('day', interval '24 hours')) bucket (name, length)
            where metric.transaction_id >= (select since from watermark)
        ), changed as (
            insert into mart.metric_timeseries as mart (organization_id, metric_key, bucket, ts_bucket, value_num,
                value_json)
            select reopened.organization_id, concat_ws('.', metric.node_key, metric.name), reopened.bucket,
                reopened.ts_bucket, trim_scale(round(avg(value_num), 6)),
                jsonb_build_object('count', count(*), 'sum', sum(value_num), 'min', min(value_num),
                    'max', max(value_num), 'p50', percentile_disc(0.5) within group (order by value_num),
                    'p95', percentile_disc(0.95) within group (order by value_num))
            from reopened
            join ops.workflow_metric metric on metric.organization_id = reopened.organization_id
                and metric.created_at >= reopened.ts_bucket
                and metric.created_at < reopened.ts_bucket + reopened.length
            where value_num is not null
            group by reopened.organization_id, 2, reopened.bucket, reopened.ts_bucket
            on conflict (organization_id, metric_key, bucket, ts_bucket) do update
            set value_num = excluded.value_num, value_json = excluded.value_json, updated_at = now()
            where (mart.value_num, mart.value_json) is distinct from (excluded.value_num, excluded.value_json)
            returning 1
        )
        """;
}
