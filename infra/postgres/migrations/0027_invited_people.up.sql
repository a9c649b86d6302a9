-- An invitation to an address is mailed there, so that its token shows whose the address is.
drop function ops.find_invitation(bytea);
create function ops.find_invitation(hash bytea) returns table (id uuid, organization_id uuid, email varchar)
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
    select i.id, i.organization_id, i.email
    from ops.invitation i
    join ops.organization o on o.id = i.organization_id and o.deleted_at is null
    where i.token_hash = hash and i.accepted_at is null and i.revoked_at is null and i.expires_at > now()
    $$;

-- A sign-in with a provider may come by an invitation.
alter table ops.provider_visit
    add column invitation_hash bytea,
    add constraint provider_visit_invitation_is_sha256 check (octet_length(invitation_hash) = 32);

drop function ops.begin_provider_visit(bytea, bytea, text, text, uuid, interval);
create function ops.begin_provider_visit(
    state bytea, browser bytea, at_provider text, back_to text, linking_session uuid, invitation bytea,
    lifetime interval) returns void
    language sql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
    delete from ops.provider_visit where state_hash in (
        select v.state_hash from ops.provider_visit v where v.expires_at < now() limit 10 for update skip locked);
    insert into ops.provider_visit (
        state_hash, browser_hash, provider, return_to, session_id, invitation_hash, expires_at)
    values (state, browser, at_provider, back_to, linking_session, invitation, now() + lifetime)
    $$;

drop function ops.end_provider_visit(bytea, bytea, text);
create function ops.end_provider_visit(state bytea, browser bytea, at_provider text)
    returns table (return_to text, is_linking boolean, user_id uuid, invitation bytea)
    language sql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
    with ended as (
        delete from ops.provider_visit v
        where v.state_hash = state and v.browser_hash = browser and v.provider = at_provider and v.expires_at > now()
        returning v.return_to, v.session_id, v.invitation_hash
    )
    select ended.return_to, ended.session_id is not null, s.user_id, ended.invitation_hash
    from ended
    left join ops.session s on s.id = ended.session_id and s.revoked_at is null and s.expires_at > now()
    $$;

-- A new address counts once its token is shown. What was asked for and mailed is told as any change is.
alter table ops.account_token
    drop constraint account_token_purpose_known,
    add constraint account_token_purpose_known check (
        purpose in ('password_reset', 'email_verification', 'email_change', 'sign_in'));
select ops.audit('ops.account_token', 'expires_at');

-- The work that a stored hash asks for: rounds of PBKDF2 in the app's own format, where they are the bytes 5 to 8; and
-- the cost of bcrypt. Null for hashes of another kind.
create function ops.pbkdf2_rounds(hash text) returns integer
    language sql immutable parallel safe
    as $$
    select case when hash ~ '^AQAAAA[A-Za-z0-9+/]{50,}=*$' then
        (get_byte(decode(left(hash, 12), 'base64'), 6) << 16) + (get_byte(decode(left(hash, 12), 'base64'), 7) << 8)
        + get_byte(decode(left(hash, 12), 'base64'), 8) end
    $$;
create function ops.bcrypt_cost(hash text) returns integer
    language sql immutable parallel safe
    as $$
    select case when hash ~ '^\$2[aby]\$(0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]{53}$'
        then substr(hash, 5, 2)::integer end
    $$;

drop index ops.user_account_imported;
create index user_account_pbkdf2_rounds on ops.user_account (ops.pbkdf2_rounds(password_hash))
    where ops.pbkdf2_rounds(password_hash) is not null;
create index user_account_bcrypt_cost on ops.user_account (ops.bcrypt_cost(password_hash))
    where ops.bcrypt_cost(password_hash) is not null;

-- As before, with what the dearest stored hashes ask for, since every login takes as long as those. bcrypt_cost_max is
-- null once no imported hash is left.
drop function ops.find_login(text);
create function ops.find_login(wanted text)
    returns table (user_id uuid, password_hash varchar, rounds_max integer, bcrypt_cost_max integer)
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
    select u.id, u.password_hash,
        (select max(ops.pbkdf2_rounds(d.password_hash)) from ops.user_account d
            where ops.pbkdf2_rounds(d.password_hash) is not null),
        (select max(ops.bcrypt_cost(d.password_hash)) from ops.user_account d
            where ops.bcrypt_cost(d.password_hash) is not null)
    from (select) always
    left join ops.user_account u on lower(u.email) = lower(wanted) and u.is_active
    $$;

drop function ops.find_own_login();
create function ops.find_own_login()
    returns table (user_id uuid, password_hash varchar, rounds_max integer, bcrypt_cost_max integer)
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
    select u.id, u.password_hash, null::integer, null::integer
    from ops.user_account u where u.id = ops.current_user_id()
    $$;

-- The current user has signed in with the password of a hash, and may have a newer hash of it. False when the password
-- was changed since the hash was read: then it opens nothing any more, nor comes back.
create function ops.record_login(known text, upgraded text) returns boolean
    language sql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
    with signed_in as (
        update ops.user_account set last_login_at = now(), password_hash = coalesce(upgraded, password_hash)
        where id = ops.current_user_id() and password_hash = known and is_active
        returning id
    )
    select exists (select from signed_in)
    $$;

grant execute on function ops.find_invitation(bytea),
    ops.begin_provider_visit(bytea, bytea, text, text, uuid, bytea, interval),
    ops.end_provider_visit(bytea, bytea, text), ops.find_login(text), ops.find_own_login(),
    ops.record_login(text, text) to assay_app;
-- Whoever writes a row keeps its indexes.
grant execute on function ops.pbkdf2_rounds(text), ops.bcrypt_cost(text) to assay_app, assay_job;

-- What is done to what all organizations share (providers, settings, guesses at no account) belongs to no organization
-- and no person. Administrators of the installation see it, and nobody else.
create policy whole_installation on ops.event for select to assay_app
    using (organization_id is null and user_id is null and (
        select exists (
            select from ops.user_account u
            where u.id = ops.current_user_id() and u.is_admin and u.is_active)));
create index event_installation on ops.event (created_at desc, id desc)
    where organization_id is null and user_id is null;
