-- Days and buckets are those of UTC. Natural keys: a bucket is written over whenever it is computed again.

create table mart.analysis_daily (
    organization_id uuid not null references ops.organization (id) on delete cascade,
    day date not null,
    analyses integer not null default 0,
    failures integer not null default 0,
    avg_overall numeric,
    avg_judge numeric,
    avg_complexity numeric,
    avg_entropy numeric,
    updated_at timestamptz not null default now(),
    constraint analysis_daily_key primary key (organization_id, day),
    constraint analysis_daily_analyses_not_negative check (analyses >= 0),
    constraint analysis_daily_failures_not_negative check (failures >= 0),
    constraint analysis_daily_avg_overall_in_range check (avg_overall between 0 and 10),
    constraint analysis_daily_avg_judge_in_range check (avg_judge between 0 and 10),
    constraint analysis_daily_avg_complexity_in_range check (avg_complexity between 0 and 10),
    constraint analysis_daily_avg_entropy_not_negative check (avg_entropy >= 0)
);

create table mart.feature_daily (
    organization_id uuid not null references ops.organization (id) on delete cascade,
    day date not null,
    -- An entity type and an action of the event log are joined by a dot: up to 201 characters.
    feature_key varchar(201) not null,
    events integer not null default 0,
    unique_users integer not null default 0,
    updated_at timestamptz not null default now(),
    constraint feature_daily_key primary key (organization_id, day, feature_key),
    constraint feature_daily_events_not_negative check (events >= 0),
    constraint feature_daily_unique_users_in_range check (unique_users between 0 and events)
);

-- value_num is the mean of the bucket; value_json holds count, sum, min, max, p50 and p95.
create table mart.metric_timeseries (
    organization_id uuid not null references ops.organization (id) on delete cascade,
    metric_key varchar(165) not null,
    bucket varchar(10) not null,
    ts_bucket timestamptz not null,
    value_num numeric not null,
    value_json jsonb not null,
    updated_at timestamptz not null default now(),
    constraint metric_timeseries_key primary key (organization_id, metric_key, bucket, ts_bucket),
    constraint metric_timeseries_bucket_known check (bucket in ('hour', 'day')),
    constraint metric_timeseries_value_json_is_object check (jsonb_typeof(value_json) = 'object')
);

create index metric_timeseries_newest
    on mart.metric_timeseries (organization_id, bucket, ts_bucket desc, metric_key);

-- Every row written by a transaction before transaction_id is in the mart. Times cannot say that: a row is stamped
-- before it commits, so one of a slow transaction appears behind any clock. A transaction id below the oldest still
-- running one (the snapshot's xmin) belongs to a transaction that has ended, whatever its length.
create table mart.rollup_watermark (
    mart varchar(100) primary key,
    transaction_id xid8 not null default '0',
    refreshed_at timestamptz,
    buckets_changed integer not null default 0,
    constraint rollup_watermark_buckets_changed_not_negative check (buckets_changed >= 0)
);

insert into mart.rollup_watermark (mart) values ('analysis_daily'), ('feature_daily'), ('metric_timeseries');

select ops.isolate_organization('mart.analysis_daily');
select ops.isolate_organization('mart.feature_daily');
select ops.isolate_organization('mart.metric_timeseries');

grant select on mart.analysis_daily, mart.feature_daily, mart.metric_timeseries, mart.rollup_watermark to assay_app;
grant select, insert, update, delete on mart.analysis_daily, mart.feature_daily, mart.metric_timeseries to assay_job;
grant select, update on mart.rollup_watermark to assay_job;
