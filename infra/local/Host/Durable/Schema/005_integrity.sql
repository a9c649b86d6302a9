-- What contradicts the rules of the engine; empty when all is well, at any moment, also while workers work. Reads all
-- of the history. What SQL cannot tell: whether a live instance waits for an event or a timer that it still wants.
create function durable.integrity()
returns table (problem text, hub text, instance_id text, instance_key bigint, step integer)
language sql stable
-- Of the whole tables, unlike the statements of the engine's own connections.
set enable_seqscan = on
set enable_hashjoin = on
set enable_mergejoin = on
as $$
with
asked as (
    select h.instance_key, h.step, h.kind from durable.history h
    where h.kind in ('activity_scheduled', 'child_scheduled', 'timer_created', 'event_sent')
),
answer as (
    select h.instance_key, h.step, h.kind from durable.history h
    where h.kind in ('activity_completed', 'activity_failed', 'child_completed', 'child_failed', 'timer_fired')
),
reply as (
    select m.id, m.instance_key, m.step, m.kind from durable.message m
    where m.kind in ('activity_completed', 'activity_failed', 'child_completed', 'child_failed', 'timer_fired')
),
found (problem, instance_key, step) as (
    select 'an ended instance has an owner', key, null::integer from durable.instance
    where owner is not null and status in ('completed', 'failed', 'terminated')
    union all
    select 'an instance''s status and the time of its end disagree', key, null from durable.instance
    where (completed_at is not null) <> (status in ('completed', 'failed', 'terminated'))
    union all
    select 'the owner of an instance is no worker of its hub', i.key, null from durable.instance i
    where i.owner is not null and not exists (select from durable.worker w where w.id = i.owner and w.hub = i.hub)
    union all
    select 'the owner of an activity is no worker of its hub', a.instance_key, a.step from durable.activity a
    where a.owner is not null and not exists (select from durable.worker w where w.id = a.owner and w.hub = a.hub)
    union all
    select 'an instance that nobody owns has not begun and will not', i.key, null from durable.instance i
    where i.owner is null and i.ready_at is null and i.completed_at is null
        and not exists (select from durable.history h where h.instance_key = i.key)
    union all
    select 'a message is for no live instance', m.instance_key, m.step from durable.message m
    where not exists (select from durable.instance i where i.key = m.instance_key and i.completed_at is null)
    union all
    select 'an activity is of no instance', a.instance_key, a.step from durable.activity a
    where not exists (select from durable.instance i where i.key = a.instance_key)
    union all
    select 'history is of no instance', h.instance_key, null from durable.history h
    where not exists (select from durable.instance i where i.key = h.instance_key)
    group by h.instance_key
    union all
    select 'history has gaps', h.instance_key, null from durable.history h
    group by h.instance_key having min(h.sequence) <> 0 or max(h.sequence) <> count(*) - 1
    union all
    select 'history does not begin with a start', h.instance_key, null from durable.history h
    where h.sequence = 0 and h.kind not in ('started', 'terminated', 'ended')
    union all
    select 'history and instance disagree about the end', i.key, null from durable.instance i
    where (i.completed_at is not null)
        <> exists (select from durable.history h where h.instance_key = i.key and h.kind = 'ended')
    union all
    select 'a step was asked for twice', s.instance_key, s.step from asked s
    group by s.instance_key, s.step having count(*) > 1
    union all
    select 'a step was answered twice', s.instance_key, s.step from answer s
    group by s.instance_key, s.step having count(*) > 1
    union all
    select 'an answer has no question', s.instance_key, s.step from answer s
    where not exists (
        select from asked q
        where q.instance_key = s.instance_key and q.step = s.step
            and split_part(q.kind, '_', 1) = split_part(s.kind, '_', 1))
    union all
    select 'an answered activity is still there', a.instance_key, a.step from durable.activity a
    where exists (select from answer s where s.instance_key = a.instance_key and s.step = a.step)
        or exists (
            select from reply r where r.instance_key = a.instance_key and r.step = a.step and r.kind <> 'timer_fired')
    union all
    select 'an activity was not asked for', a.instance_key, a.step from durable.activity a
    join durable.instance i on i.key = a.instance_key and a.step >= i.first_step
    where not exists (
        select from asked q
        where q.instance_key = a.instance_key and q.step = a.step and q.kind = 'activity_scheduled')
    union all
    select 'two messages answer one step', r.instance_key, r.step from reply r
    group by r.instance_key, r.step having count(*) > 1
    union all
    select 'a message answers a step that is answered', r.instance_key, r.step from reply r
    where exists (select from answer s where s.instance_key = r.instance_key and s.step = r.step)
    union all
    select 'an open call has nobody who will answer it', q.instance_key, q.step from asked q
    join durable.instance i on i.key = q.instance_key and i.completed_at is null
    where q.kind in ('activity_scheduled', 'child_scheduled')
        and not exists (select from answer s where s.instance_key = q.instance_key and s.step = q.step)
        and not exists (select from reply r where r.instance_key = q.instance_key and r.step = q.step)
        -- Where the instance is in memory, its activities may be, too.
        and (q.kind = 'child_scheduled' or i.owner is null)
        and not exists (
            select from durable.activity a where a.instance_key = q.instance_key and a.step = q.step)
        and not exists (
            select from durable.instance c
            where c.parent_key = q.instance_key and c.parent_step = q.step and c.completed_at is null)
)
select f.problem, i.hub, i.instance_id, f.instance_key, f.step
from found f
left join durable.instance i on i.key = f.instance_key
order by f.problem, f.instance_key, f.step
$$;
