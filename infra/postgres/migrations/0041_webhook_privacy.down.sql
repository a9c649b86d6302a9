do $$
declare
    columns text := (
        select string_agg(quote_ident(attname), ', ') from pg_attribute
        where attrelid = 'ops.webhook_delivery'::regclass and attnum > 0 and not attisdropped
            and attname <> 'payload');
begin
    execute format('revoke select (%s) on ops.webhook_delivery from assay_app, assay_job', columns);
end
$$;
grant select on ops.webhook_delivery to assay_app, assay_job;
drop function ops.webhook_payload(uuid);

create or replace function ops.enqueue_webhooks() returns trigger
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

alter table ops.webhook_delivery drop column entity_ids;
drop function ops.withhold_states(jsonb);
drop function ops.are_for_members(uuid[]);

create or replace function ops.hides_entity(wanted uuid) returns boolean
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
    select case
        when exists (
            select from core.entity e where e.organization_id = ops.current_organization() and e.id = wanted)
        then not core.sees_entity(wanted)
        else 'private' = (
            select coalesce(e.after_state, e.before_state) ->> 'visibility' from ops.event e
            where e.entity_id = wanted and coalesce(e.after_state, e.before_state) ? 'visibility'
            order by e.sequence desc
            limit 1) end
    $$;

drop function ops.is_private_entity(uuid);

create or replace function ops.entities_of_event(told_type text, told_id uuid) returns setof uuid
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
    select told_id where told_type = 'entity'
    union all
    select of_row.id
    from (
        select coalesce(e.after_state, e.before_state) as state
        from ops.event e
        where e.entity_id = told_id
            and coalesce(e.after_state, e.before_state) ?| array['entity_id', 'source_id']
        order by e.sequence
        limit 1) whole
    cross join lateral (values
        ((whole.state ->> 'entity_id')::uuid), ((whole.state ->> 'source_id')::uuid),
        ((whole.state ->> 'target_id')::uuid)) of_row (id)
    where of_row.id is not null and told_type in (
        'analysis_result', 'comment', 'entity_label', 'label_request', 'relationship', 'suggestion')
    $$;
