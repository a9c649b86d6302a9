-- takeovers: how often in a row a process died, or lost its lease, when the instance had something to do and had come
-- no further since the time before; takeover_sequence: how far that was. Whatever always ends its process is found so.
alter table durable.instance
    add column takeovers integer not null default 0,
    add column takeover_sequence integer;

create index instance_suspect on durable.instance (hub)
    where takeovers >= 2 and owner is null and completed_at is null;

-- How long a lease is, so that one which ends later than that can be told: the server's clock has gone back.
alter table durable.worker add column lease_length interval not null default '8 seconds';

create or replace function durable.release(worker_id bigint, in_order boolean) returns void
language plpgsql as $$
begin
    -- Waits for claims that are under way and lets none follow.
    perform from durable.worker where id = worker_id for update;
    update durable.activity
    set owner = null, attempts = attempts - (case when in_order then 1 else 0 end)
    where owner = worker_id;
    insert into durable.activity (instance_key, step, hub, name, input, attempts)
    select h.instance_key, h.step, min(i.hub), min(h.name) filter (where h.kind = 'activity_scheduled'),
        min(h.payload) filter (where h.kind = 'activity_scheduled'), case when in_order then 0 else 1 end
    from durable.instance i
    join durable.history h on h.instance_key = i.key
    where i.owner = worker_id and h.kind in ('activity_scheduled', 'activity_completed', 'activity_failed')
    group by h.instance_key, h.step
    having count(*) = 1 and not exists (
        select from durable.message m
        where m.instance_key = h.instance_key and m.step = h.step
            and m.kind in ('activity_completed', 'activity_failed'))
    on conflict do nothing;
    if not in_order then
        update durable.instance i
        set takeovers = case when f.sequence = i.takeover_sequence then i.takeovers + 1 else 1 end,
            takeover_sequence = f.sequence
        from (
            select o.key, coalesce(
                (select max(h.sequence) from durable.history h where h.instance_key = o.key), -1) as sequence
            from durable.instance o
            where o.owner = worker_id) f
        where i.key = f.key and i.owner = worker_id and (
            f.sequence = -1
            or exists (select from durable.message m where m.instance_key = f.key and m.visible_at <= now()));
    end if;
    update durable.instance i
    set owner = null,
        ready_at = case
            when not exists (select from durable.history h where h.instance_key = i.key)
            then clock_timestamp() end
    where owner = worker_id;
    delete from durable.worker where id = worker_id;
end
$$;
