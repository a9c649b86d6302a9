-- How entities relate. Of the six types, depends_on and part_of make no cycles.
create table core.relationship (
    id uuid primary key default gen_random_uuid(),
    organization_id uuid not null references ops.organization (id) on delete cascade,
    source_id uuid not null,
    target_id uuid not null,
    type varchar(20) not null,
    strength double precision not null default 1,
    description varchar(1000),
    metadata jsonb not null default '{}',
    version integer not null default 1,
    valid_from timestamptz not null default clock_timestamp(),
    created_at timestamptz not null default clock_timestamp(),
    constraint relationship_source foreign key (organization_id, source_id)
        references core.entity (organization_id, id) on delete cascade,
    constraint relationship_target foreign key (organization_id, target_id)
        references core.entity (organization_id, id) on delete cascade,
    constraint relationship_once unique (source_id, target_id, type),
    constraint relationship_type_known check (
        type in ('depends_on', 'overrides', 'conflicts_with', 'part_of', 'derived_from', 'suggests')),
    constraint relationship_no_self_loop check (source_id <> target_id),
    constraint relationship_strength_in_range check (strength between 0 and 1),
    constraint relationship_metadata_is_object check (jsonb_typeof(metadata) = 'object'),
    constraint relationship_version_positive check (version > 0)
);

create index relationship_target on core.relationship (target_id);
create index relationship_newest on core.relationship (organization_id, id desc);

-- Relationships as they were before they were changed or removed. Written by the trigger below alone.
create table core.relationship_version (
    organization_id uuid not null,
    relationship_id uuid not null,
    source_id uuid not null,
    target_id uuid not null,
    type varchar(20) not null,
    strength double precision not null,
    description varchar(1000),
    metadata jsonb not null,
    version integer not null,
    valid_from timestamptz not null,
    valid_to timestamptz not null,
    created_at timestamptz not null,
    primary key (organization_id, relationship_id, version),
    constraint relationship_version_source foreign key (organization_id, source_id)
        references core.entity (organization_id, id) on delete cascade,
    constraint relationship_version_target foreign key (organization_id, target_id)
        references core.entity (organization_id, id) on delete cascade,
    constraint relationship_version_metadata_is_object check (jsonb_typeof(metadata) = 'object'),
    constraint relationship_version_lasts check (valid_to > valid_from),
    constraint relationship_version_never_overlaps
        exclude using gist (relationship_id with =, tstzrange(valid_from, valid_to) with &&)
);

create index relationship_version_source on core.relationship_version (source_id);
create index relationship_version_target on core.relationship_version (target_id);

create function core.close_relationship_version() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    as $$
declare
    closed timestamptz := greatest(clock_timestamp(), old.valid_from + interval '1 microsecond');
begin
    -- What goes together with an entity leaves no history.
    if 2 = (select count(*) from core.entity e where e.id in (old.source_id, old.target_id)) then
        insert into core.relationship_version (organization_id, relationship_id, source_id, target_id, type, strength,
            description, metadata, version, valid_from, valid_to, created_at)
        values (old.organization_id, old.id, old.source_id, old.target_id, old.type, old.strength, old.description,
            old.metadata, old.version, old.valid_from, closed, old.created_at);
    end if;
    if tg_op = 'DELETE' then
        return old;
    end if;
    new.version := old.version + 1;
    new.valid_from := closed;
    return new;
end
$$;

create trigger close_version before update or delete on core.relationship
    for each row execute function core.close_relationship_version();

-- Both ends must be there, and stay while this transaction lasts. Whoever adds an edge that could close a cycle waits
-- for others who do, and then sees theirs: hence volatile, which takes a new snapshot a statement.
create function core.check_relationship() returns trigger
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    if 2 <> (
        select count(*) from (
            select from core.entity e
            where e.organization_id = new.organization_id and e.id in (new.source_id, new.target_id)
                and e.deleted_at is null
            for share) ends)
    then
        raise exception 'An end of the relationship is not there.'
            using errcode = 'foreign_key_violation', constraint = 'relationship_ends_live';
    end if;

    if new.type in ('depends_on', 'part_of') then
        perform pg_advisory_xact_lock(hashtextextended('core.relationship:' || new.organization_id || new.type, 0));
        if exists (
            with recursive reached (id) as (
                select new.target_id
                union
                select r.target_id
                from reached
                join core.relationship r
                    on r.organization_id = new.organization_id and r.source_id = reached.id and r.type = new.type
            )
            select from reached where id = new.source_id)
        then
            raise exception 'The relationship would close a cycle.'
                using errcode = 'check_violation', constraint = 'relationship_no_cycle';
        end if;
    end if;
    return new;
end
$$;

create trigger check_relationship before insert on core.relationship
    for each row execute function core.check_relationship();

-- Seen by whoever sees both ends.
alter table core.relationship enable row level security;
alter table core.relationship force row level security;
create policy own_organization on core.relationship to assay_app
    using (organization_id = (select ops.current_organization())
        and core.sees_entity(source_id) and core.sees_entity(target_id))
    with check (organization_id = (select ops.current_organization()));
create policy every_organization on core.relationship to assay_job, assay_owner using (true) with check (true);

alter table core.relationship_version enable row level security;
alter table core.relationship_version force row level security;
create policy own_organization on core.relationship_version to assay_app
    using (organization_id = (select ops.current_organization())
        and core.sees_entity(source_id) and core.sees_entity(target_id))
    with check (organization_id = (select ops.current_organization()));
create policy every_organization on core.relationship_version to assay_job, assay_owner using (true) with check (true);

create view core.relationship_history with (security_invoker = true) as
    select id, organization_id, source_id, target_id, type, strength, description, metadata, version, valid_from,
        null::timestamptz as valid_to, created_at
    from core.relationship
    union all
    select relationship_id, organization_id, source_id, target_id, type, strength, description, metadata, version,
        valid_from, valid_to, created_at
    from core.relationship_version;

-- What depends on an entity, directly, whoever may see it.
create function core.dependents(wanted uuid) returns setof uuid
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
    select r.source_id
    from core.relationship r
    join core.entity e on e.organization_id = r.organization_id and e.id = r.source_id
    where r.organization_id = ops.current_organization() and r.target_id = wanted and r.type = 'depends_on'
        and e.deleted_at is null
    $$;

-- One step of a walk: what is related to the frontier, is seen, and was not seen before. As the owner, whose policies
-- cost nothing, since the ends of a relationship need no second look.
create function core.neighbors(
    frontier uuid[], known uuid[], types text[], outward boolean, inward boolean, most integer) returns uuid[]
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
    select array_agg(id) from (
        select step.id
        from (
            (select r.target_id as id from core.relationship r
            where outward and r.organization_id = ops.current_organization() and r.source_id = any (frontier)
                and (types is null or r.type = any (types))
            union
            select r.source_id from core.relationship r
            where inward and r.organization_id = ops.current_organization() and r.target_id = any (frontier)
                and (types is null or r.type = any (types)))
            except select unnest(known)) step
        -- Looked up one by one, also where nobody knows yet how many there are.
        cross join lateral (
            select from core.entity e
            where e.organization_id = ops.current_organization() and e.id = step.id and e.deleted_at is null
                and core.sees(e)
            offset 0) seen
        limit most) found
    $$;

-- The same as everything was at a moment.
create function core.neighbors_at(
    frontier uuid[], known uuid[], types text[], outward boolean, inward boolean, most integer, moment timestamptz)
    returns uuid[]
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
    select array_agg(id) from (
        select step.id
        from (
            (select r.target_id as id from core.relationship_history r
            where outward and r.organization_id = ops.current_organization() and r.source_id = any (frontier)
                and (types is null or r.type = any (types))
                and r.valid_from <= moment and (r.valid_to is null or r.valid_to > moment)
            union
            select r.source_id from core.relationship_history r
            where inward and r.organization_id = ops.current_organization() and r.target_id = any (frontier)
                and (types is null or r.type = any (types))
                and r.valid_from <= moment and (r.valid_to is null or r.valid_to > moment))
            except select unnest(known)) step
        cross join lateral (
            select from core.entity_history h
            where h.organization_id = ops.current_organization() and h.id = step.id and h.valid_from <= moment
                and (h.valid_to is null or h.valid_to > moment) and h.deleted_at is null and core.sees_entity(h.id)
            offset 0) seen
        limit most) found
    $$;

-- For whoever sits at psql: what can be reached from an entity in so many steps, each once, with how far it is.
create function core.get_entity_graph(wanted uuid, depth integer)
    returns table (id uuid, type varchar, title varchar, distance integer)
    language sql stable
    as $$
    with recursive walk (distance, frontier, known) as (
        select 0, array[wanted], array[wanted]
        union all
        select walk.distance + 1, next.ids, walk.known || next.ids
        from walk
        cross join lateral core.neighbors(
            walk.frontier, walk.known, null, true, true, 10000 - cardinality(walk.known)) next (ids)
        where walk.distance < depth and next.ids is not null
    )
    select e.id, e.type, e.title, walk.distance
    from walk
    cross join unnest(walk.frontier) node (id)
    join core.entity e on e.id = node.id
    order by walk.distance, e.id
    $$;

select ops.audit('core.relationship');

grant select, delete on core.relationship to assay_app;
grant insert (id, organization_id, source_id, target_id, type, strength, description, metadata) on core.relationship
    to assay_app;
grant update (strength, description, metadata) on core.relationship to assay_app;
grant select on core.relationship_version, core.relationship_history to assay_app, assay_job;
grant select on core.relationship to assay_job;
grant execute on function core.dependents(uuid) to assay_app;
grant execute on function core.neighbors(uuid[], uuid[], text[], boolean, boolean, integer),
    core.neighbors_at(uuid[], uuid[], text[], boolean, boolean, integer, timestamptz),
    core.get_entity_graph(uuid, integer) to assay_app;
