-- An organization that is deleted ends at once for everybody, and its rows go later, in the background.
alter table ops.organization add column deleted_at timestamptz;

create or replace function ops.find_organization(wanted text) returns uuid
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$ select id from ops.organization where slug = wanted and deleted_at is null $$;

alter policy joined_organization on ops.organization
    using (deleted_at is null and exists (
        select from ops.organization_user m
        where m.organization_id = organization.id and m.user_id = (select ops.current_user_id())
            and m.status = 'active'));

-- As before, and not for a deleted organization.
create or replace function ops.authenticate_api_key(hash bytea)
    returns table (
        api_key_id uuid, organization_id uuid, organization_slug varchar, user_id uuid, is_admin boolean, role varchar,
        scopes text[])
    language sql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
    with live as (
        select k.id, k.organization_id, o.slug, k.user_id, coalesce(u.is_admin, false) as is_admin,
            coalesce(m.role, 'admin') as role, k.scopes, k.last_used_at
        from ops.api_key k
        join ops.organization o on o.id = k.organization_id and o.deleted_at is null
        left join ops.user_account u on u.id = k.user_id
        left join ops.organization_user m
            on m.organization_id = k.organization_id and m.user_id = k.user_id and m.status = 'active'
        where k.key_hash = hash and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())
            and (k.user_id is null or (u.is_active and m.id is not null))
    ), used as (
        update ops.api_key k set last_used_at = now()
        from live
        where k.id = live.id and (live.last_used_at is null or live.last_used_at < now() - interval '1 minute')
    )
    select id, organization_id, slug, user_id, is_admin, role,
        array(select jsonb_array_elements_text(live.scopes))
    from live
    $$;

-- Whoever may manage an organization must exist, whatever statement takes the last owner away. The organization's row
-- is locked so that two owners who leave at once see each other.
create function ops.keep_an_owner() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    perform from ops.organization where id = old.organization_id and deleted_at is null for no key update;
    if found and not exists (
        select from ops.organization_user m
        where m.organization_id = old.organization_id and m.role = 'owner' and m.status = 'active')
    then
        raise exception 'an organization keeps an owner'
            using errcode = 'check_violation', constraint = 'organization_keeps_an_owner';
    end if;
    return null;
end
$$;

create trigger organization_keeps_an_owner after update or delete on ops.organization_user
    for each row when (old.role = 'owner' and old.status = 'active') execute function ops.keep_an_owner();

create table ops.invitation (
    id uuid primary key default gen_random_uuid(),
    organization_id uuid not null references ops.organization (id) on delete cascade,
    email varchar(255),
    role varchar(20) not null,
    token_hash bytea not null,
    invited_by uuid references ops.user_account (id) on delete set null,
    expires_at timestamptz not null,
    accepted_at timestamptz,
    accepted_by uuid references ops.user_account (id) on delete set null,
    revoked_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint invitation_token_unique unique (token_hash),
    constraint invitation_token_is_sha256 check (octet_length(token_hash) = 32),
    constraint invitation_email_has_at check (email like '%_@_%'),
    constraint invitation_role_known check (role in ('owner', 'admin', 'member', 'viewer')),
    constraint invitation_ends_once check (num_nonnulls(accepted_at, revoked_at) <= 1)
);

create index invitation_newest on ops.invitation (organization_id, id desc);
create index invitation_invited_by on ops.invitation (invited_by);
create index invitation_accepted_by on ops.invitation (accepted_by);
-- One open invitation an address: asking again replaces it.
create unique index invitation_open_once on ops.invitation (organization_id, lower(email))
    where accepted_at is null and revoked_at is null;

select ops.isolate_organization('ops.invitation');

-- The organization that a live invitation leads to. Whoever accepts is not a member yet.
create function ops.find_invitation(hash bytea) returns table (id uuid, organization_id uuid)
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
    select i.id, i.organization_id
    from ops.invitation i
    join ops.organization o on o.id = i.organization_id and o.deleted_at is null
    where i.token_hash = hash and i.accepted_at is null and i.revoked_at is null and i.expires_at > now()
    $$;

-- The key that a rotated one is replaced by.
alter table ops.api_key add column replaced_by uuid references ops.api_key (id) on delete set null;
create index api_key_replaced_by on ops.api_key (replaced_by);
create index api_key_newest on ops.api_key (organization_id, id desc);

grant execute on function ops.find_invitation(bytea) to assay_app;
grant insert (id, name, slug, settings), update (name, settings, deleted_at, updated_at) on ops.organization
    to assay_app;
grant insert, update (role, status, updated_at) on ops.organization_user to assay_app;
grant select, insert, update (accepted_at, accepted_by, revoked_at, updated_at) on ops.invitation to assay_app;
grant select (replaced_by), insert (id, organization_id, user_id, name, prefix, key_hash, scopes, expires_at),
    update (name, expires_at, revoked_at, replaced_by, updated_at) on ops.api_key to assay_app;
grant delete on ops.organization to assay_job;
