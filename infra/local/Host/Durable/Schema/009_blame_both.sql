-- Who held a suspect activity blamed it alone, and so an orchestrator beside it that ended its process was never counted
-- until the innocent activity had failed. Instances are counted at every death now: an innocent one gets on and is
-- counted anew, the other becomes a suspect, which is held apart from suspect activities.
create or replace function durable.release(worker_id bigint, in_order boolean) returns void
language plpgsql as $$
declare
    suspect_instance boolean := false;
    suspect_activity boolean := false;
begin
    -- Waits for claims that are under way and lets none follow.
    perform from durable.worker where id = worker_id for update;
    if not in_order then
        suspect_instance := exists (
            select from durable.instance i
            where i.owner = worker_id and i.takeovers >= 2
                and i.takeover_sequence = coalesce(
                    (select max(h.sequence) from durable.history h where h.instance_key = i.key), -1)
                and (i.takeover_sequence = -1 or exists (
                    select from durable.message m where m.instance_key = i.key and m.visible_at <= now())));
        suspect_activity := exists (
            select from durable.activity where owner = worker_id and attempts >= 3);
    end if;
    update durable.activity
    set owner = null,
        attempts = attempts - (case
            when in_order or suspect_instance or (suspect_activity and attempts < 3) then 1 else 0 end)
    where owner = worker_id;
    insert into durable.activity (instance_key, step, hub, name, input, attempts)
    select h.instance_key, h.step, min(i.hub), min(h.name) filter (where h.kind = 'activity_scheduled'),
        min(h.payload) filter (where h.kind = 'activity_scheduled'),
        case when in_order or suspect_instance or suspect_activity then 0 else 1 end
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
            where o.owner = worker_id and (o.takeovers >= 2 or not suspect_instance)) f
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
