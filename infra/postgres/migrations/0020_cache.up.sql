-- Answers that were costly to compute, as JSON, by a hash of all that determines them. Unlogged: after a crash of the
-- server they are computed again.
create unlogged table ops.cache_entry (
    organization_id uuid not null references ops.organization (id) on delete cascade,
    kind varchar(20) not null,
    key bytea not null,
    -- Absent while the first is computed; kept for a while after it expired, for those who come while a new one is.
    value text,
    expires_at timestamptz,
    -- Who computes, and until when others believe that it will.
    claim uuid,
    claimed_until timestamptz,
    removable_at timestamptz not null,
    constraint cache_entry_key primary key (organization_id, kind, key),
    constraint cache_entry_kind_known check (kind in ('response', 'prediction')),
    constraint cache_entry_key_is_sha256 check (octet_length(key) = 32),
    constraint cache_entry_value_expires check ((value is null) = (expires_at is null)),
    constraint cache_entry_value_is_small check (octet_length(value) <= 1048576),
    constraint cache_entry_claim_ends check ((claim is null) = (claimed_until is null))
);

create index cache_entry_removable on ops.cache_entry (removable_at);

select ops.isolate_organization('ops.cache_entry');

grant select, insert, update on ops.cache_entry to assay_app;
grant select, delete on ops.cache_entry to assay_job;
