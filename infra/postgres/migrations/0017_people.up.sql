-- Puts a table with a user_id behind row-level security: the app sees and writes the rows of the current user only.
-- Otherwise as ops.isolate_organization.
create function ops.isolate_user(isolated regclass) returns void
    language plpgsql
    as $$
begin
    execute format('alter table %s enable row level security', isolated);
    execute format('alter table %s force row level security', isolated);
    execute format(
        'create policy own_user on %s to assay_app '
        'using (user_id = (select ops.current_user_id())) '
        'with check (user_id = (select ops.current_user_id()))',
        isolated);
    execute format(
        'create policy every_user on %s to assay_job, assay_owner using (true) with check (true)', isolated);
end
$$;

-- An address is verified once its owner has shown that mail to it arrives.
alter table ops.user_account
    add column email_verified_at timestamptz,
    add column password_changed_at timestamptz,
    add column has_password boolean not null generated always as (password_hash is not null) stored,
    add constraint user_account_verified_is_an_address check (email_verified_at is null or email is not null);

-- While imported bcrypt hashes are left, every login does one; see ops.find_login.
create index user_account_imported on ops.user_account (id) where password_hash like '$2%';

-- A signed token names its session and its own jwt_id. A refresh replaces the jwt_id; the one before it stays good for
-- a minute, and whoever shows an older one later has a copy of what is no longer in use: then the session ends.
create table ops.session (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references ops.user_account (id) on delete cascade,
    jwt_id uuid not null,
    replaced_jwt_id uuid,
    replaced_at timestamptz,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    last_seen_at timestamptz not null default now(),
    user_agent varchar(255),
    address inet,
    created_at timestamptz not null default now(),
    constraint session_jwt_id_unique unique (jwt_id),
    constraint session_replaced_knows_when check ((replaced_jwt_id is null) = (replaced_at is null))
);

create index session_newest on ops.session (user_id, id desc);
select ops.isolate_user('ops.session');

-- Keys that sign session tokens. The newest signs until signs_until; all verify until their last token has expired.
-- The private key is sealed as described at SecretBox.
create table ops.signing_key (
    id uuid primary key default gen_random_uuid(),
    public_key bytea not null,
    ciphertext bytea not null,
    encryption_key_id varchar(200) not null,
    signs_until timestamptz not null,
    verifies_until timestamptz not null,
    created_at timestamptz not null default now(),
    constraint signing_key_verifies_longer check (verifies_until > signs_until)
);

select ops.audit('ops.user_account', 'password_hash');
select ops.audit('ops.session', 'jwt_id', 'replaced_jwt_id', 'replaced_at', 'expires_at');

-- What a login needs before anybody is known. Answers with one row for any address, so that nothing distinguishes an
-- unknown one. imported_like is how some imported bcrypt hash begins ($2b$12$), null once all have been upgraded.
create function ops.find_login(wanted text)
    returns table (user_id uuid, password_hash varchar, imported_like text)
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
    select u.id, u.password_hash,
        (select left(i.password_hash, 7) from ops.user_account i where i.password_hash like '$2%' limit 1)
    from (select) always
    left join ops.user_account u on lower(u.email) = lower(wanted) and u.is_active
    $$;

-- The same for the current user, to confirm what they are about to change.
create function ops.find_own_login()
    returns table (user_id uuid, password_hash varchar, imported_like text)
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
    select u.id, u.password_hash, null from ops.user_account u where u.id = ops.current_user_id()
    $$;

-- Nobody has signed in who could be the actor, and the address may be no account's: that is told too, at the same cost.
create function ops.record_failed_login(account uuid, request text, client inet) returns void
    language sql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
    insert into ops.event (user_id, entity_type, entity_id, action, request_id, address)
    values (account, 'login', coalesce(account, '00000000-0000-0000-0000-000000000000'), 'failed', request, client)
    $$;

-- Whom a token with a good signature stands for, and in which organization: the wanted one, or without one the only
-- one. No row for a session that has ended. Its last_seen_at is kept to the minute, to spare a write a request.
create function ops.authenticate_session(session uuid, jwt uuid, wanted text)
    returns table (
        user_id uuid, is_admin boolean, organizations integer, organization_id uuid, organization_slug varchar,
        role varchar)
    language sql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
    with found as (
        select s.id, s.user_id, u.is_admin, s.last_seen_at,
            s.jwt_id = jwt or (s.replaced_jwt_id = jwt and s.replaced_at > now() - interval '1 minute') as is_live,
            s.replaced_at <= now() - interval '1 minute' as is_copied
        from ops.session s
        join ops.user_account u on u.id = s.user_id and u.is_active
        where s.id = session and s.revoked_at is null and s.expires_at > now()
    ), live as (
        select * from found where is_live
    ), seen as (
        update ops.session s set last_seen_at = now()
        from live
        where s.id = live.id and live.last_seen_at < now() - interval '1 minute'
    ), revoked as (
        update ops.session s set revoked_at = now()
        from found
        where s.id = found.id and not found.is_live and found.is_copied
    ), membership as (
        select m.organization_id, o.slug, m.role, count(*) over () as organizations
        from live
        join ops.organization_user m on m.user_id = live.user_id and m.status = 'active'
        join ops.organization o on o.id = m.organization_id and o.deleted_at is null
    )
    select live.user_id, live.is_admin, coalesce((select max(organizations) from membership), 0)::integer,
        m.organization_id, m.slug, m.role
    from live
    left join membership m on case wanted when '' then m.organizations = 1 else m.slug = wanted end
    $$;

grant select (bio, has_password, last_login_at, email_verified_at, created_at, updated_at),
    insert (id, email, email_verified_at, name, avatar_url, password_hash, password_changed_at),
    update (email, email_verified_at, username, name, avatar_url, bio, password_hash, password_changed_at, last_login_at,
        updated_at),
    delete
    on ops.user_account to assay_app;
grant select, insert, update (jwt_id, replaced_jwt_id, replaced_at, expires_at, revoked_at), delete
    on ops.session to assay_app;
grant select, insert, delete on ops.signing_key to assay_app;
grant execute on function ops.find_login(text), ops.find_own_login(), ops.record_failed_login(uuid, text, inet),
    ops.authenticate_session(uuid, uuid, text) to assay_app;
