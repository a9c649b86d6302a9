-- An activity that runs in the process which owns its instance stands in the history alone; it gets a row here when that
-- process lets go of the instance before there is a result.
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
    update durable.instance i
    set owner = null,
        ready_at = case
            when not exists (select from durable.history h where h.instance_key = i.key)
            then clock_timestamp() end
    where owner = worker_id;
    delete from durable.worker where id = worker_id;
end
$$;
