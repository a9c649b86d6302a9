-- What is said of a private entity is for those who see it: its analyses, and what events tell of its content.

-- Work that no request asked for at this moment, such as the steps of an analysis.
create function ops.is_background() returns boolean
    language sql stable parallel safe
    as $$ select current_setting('assay.actor', true) = 'system|||' $$;

drop policy own_organization on core.analysis_result;
create policy own_organization on core.analysis_result to assay_app
    using (organization_id = (select ops.current_organization())
        and (entity_id is null or (select ops.is_background()) or core.sees_entity(entity_id)))
    with check (organization_id = (select ops.current_organization()));

drop policy own_organization on core.judge_score;
create policy own_organization on core.judge_score to assay_app
    using (organization_id = (select ops.current_organization())
        and exists (select from core.analysis_result a where a.id = analysis_id))
    with check (organization_id = (select ops.current_organization()));

-- An analysis outlives its entity, but not as a way to what was private.
create function core.forget_private_analyses() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    delete from core.analysis_result where organization_id = old.organization_id and entity_id = old.id;
    return old;
end
$$;

create trigger forget_private_analyses before delete on core.entity
    for each row when (old.visibility = 'private')
    execute function core.forget_private_analyses();

-- The entities whose content an event tells of: itself, or those that it hangs on.
create function ops.entities_of_event(told_type text, told_id uuid) returns setof uuid
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

-- Whether the current user may not read what the entity says. Of one that is gone, its last event tells.
create function ops.hides_entity(wanted uuid) returns boolean
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

-- The state in an event as the current user may read it: of what is private to others, that it was changed, not how.
create function ops.event_state(told_type text, told_id uuid, state jsonb) returns jsonb
    language sql stable
    as $$
    select case
        when state is null or not exists (
            select from ops.entities_of_event(told_type, told_id) told (id) where ops.hides_entity(told.id))
        then state
        else (
            select jsonb_object_agg(key, case
                when value = 'null' or key ~ '(^|_)(id|at|by)$' or key in ('type', 'status', 'visibility', 'version',
                    'valid_from')
                then value else '"(private)"' end)
            from jsonb_each(state)) end
    $$;

grant execute on function ops.is_background(), ops.entities_of_event(text, uuid), ops.hides_entity(uuid),
    ops.event_state(text, uuid, jsonb) to assay_app;
