-- A running process. The id is its fencing number: one that was away longer than its lease finds its row gone, can commit
-- nothing more under it, and registers again under a higher one. commits: makes a commit recognizable whose answer was
-- lost on the wire when it is sent again.
create table durable_task.worker (
    id bigint generated always as identity primary key,
    hub text not null,
    name text not null,
    lease interval not null,
    lease_until timestamptz not null,
    commits bigint not null default 0,
    started_at timestamptz not null default clock_timestamp()
);

-- owner: the worker that has the instance in memory; only that worker appends to a live instance's history.
-- deaths: how many owners in a row died without a commit of it. abandoned: how many dispatches in a row came to nothing.
-- episodes: rows of its history. No index covers a column that an ordinary commit changes, so that updates stay in place.
create table durable_task.instance (
    key bigint generated always as identity primary key,
    hub text not null,
    instance_id text not null,
    execution_id text not null,
    name text not null,
    version text,
    status text not null default 'pending',
    input text,
    output text,
    failure text,
    custom_status text,
    tags text,
    parent text,
    generation integer,
    owner bigint,
    episodes integer not null default 0,
    deaths smallint not null default 0,
    abandoned smallint not null default 0,
    retry_at timestamptz,
    scheduled_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    completed_at timestamptz,
    constraint instance_id_unique unique (hub, instance_id),
    constraint instance_status_known check (status in (
        'pending', 'running', 'suspended', 'continuedasnew', 'completed', 'failed', 'canceled', 'terminated')),
    constraint instance_end_known check (
        (completed_at is not null) = (status in ('completed', 'failed', 'canceled', 'terminated')))
) with (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.02);

create index instance_live on durable_task.instance (key) where completed_at is null;
create index instance_ended on durable_task.instance (hub, completed_at) where completed_at is not null;
create index instance_created on durable_task.instance using brin (created_at) with (pages_per_range = 32);

-- What the current execution of an instance did and what happened to it. A row is an episode; its events are JSON, one a line.
create table durable_task.history (
    instance_key bigint not null,
    episode integer not null,
    events text not null,
    primary key (instance_key, episode)
);

-- What waits to be told to an instance, in the order of ids: starts, events, results, and timers, which become visible
-- when they fire.
create table durable_task.message (
    id bigint generated always as identity primary key,
    hub text not null,
    instance_key bigint not null,
    execution_id text,
    event text not null,
    visible_at timestamptz not null default now()
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

create index message_due on durable_task.message (hub, visible_at);
create index message_instance on durable_task.message (instance_key);

-- An activity that was asked for and whose result is not in the history yet. Its id is made by the worker that asks for it.
create table durable_task.activity (
    id bigint primary key,
    hub text not null,
    instance_key bigint not null,
    instance_id text not null,
    execution_id text,
    event text not null,
    context text,
    owner bigint,
    deaths smallint not null default 0,
    abandoned smallint not null default 0,
    visible_at timestamptz not null default now()
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

create index activity_waiting on durable_task.activity (hub, visible_at) where owner is null;
create index activity_instance on durable_task.activity (instance_key);

-- First statement of every commit of a worker: proves that it still holds its lease and owns the instances that it
-- writes to, and renews the lease.
create function durable_task.fence(worker_id bigint, number bigint, instances bigint[]) returns void
language plpgsql as $$
declare
    applied bigint;
    owned bigint;
begin
    update durable_task.worker
    set commits = number, lease_until = clock_timestamp() + lease
    where id = worker_id and commits = number - 1;
    if not found then
        select commits into applied from durable_task.worker where id = worker_id;
        if applied = number then
            raise exception using errcode = 'DT002', message = 'this commit has been applied before';
        end if;
        raise exception using errcode = 'DT001', message = 'worker ' || worker_id || ' lost its lease';
    end if;
    select count(*) into owned
    from (
        select from durable_task.instance
        where key = any(instances) and owner = worker_id
        order by key
        for no key update) o;
    if owned <> cardinality(instances) then
        raise exception using errcode = 'DT003', message = 'an instance was replaced or purged';
    end if;
end
$$;

-- Lets go of everything that a worker holds, for others to take. A death is counted unless it stopped in order.
create function durable_task.release(worker_id bigint, in_order boolean) returns void
language plpgsql as $$
begin
    -- Waits for claims that are under way and lets none follow.
    perform from durable_task.worker where id = worker_id for update;
    update durable_task.activity
    set owner = null, deaths = least(deaths + (case when in_order then 0 else 1 end), 1000)
    where owner = worker_id;
    update durable_task.instance
    set owner = null, deaths = least(deaths + (case when in_order then 0 else 1 end), 1000)
    where completed_at is null and owner = worker_id;
    delete from durable_task.worker where id = worker_id;
end
$$;
