drop index mart.metric_timeseries_both_sizes;

truncate ops.cache_entry;
alter table ops.cache_entry
    drop constraint cache_entry_key,
    add column kind varchar(20) not null,
    add constraint cache_entry_key primary key (organization_id, kind, key),
    add constraint cache_entry_kind_known check (kind in ('response', 'prediction'));

alter table ops.workflow_attempt drop column reason;

drop trigger audit on ops.provider_credential;
alter table ops.provider_credential drop column last_error_at, drop column last_error;
select ops.audit('ops.provider_credential', 'encryption_key_id');
