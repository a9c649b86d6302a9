drop function ops.is_unclaimed(uuid);
drop function ops.count_runs_before(uuid);
drop function ops.count_waiting_runs(integer);
drop function ops.admit_runs(text, integer);
drop index ops.workflow_run_in_flight;
drop index ops.workflow_run_waiting;
alter table ops.workflow_run
    drop column admitted_at,
    drop column queued_at;
