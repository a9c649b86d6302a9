-- What contradicts the rules of the task hub; empty when all is well, at any moment, also while workers work. Reads all of it.
create function durable_task.integrity()
returns table (problem text, hub text, instance_id text, instance_key bigint)
language sql stable
as $$
with
found (problem, instance_key) as (
    select 'an ended instance has an owner', key from durable_task.instance
    where completed_at is not null and owner is not null
    union all
    select 'the owner of an instance is no worker of its hub', i.key from durable_task.instance i
    where i.owner is not null
        and not exists (select from durable_task.worker w where w.id = i.owner and w.hub = i.hub)
    union all
    select 'the owner of an activity is no worker of its hub', a.instance_key from durable_task.activity a
    where a.owner is not null
        and not exists (select from durable_task.worker w where w.id = a.owner and w.hub = a.hub)
    union all
    select 'an activity belongs to no live instance', a.instance_key from durable_task.activity a
    where not exists (
        select from durable_task.instance i where i.key = a.instance_key and i.completed_at is null)
    union all
    select 'history belongs to no instance', h.instance_key from durable_task.history h
    where not exists (select from durable_task.instance i where i.key = h.instance_key)
    group by h.instance_key
    union all
    select 'the episodes of an instance are not numbered from one to their count', i.key
    from durable_task.instance i
    left join durable_task.history h on h.instance_key = i.key
    group by i.key
    having count(h.episode) <> i.episodes or coalesce(min(h.episode), 1) <> 1
        or coalesce(max(h.episode), 0) <> i.episodes
    union all
    select 'an instance that has not begun waits for no start', i.key from durable_task.instance i
    where i.episodes = 0 and i.completed_at is null and not exists (
        select from durable_task.message m
        where m.instance_key = i.key and m.event like '{"EventType":0,%')
    union all
    -- An activity row, or a result that waits, stands for each activity that was asked for and has no result.
    select 'an activity is neither waiting nor answered', a.instance_key
    from (
        select h.instance_key,
            max(i.execution_id) as execution_id,
            count(*) filter (where e.line like '{"EventType":4,%') as asked,
            count(*) filter (where e.line like '{"EventType":5,%' or e.line like '{"EventType":6,%') as answered
        from durable_task.history h
        join durable_task.instance i on i.key = h.instance_key and i.completed_at is null
        cross join lateral regexp_split_to_table(h.events, E'\n') e (line)
        group by h.instance_key) a
    where a.asked > a.answered
        + (select count(*) from durable_task.activity x where x.instance_key = a.instance_key)
        + (select count(*) from durable_task.message m
            where m.instance_key = a.instance_key
                and (m.event like '{"EventType":5,%' or m.event like '{"EventType":6,%'))
)
select f.problem, i.hub, i.instance_id, f.instance_key
from found f
left join durable_task.instance i on i.key = f.instance_key
$$;
