create sequence ops.event_sequence;

-- Append-only: the app may insert and read. What an entry speaks of may be gone, so it holds ids without foreign keys.
create table ops.event (
    id uuid not null default gen_random_uuid(),
    organization_id uuid not null references ops.organization (id) on delete cascade,
    entity_type varchar(100) not null,
    entity_id uuid not null,
    action varchar(100) not null,
    actor_type varchar(20) not null default 'system',
    actor_id uuid,
    before_state jsonb,
    after_state jsonb,
    sequence bigint not null default nextval('ops.event_sequence'),
    created_at timestamptz not null default now(),
    transaction_id xid8 not null default pg_current_xact_id(),
    constraint event_key primary key (id, created_at),
    constraint event_actor_type_known check (actor_type in ('user', 'api_key', 'system')),
    constraint event_actor_named check (actor_type = 'system' or actor_id is not null),
    constraint event_before_state_is_object check (jsonb_typeof(before_state) = 'object'),
    constraint event_after_state_is_object check (jsonb_typeof(after_state) = 'object')
) partition by range (created_at);

alter sequence ops.event_sequence owned by ops.event.sequence;

create index event_newest on ops.event (organization_id, created_at desc, id desc);
create index event_entity on ops.event (entity_id, sequence);
create index event_transaction on ops.event (transaction_id);

create table ops.usage_event (
    id uuid not null default gen_random_uuid(),
    organization_id uuid not null references ops.organization (id) on delete cascade,
    user_id uuid references ops.user_account (id) on delete set null,
    feature varchar(100) not null,
    provider varchar(50),
    model varchar(100),
    endpoint text,
    request_size integer,
    response_size integer,
    input_tokens integer,
    output_tokens integer,
    cost_usd numeric(14, 8),
    response_time_ms integer,
    status varchar(20) not null default 'succeeded',
    status_code integer,
    error text,
    metadata jsonb not null default '{}',
    created_at timestamptz not null default now(),
    transaction_id xid8 not null default pg_current_xact_id(),
    constraint usage_event_key primary key (id, created_at),
    constraint usage_event_status_known check (status in ('succeeded', 'failed')),
    constraint usage_event_request_size_not_negative check (request_size >= 0),
    constraint usage_event_response_size_not_negative check (response_size >= 0),
    constraint usage_event_input_tokens_not_negative check (input_tokens >= 0),
    constraint usage_event_output_tokens_not_negative check (output_tokens >= 0),
    constraint usage_event_cost_not_negative check (cost_usd >= 0),
    constraint usage_event_response_time_not_negative check (response_time_ms >= 0),
    constraint usage_event_status_code_in_range check (status_code between 100 and 599),
    constraint usage_event_metadata_is_object check (jsonb_typeof(metadata) = 'object')
) partition by range (created_at);

create index usage_event_newest on ops.usage_event (organization_id, created_at desc, id desc);
create index usage_event_user on ops.usage_event (user_id);
create index usage_event_transaction on ops.usage_event (transaction_id);

-- Rows outside the partitions kept ahead land here, so that nothing is ever refused for its date.
create table ops.event_default partition of ops.event default;
create table ops.usage_event_default partition of ops.usage_event default;

select ops.isolate_organization('ops.event');
select ops.isolate_organization('ops.usage_event');

-- Makes the partition [starts, ends) of a table if it is missing, and moves into it what the default partition holds
-- of that time. Says whether it made one. Days and months are those of UTC.
create function ops.ensure_partition(parent text, suffix text, starts date, ends date) returns boolean
    language plpgsql set search_path = pg_catalog, pg_temp
    as $$
declare
    partition text := parent || '_' || suffix;
    since timestamptz := starts::timestamp at time zone 'UTC';
    until timestamptz := ends::timestamp at time zone 'UTC';
begin
    if to_regclass(format('ops.%I', partition)) is not null then
        return false;
    end if;

    -- Nothing may arrive in the default partition between the move and the attachment.
    execute format('lock table ops.%I in access exclusive mode', parent || '_default');
    execute format('create table ops.%I (like ops.%I including defaults including constraints)', partition, parent);
    execute format(
        'with moved as (delete from ops.%I where created_at >= $1 and created_at < $2 returning *) '
        'insert into ops.%I select * from moved',
        parent || '_default', partition)
        using since, until;
    execute format(
        'alter table ops.%I attach partition ops.%I for values from (%L) to (%L)', parent, partition, since, until);
    return true;
end
$$;

-- Keeps partitions from `today` on: months of events, days of usage. Returns how many were made. One caller at a time.
create function ops.ensure_partitions(today date, months_ahead integer default 3, days_ahead integer default 14)
    returns integer
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    as $$
declare
    made integer := 0;
    month date := date_trunc('month', today::timestamp)::date;
    starts date;
begin
    perform pg_advisory_xact_lock(hashtextextended('ops.ensure_partitions', 0));
    for n in 0..months_ahead loop
        starts := month + make_interval(months => n);
        if ops.ensure_partition('event', to_char(starts, 'YYYY_MM'), starts, (starts + interval '1 month')::date) then
            made := made + 1;
        end if;
    end loop;
    for n in 0..days_ahead loop
        starts := today + n;
        if ops.ensure_partition('usage_event', to_char(starts, 'YYYY_MM_DD'), starts, starts + 1) then
            made := made + 1;
        end if;
    end loop;
    return made;
end
$$;

select ops.ensure_partitions((now() at time zone 'UTC')::date);

grant select, insert on ops.event, ops.usage_event to assay_app;
grant usage on sequence ops.event_sequence to assay_app;
grant select on ops.event, ops.usage_event to assay_job;
grant execute on function ops.ensure_partitions(date, integer, integer) to assay_job;
