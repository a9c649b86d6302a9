-- Webhooks tell of what every member may see, and of what is private that it changed, not how.

-- Also of what was made before the oldest event that is kept: rows tell it while they are there, events afterwards.
create or replace function ops.entities_of_event(told_type text, told_id uuid) returns setof uuid
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
    select told_id where told_type = 'entity'
    union
    select a.entity_id from core.analysis_result a
    where told_type = 'analysis_result' and a.id = told_id and a.entity_id is not null
    union
    select c.entity_id from core.comment c where told_type = 'comment' and c.id = told_id
    union
    select l.entity_id from core.entity_label l where told_type = 'entity_label' and l.id = told_id
    union
    select r.entity_id from core.label_request r where told_type = 'label_request' and r.id = told_id
    union
    select s.entity_id from core.share s where told_type = 'share' and s.id = told_id
    union
    select unnest(array[r.source_id, r.target_id]) from core.relationship r
    where told_type = 'relationship' and r.id = told_id
    union
    select unnest(array[s.source_id, s.target_id]) from core.suggestion s
    where told_type = 'suggestion' and s.id = told_id
    union
    select of_row.id
    from ops.event e
    cross join lateral (select coalesce(e.after_state, e.before_state)) whole (state)
    cross join lateral (values
        ((whole.state ->> 'entity_id')::uuid), ((whole.state ->> 'source_id')::uuid),
        ((whole.state ->> 'target_id')::uuid)) of_row (id)
    where e.entity_id = told_id and whole.state ?| array['entity_id', 'source_id', 'target_id']
        and of_row.id is not null and told_type in ('analysis_result', 'comment', 'entity_label', 'label_request',
            'relationship', 'share', 'suggestion')
    $$;

-- Whether an entity is not for every member. Of one that is gone, its last event tells; what nothing tells of, is.
create function ops.is_private_entity(wanted uuid) returns boolean
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
    select coalesce(
        (select e.visibility = 'private' from core.entity e where e.id = wanted),
        (select coalesce(e.after_state, e.before_state) ->> 'visibility' = 'private' from ops.event e
        where e.entity_id = wanted and coalesce(e.after_state, e.before_state) ? 'visibility'
        order by e.sequence desc
        limit 1),
        true)
    $$;

create or replace function ops.hides_entity(wanted uuid) returns boolean
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
    select case
        when exists (
            select from core.entity e where e.organization_id = ops.current_organization() and e.id = wanted)
        then not core.sees_entity(wanted)
        else ops.is_private_entity(wanted) end
    $$;

create function ops.are_for_members(entities uuid[]) returns boolean
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$ select not exists (select from unnest(entities) told (id) where ops.is_private_entity(told.id)) $$;

-- A message without what it says of the row.
create function ops.withhold_states(payload jsonb) returns jsonb
    language sql immutable parallel safe
    as $$ select payload || jsonb_build_object('data', payload -> 'data' || '{"before": null, "after": null}') $$;

-- entity_ids: whose content the message tells, looked at once more whenever it is read.
alter table ops.webhook_delivery add column entity_ids uuid[] not null default '{}';

create or replace function ops.enqueue_webhooks() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    as $$
declare
    type text := new.entity_type || '.' || new.action;
    takers uuid[] := array(
        select w.id from ops.webhook w
        where w.organization_id = new.organization_id and w.status = 'active' and w.id <> new.entity_id
            and (w.event_types = '{}' or type = any (w.event_types) or new.entity_type || '.*' = any (w.event_types)));
    entities uuid[];
    message jsonb;
begin
    if takers = '{}' then
        return null;
    end if;

    entities := array(select ops.entities_of_event(new.entity_type, new.entity_id));
    message := jsonb_build_object(
        'type', type,
        'timestamp', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'data', jsonb_build_object(
            'eventId', new.id, 'entityType', new.entity_type, 'entityId', new.entity_id, 'action', new.action,
            'actorType', new.actor_type, 'actorId', new.actor_id, 'requestId', new.request_id,
            'before', new.before_state, 'after', new.after_state));
    -- These rows are their person's alone.
    if (new.user_id is not null and new.entity_type in ('favorite', 'import', 'provider_credential'))
        or not ops.are_for_members(entities)
    then
        message := ops.withhold_states(message);
    end if;
    insert into ops.webhook_delivery (organization_id, webhook_id, event_type, payload, entity_ids)
    select new.organization_id, taker, type, message, entities from unnest(takers) taker;
    return null;
end
$$;

-- What a message says at this moment: what has become private since it was stored is withheld. Work across
-- organizations is done as assay_job, for no organization.
create function ops.webhook_payload(message uuid) returns jsonb
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
    select case when ops.are_for_members(d.entity_ids) then d.payload else ops.withhold_states(d.payload) end
    from ops.webhook_delivery d
    where d.id = message and (d.organization_id = ops.current_organization() or session_user = 'assay_job')
    $$;

update ops.webhook_delivery d
set entity_ids = told.entities,
    payload = case
        when ops.are_for_members(told.entities)
            and d.payload -> 'data' ->> 'entityType' not in ('favorite', 'import', 'provider_credential')
        then d.payload
        else ops.withhold_states(d.payload) end
from (
    select m.id, array(
        select ops.entities_of_event(
            m.payload -> 'data' ->> 'entityType', (m.payload -> 'data' ->> 'entityId')::uuid)) as entities
    from ops.webhook_delivery m
    where m.payload -> 'data' ? 'entityId') told
where told.id = d.id;

-- The payload is read by the function alone.
revoke select on ops.webhook_delivery from assay_app, assay_job;
do $$
declare
    columns text := (
        select string_agg(quote_ident(attname), ', ') from pg_attribute
        where attrelid = 'ops.webhook_delivery'::regclass and attnum > 0 and not attisdropped
            and attname <> 'payload');
begin
    execute format('grant select (%s) on ops.webhook_delivery to assay_app, assay_job', columns);
end
$$;

grant execute on function ops.webhook_payload(uuid) to assay_app, assay_job;
