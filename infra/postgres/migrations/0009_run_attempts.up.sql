-- Each time that a node was begun, and when that failed. One without a time of failure that was followed by another was
-- cut off: its process ended.
create table ops.workflow_attempt (
    organization_id uuid not null,
    run_id uuid not null,
    node_key varchar(64) not null,
    number integer not null,
    started_at timestamptz not null default now(),
    failed_at timestamptz,
    primary key (run_id, node_key, number),
    constraint workflow_attempt_run foreign key (organization_id, run_id)
        references ops.workflow_run (organization_id, id) on delete cascade,
    constraint workflow_attempt_number_positive check (number > 0),
    constraint workflow_attempt_failed_after_start check (failed_at >= started_at)
);

select ops.isolate_organization('ops.workflow_attempt');
grant select, insert, update, delete on ops.workflow_attempt to assay_app;
