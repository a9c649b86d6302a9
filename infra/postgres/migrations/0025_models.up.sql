-- What came of a credential's use, and why a node of a run waits.
alter table ops.provider_credential
    add column last_error text,
    add column last_error_at timestamptz,
    add constraint provider_credential_last_error_has_time check ((last_error is null) = (last_error_at is null));

grant update (last_error, last_error_at) on ops.provider_credential to assay_app;

-- What comes of each use is no change of the credential.
drop trigger audit on ops.provider_credential;
select ops.audit('ops.provider_credential', 'encryption_key_id', 'last_error');

-- In words for users; most failures are for the log alone and say nothing here.
alter table ops.workflow_attempt add column reason text;

-- The key is of everything that determines an answer, its kind included.
truncate ops.cache_entry;
alter table ops.cache_entry
    drop column kind,
    add constraint cache_entry_key primary key (organization_id, key);

-- The list of metrics of both sizes sorted all that an organization has.
create index metric_timeseries_both_sizes
    on mart.metric_timeseries (organization_id, ts_bucket desc, metric_key, bucket);
