-- The current version of every prompt, template, context, workflow and library. What a type's content holds is checked
-- by the app, against the schema that content_schema numbers.
create table core.entity (
    id uuid primary key default gen_random_uuid(),
    organization_id uuid not null references ops.organization (id) on delete cascade,
    owner_id uuid references ops.user_account (id) on delete set null,
    type varchar(20) not null,
    title varchar(255) not null,
    description varchar(4000),
    status varchar(20) not null default 'draft',
    visibility varchar(20) not null default 'organization',
    content jsonb not null,
    content_schema integer not null default 1,
    tags text[] not null default '{}',
    metadata jsonb not null default '{}',
    note varchar(500),
    version integer not null default 1,
    valid_from timestamptz not null default clock_timestamp(),
    deleted_at timestamptz,
    created_at timestamptz not null default clock_timestamp(),
    constraint entity_in_organization unique (organization_id, id),
    constraint entity_type_known check (type in ('prompt', 'template', 'context', 'workflow', 'library')),
    constraint entity_title_not_blank check (title !~ '^\s*$'),
    constraint entity_status_known check (status in ('draft', 'active', 'archived')),
    constraint entity_visibility_known check (visibility in ('private', 'organization', 'public')),
    constraint entity_content_is_object check (jsonb_typeof(content) = 'object'),
    constraint entity_content_schema_positive check (content_schema > 0),
    constraint entity_metadata_is_object check (jsonb_typeof(metadata) = 'object'),
    constraint entity_version_positive check (version > 0)
);

-- Lists go by id, which is the order of creation.
create index entity_live on core.entity (organization_id, type, id desc) where deleted_at is null;
create index entity_owner on core.entity (owner_id);
-- What the purge looks at.
create index entity_deleted on core.entity (deleted_at) where deleted_at is not null;

-- The tags of entities once more, to find entities by: operators of arrays are not leakproof, so that under row-level
-- security the app could use no index of the arrays. Written by the trigger below alone.
create table core.entity_tag (
    organization_id uuid not null,
    entity_id uuid not null,
    tag text not null,
    primary key (organization_id, tag, entity_id),
    constraint entity_tag_entity foreign key (organization_id, entity_id)
        references core.entity (organization_id, id) on delete cascade
);

create index entity_tag_of_entity on core.entity_tag (entity_id);

create function core.keep_entity_tags() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    delete from core.entity_tag t where t.entity_id = new.id and t.tag <> all (new.tags);
    insert into core.entity_tag (organization_id, entity_id, tag)
    select new.organization_id, new.id, unnest(new.tags)
    on conflict do nothing;
    return null;
end
$$;

create trigger keep_tags after insert on core.entity
    for each row when (new.tags <> '{}') execute function core.keep_entity_tags();
create trigger keep_changed_tags after update of tags on core.entity
    for each row when (old.tags is distinct from new.tags) execute function core.keep_entity_tags();

-- Versions that were replaced, each true from valid_from until valid_to, when the next one began. The app reads them;
-- only the trigger below writes them.
create table core.entity_version (
    organization_id uuid not null,
    entity_id uuid not null,
    version integer not null,
    type varchar(20) not null,
    title varchar(255) not null,
    description varchar(4000),
    status varchar(20) not null,
    visibility varchar(20) not null,
    content jsonb not null,
    content_schema integer not null,
    tags text[] not null,
    metadata jsonb not null,
    note varchar(500),
    valid_from timestamptz not null,
    valid_to timestamptz not null,
    deleted_at timestamptz,
    primary key (organization_id, entity_id, version),
    constraint entity_version_entity foreign key (organization_id, entity_id)
        references core.entity (organization_id, id) on delete cascade,
    constraint entity_version_content_is_object check (jsonb_typeof(content) = 'object'),
    constraint entity_version_metadata_is_object check (jsonb_typeof(metadata) = 'object'),
    constraint entity_version_lasts check (valid_to > valid_from),
    constraint entity_version_never_overlaps
        exclude using gist (entity_id with =, tstzrange(valid_from, valid_to) with &&)
);

-- Every change of what a version holds closes it and begins the next, at one and the same moment. Deleting is such a
-- change too, so that history tells when something was away.
create function core.close_entity_version() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    new.version := old.version + 1;
    -- A clock that was set back must not turn history around.
    new.valid_from := greatest(clock_timestamp(), old.valid_from + interval '1 microsecond');
    insert into core.entity_version (organization_id, entity_id, version, type, title, description, status, visibility,
        content, content_schema, tags, metadata, note, valid_from, valid_to, deleted_at)
    values (old.organization_id, old.id, old.version, old.type, old.title, old.description, old.status, old.visibility,
        old.content, old.content_schema, old.tags, old.metadata, old.note, old.valid_from, new.valid_from,
        old.deleted_at);
    return new;
end
$$;

create trigger close_version before update on core.entity
    for each row
    when ((old.title, old.description, old.status, old.visibility, old.content, old.content_schema, old.tags,
            old.metadata, old.deleted_at)
        is distinct from (new.title, new.description, new.status, new.visibility, new.content, new.content_schema,
            new.tags, new.metadata, new.deleted_at))
    execute function core.close_entity_version();

-- What is private is seen by its owner alone.
alter table core.entity enable row level security;
alter table core.entity force row level security;
create policy own_organization on core.entity to assay_app
    using (organization_id = (select ops.current_organization())
        and (visibility <> 'private' or owner_id = (select ops.current_user_id())))
    with check (organization_id = (select ops.current_organization())
        and (visibility <> 'private' or owner_id = (select ops.current_user_id())));
create policy every_organization on core.entity to assay_job, assay_owner using (true) with check (true);

-- The same for functions that go around the policy, since what stands in a subquery of a policy is planned with every
-- statement, and then at times for the whole table at once.
create function core.sees(entity core.entity) returns boolean
    language sql stable
    as $$ select entity.visibility <> 'private' or entity.owner_id = ops.current_user_id() $$;

create function core.sees_entity(wanted uuid) returns boolean
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
    select exists (
        select from core.entity e
        where e.organization_id = ops.current_organization() and e.id = wanted and core.sees(e))
    $$;

grant execute on function core.sees_entity(uuid) to assay_app;

-- Old versions are seen by whoever sees the present one, whatever they were then.
alter table core.entity_version enable row level security;
alter table core.entity_version force row level security;
create policy own_organization on core.entity_version to assay_app
    using (organization_id = (select ops.current_organization()) and core.sees_entity(entity_id))
    with check (organization_id = (select ops.current_organization()));
create policy every_organization on core.entity_version to assay_job, assay_owner using (true) with check (true);

alter table core.entity_tag enable row level security;
alter table core.entity_tag force row level security;
create policy own_organization on core.entity_tag to assay_app
    using (organization_id = (select ops.current_organization()) and core.sees_entity(entity_id))
    with check (organization_id = (select ops.current_organization()));
create policy every_organization on core.entity_tag to assay_job, assay_owner using (true) with check (true);

-- All versions, the present one among them, whose valid_to is null.
create view core.entity_history with (security_invoker = true) as
    select id, organization_id, type, title, description, status, visibility, content, content_schema, tags, metadata,
        note, version, valid_from, null::timestamptz as valid_to, owner_id, created_at, deleted_at
    from core.entity
    union all
    select v.entity_id, v.organization_id, v.type, v.title, v.description, v.status, v.visibility, v.content,
        v.content_schema, v.tags, v.metadata, v.note, v.version, v.valid_from, v.valid_to, e.owner_id, e.created_at,
        v.deleted_at
    from core.entity_version v
    join core.entity e on e.organization_id = v.organization_id and e.id = v.entity_id;

-- For whoever sits at psql: all versions of an entity, newest first.
create function core.get_entity_history(wanted uuid) returns setof core.entity_history
    language sql stable
    as $$ select * from core.entity_history h where h.id = wanted order by h.version desc $$;

-- The version that was true at a moment; none before it was made and while it was deleted.
create function core.get_entity_at(wanted uuid, moment timestamptz) returns setof core.entity_history
    language sql stable
    as $$
    select * from core.entity_history h
    where h.id = wanted and h.valid_from <= moment and (h.valid_to is null or h.valid_to > moment)
        and h.deleted_at is null
    $$;

-- All versions that were true at a moment. By the entities, so that a page of them in their order needs no others; what
-- was made later is passed over without a look at its versions. The clock is read twice when an entity is made.
create function core.entities_at(moment timestamptz) returns setof core.entity_history
    language sql stable
    as $$
    select e.id, e.organization_id, e.type, v.title, v.description, v.status, v.visibility, v.content, v.content_schema,
        v.tags, v.metadata, v.note, v.version, v.valid_from, v.valid_to, e.owner_id, e.created_at, v.deleted_at
    from core.entity e
    cross join lateral (
        select e.title, e.description, e.status, e.visibility, e.content, e.content_schema, e.tags, e.metadata, e.note,
            e.version, e.valid_from, null::timestamptz as valid_to, e.deleted_at
        where e.valid_from <= moment
        union all
        select v.title, v.description, v.status, v.visibility, v.content, v.content_schema, v.tags, v.metadata, v.note,
            v.version, v.valid_from, v.valid_to, v.deleted_at
        from core.entity_version v
        where v.organization_id = e.organization_id and v.entity_id = e.id and v.valid_from <= moment
            and v.valid_to > moment) v
    where e.created_at <= moment + interval '1 second'
    $$;

select ops.audit('core.entity');

alter table core.embedding
    add constraint embedding_entity foreign key (organization_id, entity_id)
        references core.entity (organization_id, id) on delete cascade;
alter table core.analysis_result
    add column entity_version integer,
    add constraint analysis_result_entity foreign key (organization_id, entity_id)
        references core.entity (organization_id, id) on delete set null (entity_id),
    add constraint analysis_result_entity_version_positive check (entity_version > 0);

grant select, delete on core.entity to assay_app;
grant insert (id, organization_id, owner_id, type, title, description, status, visibility, content, content_schema,
    tags, metadata, note) on core.entity to assay_app;
grant update (owner_id, title, description, status, visibility, content, content_schema, tags, metadata, note,
    deleted_at) on core.entity to assay_app;
grant select on core.entity_tag, core.entity_version, core.entity_history to assay_app, assay_job;
grant select, delete on core.entity to assay_job;
grant execute on function core.get_entity_history(uuid), core.get_entity_at(uuid, timestamptz),
    core.entities_at(timestamptz) to assay_app, assay_job;
