-- The first answer to a POST with an Idempotency-Key, for whoever sends it again. Without a status it is under way, and
-- after locked_until its process is taken for dead.
create table ops.idempotency_key (
    id uuid primary key default gen_random_uuid(),
    organization_id uuid references ops.organization (id) on delete cascade,
    -- A user or an API key; zeros for one who is trusted without a credential.
    caller_id uuid not null,
    key_hash bytea not null,
    method varchar(8) not null,
    path varchar(2048) not null,
    fingerprint bytea not null,
    status smallint,
    headers jsonb,
    -- Null in an answer that was too large to keep, or showed a secret.
    body bytea,
    locked_until timestamptz not null,
    expires_at timestamptz not null,
    created_at timestamptz not null default now(),
    constraint idempotency_key_once unique nulls not distinct (organization_id, caller_id, key_hash),
    constraint idempotency_key_is_sha256 check (octet_length(key_hash) = 32),
    constraint idempotency_key_fingerprint_is_sha256 check (octet_length(fingerprint) = 32),
    constraint idempotency_key_status_is_final check (status between 200 and 499),
    constraint idempotency_key_headers_are_object check (jsonb_typeof(headers) = 'object'),
    constraint idempotency_key_headers_with_status check ((status is null) = (headers is null))
);

create index idempotency_key_expires_at on ops.idempotency_key (expires_at);

select ops.isolate_organization('ops.idempotency_key');

-- What a person does without an organization, such as founding one.
create policy own_account on ops.idempotency_key to assay_app
    using (organization_id is null and caller_id = (select ops.current_user_id()))
    with check (organization_id is null and caller_id = (select ops.current_user_id()));

grant select, insert, update, delete on ops.idempotency_key to assay_app;
grant select (expires_at), delete on ops.idempotency_key to assay_job;
