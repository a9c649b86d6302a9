create table ops.organization (
    id uuid primary key default gen_random_uuid(),
    name varchar(255) not null,
    slug varchar(100) not null,
    settings jsonb not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint organization_name_not_blank check (name !~ '^\s*$'),
    constraint organization_slug_unique unique (slug),
    constraint organization_slug_is_url_friendly check (slug ~ '^[a-z0-9]([a-z0-9-]*[a-z0-9])?$'),
    constraint organization_settings_is_object check (jsonb_typeof(settings) = 'object')
);

create table ops.user_account (
    id uuid primary key default gen_random_uuid(),
    email varchar(255),
    username varchar(100),
    name varchar(255),
    avatar_url varchar(512),
    bio text,
    password_hash varchar(255),
    is_active boolean not null default true,
    is_admin boolean not null default false,
    last_login_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint user_account_email_has_at check (email like '%_@_%')
);

-- Addresses and names differ by more than their case.
create unique index user_account_email_unique on ops.user_account (lower(email));
create unique index user_account_username_unique on ops.user_account (lower(username));

create table ops.organization_user (
    id uuid primary key default gen_random_uuid(),
    organization_id uuid not null references ops.organization (id) on delete cascade,
    user_id uuid not null references ops.user_account (id) on delete cascade,
    role varchar(20) not null,
    status varchar(20) not null default 'active',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint organization_user_once unique (organization_id, user_id),
    constraint organization_user_role_known check (role in ('owner', 'admin', 'member', 'viewer')),
    constraint organization_user_status_known check (status in ('active', 'invited', 'removed'))
);

create index organization_user_user on ops.organization_user (user_id);

create table ops.api_key (
    id uuid primary key default gen_random_uuid(),
    organization_id uuid not null references ops.organization (id) on delete cascade,
    user_id uuid references ops.user_account (id) on delete set null,
    name varchar(255) not null,
    prefix varchar(20) not null,
    key_hash bytea not null,
    scopes jsonb not null default '[]',
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint api_key_hash_unique unique (key_hash),
    constraint api_key_hash_is_sha256 check (octet_length(key_hash) = 32),
    constraint api_key_scopes_is_array check (jsonb_typeof(scopes) = 'array')
);

create index api_key_organization on ops.api_key (organization_id);
create index api_key_user on ops.api_key (user_id);

select ops.isolate_organization('ops.organization_user');
select ops.isolate_organization('ops.api_key');

-- A key names its organization, so it is looked up before any organization is set: hence security definer. It answers
-- only to the SHA-256 of a whole live key. last_used_at is kept to the minute, to spare a write a request.
create function ops.authenticate_api_key(hash bytea)
    returns table (api_key_id uuid, organization_id uuid, organization_slug varchar, user_id uuid, scopes jsonb)
    language sql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
    with live as (
        select k.id, k.organization_id, o.slug, k.user_id, k.scopes, k.last_used_at
        from ops.api_key k
        join ops.organization o on o.id = k.organization_id
        where k.key_hash = hash and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())
    ), used as (
        update ops.api_key k set last_used_at = now()
        from live
        where k.id = live.id and (live.last_used_at is null or live.last_used_at < now() - interval '1 minute')
    )
    select id, organization_id, slug, user_id, scopes from live
    $$;

grant execute on function ops.authenticate_api_key(bytea) to assay_app;
grant select on ops.organization, ops.organization_user to assay_app;
grant select (id, email, username, name, avatar_url, is_active, is_admin) on ops.user_account to assay_app;
grant select (id, organization_id, user_id, name, prefix, scopes, expires_at, revoked_at, last_used_at, created_at,
    updated_at) on ops.api_key to assay_app;
grant select on ops.organization, ops.organization_user to assay_job;
