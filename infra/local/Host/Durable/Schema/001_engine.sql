-- A running engine process. The id is its fencing number: a process that was away longer than its lease finds its row
-- gone, can commit nothing more under it, and registers again under a higher one.
create table durable.worker (
    id bigint generated always as identity primary key,
    hub text not null,
    name text not null,
    started_at timestamptz not null default clock_timestamp(),
    lease_until timestamptz not null,
    commits bigint not null default 0
);

-- ready_at: when the orchestrator must run although no message waits for it (a new instance, a new generation).
-- owner: the worker that holds the orchestrator in memory; only that worker changes a live instance.
create table durable.instance (
    key bigint generated always as identity primary key,
    hub text not null,
    instance_id text not null,
    name text not null,
    version text,
    status text not null default 'pending',
    input text,
    output text,
    failure text,
    custom_status text,
    tags text,
    parent_key bigint,
    parent_step integer,
    first_step integer not null default 0,
    owner bigint,
    ready_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    completed_at timestamptz,
    constraint instance_id_unique unique (hub, instance_id),
    constraint instance_status_known check (
        status in ('pending', 'running', 'suspended', 'completed', 'failed', 'terminated'))
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);

create index instance_ready on durable.instance (hub, ready_at) where owner is null and ready_at is not null;
create index instance_owned on durable.instance (owner) where owner is not null;
create index instance_children on durable.instance (parent_key) where parent_key is not null;
create index instance_created on durable.instance using brin (created_at) with (pages_per_range = 32);

-- What an instance did and what happened to it, in order. Rows of one episode share their time, which is the
-- orchestrator's clock. Steps number what the orchestrator asked for, through all generations of the instance.
create table durable.history (
    instance_key bigint not null,
    sequence integer not null,
    kind text not null,
    step integer,
    at timestamptz not null,
    name text,
    target text,
    payload text,
    failure text,
    primary key (instance_key, sequence)
);

-- An activity that was asked for and whose result is not yet in the history.
create table durable.activity (
    instance_key bigint not null,
    step integer not null,
    hub text not null,
    name text not null,
    input text,
    owner bigint,
    attempts integer not null default 0,
    queued_at timestamptz not null default clock_timestamp(),
    primary key (instance_key, step)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

create index activity_waiting on durable.activity (hub, queued_at) where owner is null;
create index activity_owned on durable.activity (owner) where owner is not null;

-- What waits to be told to an instance. A timer is a message that becomes visible when it fires.
create table durable.message (
    id bigint generated always as identity primary key,
    instance_key bigint not null,
    kind text not null,
    step integer,
    name text,
    payload text,
    failure text,
    visible_at timestamptz not null default now()
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

create index message_due on durable.message (visible_at);
create index message_instance on durable.message (instance_key, step);

-- First statement of every commit of a worker: proves that it still holds its lease, renews it, and makes a commit whose
-- answer was lost on the wire recognizable when it is sent again.
create function durable.fence(worker_id bigint, number bigint, lease interval) returns void
language plpgsql as $$
declare
    applied bigint;
begin
    update durable.worker
    set commits = number, lease_until = clock_timestamp() + lease
    where id = worker_id and commits = number - 1;
    if found then
        return;
    end if;
    select commits into applied from durable.worker where id = worker_id;
    if applied = number then
        raise exception using errcode = 'DF002', message = 'this commit has been applied before';
    end if;
    raise exception using errcode = 'DF001', message = 'worker ' || worker_id || ' lost its lease';
end
$$;

-- Lets go of everything that a worker holds, for others to take. Attempts stay counted unless it stopped in order.
create function durable.release(worker_id bigint, in_order boolean) returns void
language plpgsql as $$
begin
    update durable.activity
    set owner = null, attempts = attempts - (case when in_order then 1 else 0 end)
    where owner = worker_id;
    update durable.instance i
    set owner = null,
        ready_at = case
            when not exists (select from durable.history h where h.instance_key = i.key)
            then clock_timestamp() end
    where owner = worker_id;
    delete from durable.worker where id = worker_id;
end
$$;
