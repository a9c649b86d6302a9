create table ops.workflow_run (
    id uuid primary key default gen_random_uuid(),
    organization_id uuid not null references ops.organization (id) on delete cascade,
    user_id uuid references ops.user_account (id) on delete set null,
    kind varchar(100) not null,
    status varchar(20) not null default 'queued',
    subject_type varchar(100),
    subject_id uuid,
    error text,
    meta jsonb not null default '{}',
    created_at timestamptz not null default now(),
    started_at timestamptz,
    finished_at timestamptz,
    updated_at timestamptz not null default now(),
    constraint workflow_run_in_organization unique (organization_id, id),
    constraint workflow_run_status_known
        check (status in ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    constraint workflow_run_finished_when_ended
        check ((finished_at is not null) = (status in ('succeeded', 'failed', 'cancelled'))),
    constraint workflow_run_subject_whole check ((subject_type is null) = (subject_id is null)),
    constraint workflow_run_meta_is_object check (jsonb_typeof(meta) = 'object')
);

create index workflow_run_newest on ops.workflow_run (organization_id, created_at desc, id desc);
create index workflow_run_user on ops.workflow_run (user_id);
create index workflow_run_subject on ops.workflow_run (subject_id) where subject_id is not null;
-- What readiness and sweeps look at: few rows, whatever the size of the table.
create index workflow_run_unfinished on ops.workflow_run (created_at) where status in ('queued', 'running');

create table ops.workflow_node (
    id uuid primary key default gen_random_uuid(),
    organization_id uuid not null,
    run_id uuid not null,
    key varchar(64) not null,
    position integer not null default 0,
    status varchar(20) not null default 'pending',
    attempts integer not null default 0,
    score numeric,
    started_at timestamptz,
    finished_at timestamptz,
    details jsonb not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint workflow_node_run foreign key (organization_id, run_id)
        references ops.workflow_run (organization_id, id) on delete cascade,
    constraint workflow_node_once unique (run_id, key),
    constraint workflow_node_status_known check (status in ('pending', 'running', 'ok', 'warn', 'fail', 'error')),
    constraint workflow_node_score_in_range check (score between 0 and 10),
    constraint workflow_node_attempts_not_negative check (attempts >= 0),
    constraint workflow_node_position_not_negative check (position >= 0),
    constraint workflow_node_details_is_object check (jsonb_typeof(details) = 'object')
);

create table ops.workflow_metric (
    id uuid primary key default gen_random_uuid(),
    organization_id uuid not null,
    run_id uuid not null,
    node_key varchar(64),
    name varchar(100) not null,
    value_num numeric,
    value_text text,
    value_json jsonb,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    transaction_id xid8 not null default pg_current_xact_id(),
    constraint workflow_metric_run foreign key (organization_id, run_id)
        references ops.workflow_run (organization_id, id) on delete cascade,
    constraint workflow_metric_once unique nulls not distinct (run_id, node_key, name),
    constraint workflow_metric_has_value check (num_nonnulls(value_num, value_text, value_json) > 0),
    constraint workflow_metric_value_num_is_finite
        check (value_num not in ('NaN', 'Infinity', '-Infinity'))
);

create index workflow_metric_by_time on ops.workflow_metric (organization_id, created_at);
create index workflow_metric_transaction on ops.workflow_metric (transaction_id);
create trigger workflow_metric_stamp before update on ops.workflow_metric
    for each row execute function ops.stamp_transaction();

select ops.isolate_organization('ops.workflow_run');
select ops.isolate_organization('ops.workflow_node');
select ops.isolate_organization('ops.workflow_metric');

grant select, insert, update on ops.workflow_run, ops.workflow_node, ops.workflow_metric to assay_app;
-- A run that starts over begins without its metrics.
grant delete on ops.workflow_metric to assay_app;
grant select, update on ops.workflow_run, ops.workflow_node to assay_job;
grant select on ops.workflow_metric to assay_job;
