-- Identities at providers that lead to an account. Tokens are sealed as described at SecretBox.
create table ops.auth_account (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references ops.user_account (id) on delete cascade,
    provider varchar(32) not null,
    provider_account_id varchar(255) not null,
    ciphertext bytea not null,
    encryption_key_id varchar(200) not null,
    raw_profile jsonb not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint auth_account_once unique (provider, provider_account_id),
    constraint auth_account_raw_profile_is_object check (jsonb_typeof(raw_profile) = 'object')
);

create index auth_account_newest on ops.auth_account (user_id, id desc);
select ops.isolate_user('ops.auth_account');
select ops.audit('ops.auth_account', 'encryption_key_id', 'raw_profile');

-- Sign-ins that have gone to a provider and not come back: each once, for ten minutes, for the browser that began it.
-- What the provider is asked to repeat is derived from the browser's secret, of which there is only a hash here.
create unlogged table ops.provider_visit (
    state_hash bytea primary key,
    browser_hash bytea not null,
    provider varchar(32) not null,
    return_to text,
    session_id uuid,
    expires_at timestamptz not null,
    constraint provider_visit_state_is_sha256 check (octet_length(state_hash) = 32),
    constraint provider_visit_browser_is_sha256 check (octet_length(browser_hash) = 32)
);

create index provider_visit_end on ops.provider_visit (expires_at);

-- The session is of who links an identity to their account; null of who signs in.
create function ops.begin_provider_visit(
    state bytea, browser bytea, at_provider text, back_to text, linking_session uuid, lifetime interval)
    returns void
    language sql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
    delete from ops.provider_visit where state_hash in (
        select v.state_hash from ops.provider_visit v where v.expires_at < now() limit 10 for update skip locked);
    insert into ops.provider_visit (state_hash, browser_hash, provider, return_to, session_id, expires_at)
    values (state, browser, at_provider, back_to, linking_session, now() + lifetime)
    $$;

-- No row for who never left, came back before, or comes in another browser. A session that ended links nothing.
create function ops.end_provider_visit(state bytea, browser bytea, at_provider text)
    returns table (return_to text, is_linking boolean, user_id uuid)
    language sql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
    with ended as (
        delete from ops.provider_visit v
        where v.state_hash = state and v.browser_hash = browser and v.provider = at_provider and v.expires_at > now()
        returning v.return_to, v.session_id
    )
    select ended.return_to, ended.session_id is not null, s.user_id
    from ended
    left join ops.session s on s.id = ended.session_id and s.revoked_at is null and s.expires_at > now()
    $$;

-- The account that an identity leads to.
create function ops.find_auth_account(at_provider text, subject text)
    returns table (id uuid, user_id uuid, is_active boolean)
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
    select a.id, a.user_id, u.is_active
    from ops.auth_account a
    join ops.user_account u on u.id = a.user_id
    where a.provider = at_provider and a.provider_account_id = subject
    $$;

-- What a browser brings back to the page that it came from, to exchange for a session: once, within a minute.
alter table ops.account_token
    alter column email drop not null,
    drop constraint account_token_purpose_known,
    add constraint account_token_purpose_known check (purpose in ('password_reset', 'email_verification', 'sign_in')),
    add constraint account_token_mailed_somewhere check (email is not null or purpose = 'sign_in');

create function ops.take_sign_in(hash bytea) returns uuid
    language sql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
    delete from ops.account_token t
    using ops.user_account u
    where t.token_hash = hash and t.purpose = 'sign_in' and t.expires_at > now() and u.id = t.user_id and u.is_active
    returning t.user_id
    $$;

grant select, insert, update (ciphertext, encryption_key_id, raw_profile, updated_at), delete
    on ops.auth_account to assay_app;
-- For the rotation of keys.
grant select (id, ciphertext, encryption_key_id), update (ciphertext, encryption_key_id)
    on ops.auth_account to assay_job;
grant execute on function ops.begin_provider_visit(bytea, bytea, text, text, uuid, interval),
    ops.end_provider_visit(bytea, bytea, text), ops.find_auth_account(text, text), ops.take_sign_in(bytea)
    to assay_app;
