-- Who else may see, comment on or change an entity: a member, all members, or whoever has a link, of whose token only
-- the SHA-256 is kept. What is revoked or expired is worth nothing.
create table core.share (
    id uuid primary key default gen_random_uuid(),
    organization_id uuid not null,
    entity_id uuid not null,
    grantee varchar(20) not null,
    user_id uuid references ops.user_account (id) on delete cascade,
    token_hash bytea,
    permission varchar(20) not null,
    created_by uuid references ops.user_account (id) on delete set null,
    expires_at timestamptz,
    revoked_at timestamptz,
    created_at timestamptz not null default now(),
    constraint share_entity foreign key (organization_id, entity_id)
        references core.entity (organization_id, id) on delete cascade,
    constraint share_grantee_known check (grantee in ('user', 'organization', 'link')),
    constraint share_permission_known check (permission in ('view', 'comment', 'edit')),
    constraint share_user_named check ((grantee = 'user') = (user_id is not null)),
    constraint share_link_has_token check ((grantee = 'link') = (token_hash is not null)),
    constraint share_token_once unique (token_hash)
);

-- Of links there may be several, of others one.
create unique index share_once on core.share (entity_id, grantee, user_id) nulls not distinct
    where revoked_at is null and grantee <> 'link';
create index share_newest on core.share (entity_id, id desc);
create index share_user on core.share (user_id) where user_id is not null;
create index share_created_by on core.share (created_by) where created_by is not null;
create index share_everybody on core.share (organization_id) where grantee = 'organization' and revoked_at is null;

select ops.isolate_organization('core.share');
select ops.audit('core.share');

create table core.comment (
    id uuid primary key default gen_random_uuid(),
    organization_id uuid not null,
    entity_id uuid not null,
    entity_version integer not null,
    author_id uuid references ops.user_account (id) on delete set null,
    share_id uuid references core.share (id) on delete set null,
    text varchar(10000) not null,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint comment_entity foreign key (organization_id, entity_id)
        references core.entity (organization_id, id) on delete cascade,
    constraint comment_entity_version_positive check (entity_version > 0),
    constraint comment_text_not_blank check (text !~ '^\s*$'),
    constraint comment_version_positive check (version > 0)
);

create index comment_newest on core.comment (entity_id, id desc);
create index comment_author on core.comment (author_id) where author_id is not null;
create index comment_share on core.comment (share_id) where share_id is not null;

-- Seen with the entity.
alter table core.comment enable row level security;
alter table core.comment force row level security;
create policy own_organization on core.comment to assay_app
    using (organization_id = (select ops.current_organization()) and core.sees_entity(entity_id))
    with check (organization_id = (select ops.current_organization()) and core.sees_entity(entity_id));
create policy every_organization on core.comment to assay_job, assay_owner using (true) with check (true);
select ops.audit('core.comment');

-- Whoever comes by a link acts as its share.
alter table ops.event
    drop constraint event_actor_type_known,
    add constraint event_actor_type_known check (actor_type in ('user', 'api_key', 'system', 'share'));

-- The share whose link the current transaction came by, or null.
create function ops.current_share() returns uuid
    language sql stable parallel safe
    as $$
    select case when current_setting('assay.actor', true) like 'share|%'
        then split_part(current_setting('assay.actor', true), '|', 2)::uuid end
    $$;

grant execute on function ops.current_share() to assay_app, assay_job;

-- Each permission includes those before it.
create function core.permits(permission text, enough text) returns boolean
    language sql immutable parallel safe
    as $$
    select array_position(array['view', 'comment', 'edit'], permission)
        >= array_position(array['view', 'comment', 'edit'], enough)
    $$;

-- What whoever acts was given. For the functions below alone: it is read as its owner.
create view core.granted as
    select entity_id, permission::text as permission
    from core.share
    where organization_id = ops.current_organization()
        and (user_id = ops.current_user_id() or id = ops.current_share()
            or (grantee = 'organization' and ops.current_share() is null))
        and revoked_at is null and (expires_at is null or expires_at > now());

-- In PL/pgSQL, which keeps plans for as long as a session lasts.
create function core.is_granted(wanted uuid, enough text) returns boolean
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    return exists (select from core.granted g where g.entity_id = wanted and core.permits(g.permission, enough));
end
$$;

create function core.granted_entities(enough text) returns setof uuid
    language plpgsql stable security definer rows 20 set search_path = pg_catalog, pg_temp
    as $$
begin
    return query select g.entity_id from core.granted g where core.permits(g.permission, enough);
end
$$;

grant execute on function core.permits(text, text), core.is_granted(uuid, text), core.granted_entities(text)
    to assay_app;

-- What is private is seen by its owner and by whom it is shared with; who comes by a link sees nothing but what the link
-- is of. The grants are looked up once a statement, and only once a row of somebody else's that is private is met.
alter policy own_organization on core.entity
    using (organization_id = (select ops.current_organization())
        and ((visibility <> 'private' and (select ops.current_share()) is null)
            or owner_id = (select ops.current_user_id())
            or id in (select core.granted_entities('view'))))
    with check (organization_id = (select ops.current_organization())
        and ((visibility <> 'private' and (select ops.current_share()) is null)
            or owner_id = (select ops.current_user_id())
            or id in (select core.granted_entities('view'))));

-- Changing asks for more than seeing does, and making and removing for more than that.
create policy changed on core.entity as restrictive for update to assay_app
    using ((visibility <> 'private' and (select ops.current_share()) is null)
        or owner_id = (select ops.current_user_id())
        or id in (select core.granted_entities('edit')));
create policy made on core.entity as restrictive for insert to assay_app
    with check ((select ops.current_share()) is null
        and (visibility <> 'private' or owner_id = (select ops.current_user_id())));
create policy removed on core.entity as restrictive for delete to assay_app
    using ((select ops.current_share()) is null
        and (visibility <> 'private' or owner_id = (select ops.current_user_id())));

create or replace function core.sees(entity core.entity) returns boolean
    language sql stable
    as $$
    select (entity.visibility <> 'private' and ops.current_share() is null)
        or entity.owner_id = ops.current_user_id()
        or core.is_granted(entity.id, 'view')
    $$;

-- Whom it is shared with may change what it says, not whether it is there or who sees it; nor may a function that goes
-- around the policies do so for them.
create function core.refuse_entity_change() returns trigger
    language plpgsql
    as $$
begin
    raise exception 'Only its owner deletes what is private, or says who sees it.'
        using errcode = 'insufficient_privilege';
end
$$;

create trigger check_owner before update on core.entity
    for each row
    when ((old.visibility, old.deleted_at) is distinct from (new.visibility, new.deleted_at)
        and session_user = 'assay_app'
        and (ops.current_share() is not null
            or ('private' in (old.visibility, new.visibility)
                and old.owner_id is distinct from ops.current_user_id())))
    execute function core.refuse_entity_change();

-- What a link's token leads to, while it is good for anything.
create function core.find_link(hash bytea)
    returns table (share_id uuid, organization_id uuid, entity_id uuid, permission varchar)
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
    select s.id, s.organization_id, s.entity_id, s.permission
    from core.share s
    join core.entity e on e.organization_id = s.organization_id and e.id = s.entity_id and e.deleted_at is null
    join ops.organization o on o.id = s.organization_id and o.deleted_at is null
    where s.token_hash = hash and s.revoked_at is null and (s.expires_at is null or s.expires_at > now())
    $$;

-- What organizations show to all others, newest first, and nothing else of theirs.
create index entity_public on core.entity (id desc) where visibility = 'public' and deleted_at is null;

create function core.public_entities(before uuid, of_type text, most integer) returns setof core.entity
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
    select e.*
    from core.entity e
    join ops.organization o on o.id = e.organization_id and o.deleted_at is null
    where e.visibility = 'public' and e.deleted_at is null
        and e.id < coalesce(before, 'ffffffff-ffff-ffff-ffff-ffffffffffff') and (of_type is null or e.type = of_type)
    order by e.id desc
    limit most
    $$;

create function core.find_public_entity(wanted uuid) returns setof core.entity
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
    select e.*
    from core.entity e
    join ops.organization o on o.id = e.organization_id and o.deleted_at is null
    where e.id = wanted and e.visibility = 'public' and e.deleted_at is null
    $$;

grant execute on function core.find_link(bytea), core.public_entities(uuid, text, integer),
    core.find_public_entity(uuid) to assay_app;
grant select on core.share, core.comment to assay_app, assay_job;
grant insert (id, organization_id, entity_id, grantee, user_id, token_hash, permission, created_by, expires_at)
    on core.share to assay_app;
grant update (permission, expires_at, revoked_at) on core.share to assay_app;
grant insert (id, organization_id, entity_id, entity_version, author_id, share_id, text) on core.comment to assay_app;
grant update (text, version, updated_at) on core.comment to assay_app;
grant delete on core.comment to assay_app;
