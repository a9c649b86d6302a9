revoke update (status, attempts, status_code, error, next_attempt_at, claimed_until, finished_at, updated_at)
    on ops.webhook_delivery from assay_job;
revoke select, update (status, disabled_reason, failures, failed_attempts, failing_since, resume_at, updated_at)
    on ops.webhook from assay_job;
-- Revoked from all columns at once, the rotation of keys would lose its own.
grant select (id, ciphertext, encryption_key_id), update (ciphertext, encryption_key_id) on ops.webhook to assay_job;

drop trigger audit on ops.webhook;
select ops.audit('ops.webhook', 'failures', 'encryption_key_id');

drop index ops.webhook_delivery_claimed;
drop index ops.webhook_delivery_due;
alter table ops.webhook_delivery
    drop column claimed_until,
    drop column next_attempt_at,
    add column started_at timestamptz;
create index webhook_delivery_unstarted on ops.webhook_delivery (created_at)
    where status = 'pending' and started_at is null;
grant update (started_at) on ops.webhook_delivery to assay_job;
grant select (started_at) on ops.webhook_delivery to assay_app, assay_job;

alter table ops.webhook
    drop column resume_at,
    drop column failing_since,
    drop column failed_attempts;
