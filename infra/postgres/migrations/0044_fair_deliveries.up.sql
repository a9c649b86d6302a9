-- Messages are delivered from their rows: when each is due, and until when a process that took it may be sending it.
-- Receivers that do not answer are asked less and less often, so that they hold up nobody.
alter table ops.webhook
    add column failed_attempts integer not null default 0,
    add column failing_since timestamptz,
    add column resume_at timestamptz,
    add constraint webhook_failed_attempts_not_negative check (failed_attempts >= 0),
    add constraint webhook_failing_since_an_attempt check ((failing_since is not null) = (failed_attempts > 0));

drop index ops.webhook_delivery_unstarted;
alter table ops.webhook_delivery
    drop column started_at,
    add column next_attempt_at timestamptz not null default now(),
    add column claimed_until timestamptz;

-- Webhooks that messages wait for are found by skipping from one to the next.
create index webhook_delivery_due on ops.webhook_delivery (webhook_id, next_attempt_at) where status = 'pending';
create index webhook_delivery_claimed on ops.webhook_delivery (claimed_until)
    where status = 'pending' and claimed_until is not null;

-- How attempts go is no change of the webhook, as its number of failures is none.
drop trigger audit on ops.webhook;
select ops.audit(
    'ops.webhook', 'failures', 'encryption_key_id', 'failed_attempts', 'failing_since', 'resume_at');

grant update (failed_attempts, failing_since, resume_at) on ops.webhook to assay_app;
grant select, update (status, disabled_reason, failures, failed_attempts, failing_since, resume_at, updated_at)
    on ops.webhook to assay_job;
grant select (next_attempt_at, claimed_until) on ops.webhook_delivery to assay_app, assay_job;
grant update (status, attempts, status_code, error, next_attempt_at, claimed_until, finished_at, updated_at)
    on ops.webhook_delivery to assay_job;
