create table ops.webhook (
    id uuid primary key default gen_random_uuid(),
    organization_id uuid not null references ops.organization (id) on delete cascade,
    url varchar(2048) not null,
    description varchar(500),
    event_types text[] not null default '{}',
    status varchar(20) not null default 'active',
    disabled_reason text,
    failures integer not null default 0,
    ciphertext bytea not null,
    encryption_key_id varchar(255) not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint webhook_in_organization unique (organization_id, id),
    constraint webhook_status_known check (status in ('active', 'paused', 'disabled')),
    constraint webhook_disabled_with_reason check ((status = 'disabled') = (disabled_reason is not null)),
    constraint webhook_failures_not_negative check (failures >= 0),
    constraint webhook_event_types_few check (cardinality(event_types) <= 50)
);

-- A message to be delivered, with what it says: the event may have been retired before the last attempt.
create table ops.webhook_delivery (
    id uuid primary key default gen_random_uuid(),
    organization_id uuid not null,
    webhook_id uuid not null,
    event_type varchar(201) not null,
    payload jsonb not null,
    status varchar(20) not null default 'pending',
    attempts integer not null default 0,
    status_code integer,
    error text,
    started_at timestamptz,
    finished_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint webhook_delivery_webhook foreign key (organization_id, webhook_id)
        references ops.webhook (organization_id, id) on delete cascade,
    constraint webhook_delivery_status_known check (status in ('pending', 'succeeded', 'failed')),
    constraint webhook_delivery_finished_when_ended check ((finished_at is not null) = (status <> 'pending')),
    constraint webhook_delivery_attempts_not_negative check (attempts >= 0),
    constraint webhook_delivery_payload_is_object check (jsonb_typeof(payload) = 'object')
);

create index webhook_newest on ops.webhook (organization_id, id desc);
create index webhook_delivery_newest on ops.webhook_delivery (webhook_id, created_at desc, id desc);
create index webhook_delivery_unstarted on ops.webhook_delivery (created_at)
    where status = 'pending' and started_at is null;
create index webhook_delivery_finished on ops.webhook_delivery (finished_at);

select ops.isolate_organization('ops.webhook');
select ops.isolate_organization('ops.webhook_delivery');
-- Failures are counted at each delivery; an event of each would be one more message to deliver.
select ops.audit('ops.webhook', 'failures');

-- Messages are stored in the transaction of the change they tell of, so that none is lost and none is made up.
create function ops.enqueue_webhooks() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    as $$
declare
    type text := new.entity_type || '.' || new.action;
begin
    insert into ops.webhook_delivery (organization_id, webhook_id, event_type, payload)
    select new.organization_id, w.id, type, jsonb_build_object(
        'type', type,
        'timestamp', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'data', jsonb_build_object(
            'eventId', new.id, 'entityType', new.entity_type, 'entityId', new.entity_id, 'action', new.action,
            'actorType', new.actor_type, 'actorId', new.actor_id, 'requestId', new.request_id,
            'before', new.before_state, 'after', new.after_state))
    from ops.webhook w
    where w.organization_id = new.organization_id and w.status = 'active' and w.id <> new.entity_id
        and (w.event_types = '{}' or type = any (w.event_types) or new.entity_type || '.*' = any (w.event_types));
    return null;
end
$$;

create trigger enqueue_webhooks after insert on ops.event
    for each row execute function ops.enqueue_webhooks();

grant select, insert, delete on ops.webhook to assay_app;
grant update (url, description, event_types, status, disabled_reason, failures, ciphertext, encryption_key_id,
    updated_at) on ops.webhook to assay_app;
grant select, insert, update on ops.webhook_delivery to assay_app;
grant select, update (started_at), delete on ops.webhook_delivery to assay_job;
