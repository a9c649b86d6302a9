-- Who may change what, said once: routes, imports and policies all ask the functions below.

-- What is private is changed by its owner and by whom it is shared with for that; all else by every member whose role
-- lets them change entities at all, which is asked where the request comes in.
create function core.may_change(entity core.entity) returns boolean
    language sql stable
    as $$
    select (entity.visibility <> 'private' and ops.current_share() is null)
        or coalesce(entity.owner_id = ops.current_user_id(), false)
        or core.is_granted(entity.id, 'edit')
    $$;

create function core.may_change_entity(wanted uuid) returns boolean
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
    select exists (
        select from core.entity e
        where e.organization_id = ops.current_organization() and e.id = wanted and core.may_change(e))
    $$;

-- A relationship is part of its source. It is part of its target, too, where it says what becomes of the target's text
-- in compositions, or what the target holds.
create function core.may_relate(source uuid, target uuid, of_type text) returns boolean
    language sql stable
    as $$
    select core.may_change_entity(source) and case
        when of_type in ('overrides', 'part_of') then core.may_change_entity(target)
        else core.sees_entity(target)
    end
    $$;

grant execute on function core.may_change(core.entity), core.may_change_entity(uuid),
    core.may_relate(uuid, uuid, text) to assay_app;

create policy made on core.relationship as restrictive for insert to assay_app
    with check (core.may_relate(source_id, target_id, type));
create policy changed on core.relationship as restrictive for update to assay_app
    using (core.may_relate(source_id, target_id, type));
create policy removed on core.relationship as restrictive for delete to assay_app
    using (core.may_relate(source_id, target_id, type));

-- Who owns an entity is said when it is made. Whoever may change what it says does not become its owner by a statement.
revoke update (owner_id) on core.entity from assay_app;

-- What depends on an entity, directly, and could be deleted with it. What others keep private holds nobody up, and is
-- not told of: it loses what it depended on.
create or replace function core.dependents(wanted uuid) returns setof uuid
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
    select r.source_id
    from core.relationship r
    join core.entity e on e.organization_id = r.organization_id and e.id = r.source_id
    where r.organization_id = ops.current_organization() and r.target_id = wanted and r.type = 'depends_on'
        and e.deleted_at is null and (e.visibility <> 'private' or e.owner_id = ops.current_user_id())
    $$;

-- As before, for relationships that whoever imports sees. What is hidden from them is another one.
create or replace function core.imported_relationship_id(original uuid) returns uuid
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
    select case
        when bool_or(h.id = original and h.is_seen) then original
        when count(h.id) > 0 then core.mapped_id(ops.current_organization(), original)
        else original
    end
    from (
        select r.id, r.organization_id = ops.current_organization() and core.sees_entity(r.source_id)
            and core.sees_entity(r.target_id) as is_seen
        from core.relationship_history r
        where r.id in (original, core.mapped_id(ops.current_organization(), original))) h
    $$;

-- The version of an entity that has to stay as it is when a bundle's history replaces its own, and why; null when there
-- is none: a label points at it that whoever imports may not move, or a request to move one there waits for a decision.
-- No label loses its version. Both are looked at by one statement: a decision turns a request into a label.
create function core.held_version(wanted uuid, versions core.entity_version[], moves_protected boolean) returns text
    language sql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
    select case
        when held.is_requested then format(
            'version %s of %s as it is here: a request to move the label %s to it waits for a decision', held.version,
            wanted, held.name)
        when v.version is null then format(
            'at least %s versions of %s: the label %s points at that one here', held.version, wanted, held.name)
        else format(
            'version %s of %s as it is here: the protected label %s points at it', held.version, wanted, held.name)
    end
    from (
        select l.organization_id, l.name, l.version, false as is_requested
        from core.entity_label l
        where l.entity_id = wanted
        union all
        select q.organization_id, q.name, q.version, true
        from core.label_request q
        where q.entity_id = wanted and q.status = 'pending') held
    join core.entity_history h
        on h.organization_id = held.organization_id and h.id = wanted and h.version = held.version
    left join unnest(versions) v on v.version = held.version
    left join core.label_rule r on r.organization_id = held.organization_id and r.name = held.name
    where v.version is null
        or (held.is_requested or r.needs_approval or (r.name is not null and not moves_protected))
            and (h.title, h.description, h.status, h.visibility, h.content, h.content_schema, h.tags, h.metadata,
                    h.deleted_at is null)
                is distinct from (v.title, v.description, v.status, v.visibility,
                    core.imported_content(v.type, v.content), v.content_schema, v.tags, v.metadata,
                    v.deleted_at is null)
    order by held.version desc, held.name
    limit 1
    $$;

-- As before; and the rules of the API hold for every line: only who may change an entity does, and nothing changes
-- under a label that they may not move.
drop function core.import_entity(jsonb, text);
create function core.import_entity(item jsonb, policy text, moves_protected boolean default false) returns text
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    as $$
declare
    organization uuid := ops.current_organization();
    author uuid := ops.current_user_id();
    wanted uuid := core.imported_id((item ->> 'id')::uuid);
    versions core.entity_version[];
    present core.entity_version;
    here core.entity;
    broken text;
    held text;
begin
    select array_agg(v order by v.version) into versions
    from jsonb_populate_recordset(null::core.entity_version, item -> 'versions') v;
    present := versions[cardinality(versions)];
    present.valid_from := coalesce(present.valid_from, clock_timestamp());
    if present.valid_to is not null or not (
        select core.is_history(array_agg(v.version), array_agg(v.valid_from), array_agg(v.valid_to))
            and count(distinct v.type) = 1
        from unnest(versions) v)
    then
        return 'validFrom|versions from 1 without gaps, of one type, each beginning when the one before ended';
    end if;
    if (item ->> 'created_at')::timestamptz > versions[1].valid_from + interval '1 second' then
        return 'createdAt|a time not after its first version began';
    end if;
    present.content := core.imported_content(present.type, present.content);

    select * into here from core.entity e where e.id = wanted for update;
    if here.id is not null and (here.organization_id <> organization or not core.sees(here)) then
        return 'id|another id; this one is taken';
    end if;
    if here.type <> present.type then
        return format('type|%s, as the entity that is here', here.type);
    end if;
    if here.id is not null then
        if policy = 'skip'
            or policy = 'newVersion' and present.deleted_at is not null
            or (here.title, here.description, here.status, here.visibility, here.content, here.tags, here.metadata,
                    here.deleted_at is null)
                is not distinct from (present.title, present.description, present.status, present.visibility,
                    present.content, present.tags, present.metadata, present.deleted_at is null)
                and (policy = 'newVersion' or (here.version, here.valid_from) = (present.version, present.valid_from))
        then
            return 'skipped';
        end if;
        if not core.may_change(here) then
            return 'id|an entity that whoever imports may change';
        end if;
    end if;
    if present.visibility = 'private'
        and (author is null or here.id is not null and here.owner_id is distinct from author)
    then
        return 'visibility|not private: only the person who owns an entity can make it that';
    end if;
    -- A share is to see it, or to change what it says, not to say who sees it.
    if here.visibility = 'private' and here.owner_id is distinct from author then
        return 'visibility|private, as it is here: only the person who owns it says who sees it';
    end if;

    if here.id is not null then
        if here.deleted_at is null and present.deleted_at is not null
            and exists (select from core.dependents(wanted))
        then
            return 'deletedAt|null: others depend on it here';
        end if;
        held := case when policy = 'replace' then core.held_version(wanted, versions, moves_protected) end;
        if held is not null then
            return 'version|' || held;
        end if;
        update core.entity e
        set title = present.title, description = present.description, status = present.status,
            visibility = present.visibility, content = present.content, content_schema = present.content_schema,
            tags = present.tags, metadata = present.metadata, note = present.note, deleted_at = present.deleted_at
        where e.id = wanted;
        if policy = 'newVersion' then
            return 'changed';
        end if;
        -- The history is the bundle's from here on. None of this is a change that makes a version.
        delete from core.entity_version v where v.organization_id = organization and v.entity_id = wanted;
        update core.entity e
        set version = present.version, valid_from = present.valid_from,
            created_at = coalesce((item ->> 'created_at')::timestamptz, least(versions[1].valid_from, e.created_at))
        where e.id = wanted;
    else
        insert into core.entity (id, organization_id, owner_id, type, title, description, status, visibility, content,
            content_schema, tags, metadata, note, version, valid_from, deleted_at, created_at)
        values (wanted, organization, author, present.type, present.title, present.description, present.status,
            present.visibility, present.content, present.content_schema, present.tags, present.metadata, present.note,
            present.version, present.valid_from, present.deleted_at,
            coalesce((item ->> 'created_at')::timestamptz, versions[1].valid_from, present.valid_from));
    end if;
    insert into core.entity_version (organization_id, entity_id, version, type, title, description, status, visibility,
        content, content_schema, tags, metadata, note, valid_from, valid_to, deleted_at)
    select organization, wanted, v.version, v.type, v.title, v.description, v.status, v.visibility,
        core.imported_content(v.type, v.content), v.content_schema, v.tags, v.metadata, v.note, v.valid_from,
        v.valid_to, v.deleted_at
    from unnest(versions) v
    where v.version < present.version;
    return case when here.id is null then 'created' else 'changed' end;
exception when integrity_constraint_violation or data_exception then
    get stacked diagnostics broken = constraint_name;
    return format('id|something that can be stored; this breaks %s', left(coalesce(nullif(broken, ''), sqlerrm), 200));
end
$$;

-- As before; only who may relate the two does, and a relationship keeps its ends.
create or replace function core.import_relationship(item jsonb, policy text) returns text
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    as $$
declare
    organization uuid := ops.current_organization();
    wanted uuid := core.imported_relationship_id((item ->> 'id')::uuid);
    versions core.relationship_version[];
    present core.relationship_version;
    here core.relationship;
    was_here boolean;
    broken text;
begin
    select array_agg(v order by v.version) into versions
    from jsonb_populate_recordset(null::core.relationship_version, item -> 'versions') v;
    present := versions[cardinality(versions)];
    present.valid_from := coalesce(present.valid_from, clock_timestamp());
    if not (
        select core.is_history(array_agg(v.version), array_agg(v.valid_from), array_agg(v.valid_to))
            and count(distinct (v.source_id, v.target_id, v.type)) = 1
        from unnest(versions) v)
    then
        return 'validFrom|versions from 1 without gaps, of the same ends, each beginning when the one before ended';
    end if;
    present.source_id := core.imported_id(present.source_id);
    present.target_id := core.imported_id(present.target_id);
    if not core.sees_entity(present.source_id) then
        return 'sourceId|an entity that is here, or above in the bundle';
    elsif not core.sees_entity(present.target_id) then
        return 'targetId|an entity that is here, or above in the bundle';
    end if;

    -- For other ends or another type the API makes another one, too.
    if exists (
        select from core.relationship_history h
        where h.id = wanted and (h.organization_id, h.source_id, h.target_id, h.type)
            is distinct from (organization, present.source_id, present.target_id, present.type))
    then
        return 'id|another id: this one is of a relationship of other ends or another type here';
    end if;
    was_here := exists (
        select from core.relationship_history h where h.organization_id = organization and h.id = wanted);
    -- There is one of a type between two at a time, whatever its id.
    select * into here from core.relationship r
    where r.organization_id = organization and (r.id = wanted or present.valid_to is null
        and (r.source_id, r.target_id, r.type) = (present.source_id, present.target_id, present.type))
    order by r.id = wanted desc limit 1 for update;
    if was_here or here.id is not null then
        if policy = 'skip' or (here.id is null) = (present.valid_to is not null) and (here.id is null
            or (here.strength, here.description, here.metadata)
                is not distinct from (present.strength, present.description, present.metadata)
                and (policy = 'newVersion' or here.id <> wanted
                    or (here.version, here.valid_from) = (present.version, present.valid_from)))
        then
            return 'skipped';
        end if;
    end if;
    if not core.may_change_entity(present.source_id) then
        return 'sourceId|an entity that whoever imports may change';
    elsif not core.may_relate(present.source_id, present.target_id, present.type) then
        return format('targetId|an entity that whoever imports may change, as %s asks for', present.type);
    end if;
    if was_here or here.id is not null then
        if policy = 'newVersion' or here.id <> wanted then
            if here.id is null or present.valid_to is not null then
                return 'skipped';
            end if;
            update core.relationship r
            set strength = present.strength, description = present.description, metadata = present.metadata
            where r.id = here.id;
            return 'changed';
        end if;
        delete from core.relationship r where r.id = wanted;
        delete from core.relationship_version v where v.organization_id = organization and v.relationship_id = wanted;
    end if;

    if present.valid_to is null then
        if present.type in ('depends_on', 'part_of') then
            -- As core.check_relationship does, which also wants ends that are not deleted.
            perform pg_advisory_xact_lock(hashtextextended('core.relationship:' || organization || present.type, 0));
            if exists (
                with recursive reached (id) as (
                    select present.target_id
                    union
                    select r.target_id
                    from reached
                    join core.relationship r
                        on r.organization_id = organization and r.source_id = reached.id and r.type = present.type
                )
                select from reached where id = present.source_id)
            then
                raise check_violation using constraint = 'relationship_no_cycle';
            end if;
        end if;
        insert into core.relationship (id, organization_id, source_id, target_id, type, strength, description, metadata,
            version, valid_from, created_at)
        values (wanted, organization, present.source_id, present.target_id, present.type, present.strength,
            present.description, present.metadata, present.version, present.valid_from,
            coalesce(present.created_at, versions[1].valid_from, present.valid_from));
    end if;
    insert into core.relationship_version (organization_id, relationship_id, source_id, target_id, type, strength,
        description, metadata, version, valid_from, valid_to, created_at)
    select organization, wanted, present.source_id, present.target_id, present.type, v.strength, v.description,
        v.metadata, v.version, v.valid_from, v.valid_to, coalesce(v.created_at, versions[1].valid_from)
    from unnest(versions) v
    where v.valid_to is not null;
    return case when was_here then 'changed' else 'created' end;
exception when integrity_constraint_violation or data_exception then
    get stacked diagnostics broken = constraint_name;
    return case broken
        when 'relationship_no_cycle' then 'targetId|no cycle: the target has a way to the source by this type already'
        else format('id|something that can be stored; this breaks %s', left(coalesce(nullif(broken, ''), sqlerrm), 200))
    end;
end
$$;

-- As before; protected labels are moved by who may move them at once.
drop function core.import_label(jsonb, text);
create function core.import_label(item jsonb, policy text, moves_protected boolean default false) returns text
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    as $$
declare
    organization uuid := ops.current_organization();
    entity uuid := core.imported_id((item ->> 'entity_id')::uuid);
    wanted integer := (item ->> 'version')::integer;
    here integer;
begin
    if not core.sees_entity(entity) then
        return 'entityId|an entity that is here, or above in the bundle';
    end if;
    select l.version into here from core.entity_label l where l.entity_id = entity and l.name = item ->> 'name';
    -- A version that was made new has another number than in the bundle.
    if here = wanted or here is not null and policy <> 'replace' then
        return 'skipped';
    end if;
    if not core.may_change_entity(entity) then
        return 'entityId|an entity that whoever imports may change';
    end if;
    if exists (
        select from core.label_rule r
        where r.organization_id = organization and r.name = item ->> 'name'
            and (r.needs_approval or not moves_protected))
    then
        return 'name|a label that whoever imports may move: this one is protected here';
    end if;
    insert into core.entity_label (organization_id, entity_id, name, version)
    values (organization, entity, item ->> 'name', wanted)
    on conflict (entity_id, name) do update set version = excluded.version, updated_at = now();
    return case when here is null then 'created' else 'changed' end;
exception when integrity_constraint_violation then
    return 'version|a version that the entity has';
end
$$;

grant execute on function core.import_entity(jsonb, text, boolean), core.import_label(jsonb, text, boolean)
    to assay_app;
