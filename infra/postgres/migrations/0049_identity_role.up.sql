-- Who people are, and what they prove it by, belongs to a role of its own. The app reads what lists need and changes
-- nothing but through the functions below, each for one purpose. See infra/decisions/0023.

-- assay_owner is a member, so that migrations go on changing these tables. Whoever creates something for a role to own
-- needs that role's right to create.
grant usage, create on schema ops to assay_identity;
grant execute on function ops.current_organization(), ops.current_user_id(), ops.pbkdf2_rounds(text),
    ops.bcrypt_cost(text) to assay_identity;

-- Statements of the app's identity code say so at the end of their proof: whatever other statement somebody slips something into,
-- these functions do nothing for it.
create function ops.is_identity_work() returns boolean
    language sql stable parallel safe
    as $$ select (ops.proved_scope())[9] = 'identity' $$;

create function ops.assert_identity_work() returns void
    language plpgsql stable
    as $$
begin
    if ops.is_identity_work() is not true then
        raise exception 'only the identity code of the app may do this' using errcode = 'insufficient_privilege';
    end if;
end
$$;

grant execute on function ops.is_identity_work(), ops.assert_identity_work(), ops.proved_scope()
    to assay_identity;

do $$
declare
    identity regclass;
begin
    foreach identity in array array['ops.user_account', 'ops.organization_user', 'ops.session', 'ops.signing_key',
        'ops.account_token', 'ops.auth_account', 'ops.provider_visit', 'ops.attempt', 'ops.api_key', 'ops.invitation']
    loop
        execute format('alter table %s owner to assay_identity', identity);
        if (select relrowsecurity from pg_class where oid = identity) then
            execute format('create policy every_identity on %s to assay_identity using (true) with check (true)',
                identity);
        end if;
    end loop;
end
$$;
grant select on ops.organization to assay_identity;
create policy every_identity on ops.organization for select to assay_identity using (true);

revoke insert (id, email, email_verified_at, name, avatar_url, password_hash, password_changed_at),
    update (email, email_verified_at, username, name, avatar_url, bio, password_hash, password_changed_at,
        last_login_at, updated_at),
    delete
    on ops.user_account from assay_app;
revoke select, insert, update (jwt_id, replaced_jwt_id, replaced_at, expires_at, revoked_at), delete
    on ops.session from assay_app;
revoke select, insert, delete on ops.signing_key from assay_app;
revoke select, insert, update (token_hash, email, expires_at, created_at), delete on ops.account_token from assay_app;
revoke select, insert, update (ciphertext, encryption_key_id, raw_profile, updated_at), delete
    on ops.auth_account from assay_app;
revoke execute on function ops.pbkdf2_rounds(text), ops.bcrypt_cost(text) from assay_app, assay_job;
-- The purge of organizations and the rotation of keys are all that jobs do here.
revoke select on ops.organization_user from assay_job;
grant select (id, user_id, expires_at, revoked_at, last_seen_at, user_agent, address, created_at)
    on ops.session to assay_app;
grant select (id, user_id, provider, raw_profile, created_at, updated_at) on ops.auth_account to assay_app;

-- An account as its owner sees it.
create type ops.account as (
    id uuid, email varchar, email_verified boolean, has_password boolean, username varchar, name varchar,
    avatar_url varchar, bio text, is_admin boolean, last_login_at timestamptz, created_at timestamptz,
    updated_at timestamptz);

create function ops.find_own_account() returns setof ops.account
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
    select id, email, email_verified_at is not null, has_password, username, name, avatar_url, bio, is_admin,
        last_login_at, created_at, updated_at
    from ops.user_account where id = ops.current_user_id()
    $$;

-- The account of the current user, who has none yet. False when the address is another's.
create function ops.create_account(
    new_email text, is_verified boolean, new_name text, new_avatar_url text, new_hash text) returns boolean
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    perform ops.assert_identity_work();
    insert into ops.user_account (
        id, email, email_verified_at, name, avatar_url, password_hash, password_changed_at)
    values (
        ops.current_user_id(), new_email, case when is_verified then now() end, new_name, new_avatar_url, new_hash,
        case when new_hash is not null then now() end)
    on conflict (lower(email)) do nothing;
    return found;
end
$$;

-- Gives the current user's anonymous account an address and a password. No row when it is not anonymous.
create function ops.claim_account(new_email text, new_hash text) returns setof ops.account
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    perform ops.assert_identity_work();
    update ops.user_account
    set email = new_email, password_hash = new_hash, password_changed_at = now(), updated_at = clock_timestamp()
    where id = ops.current_user_id() and email is null and not has_password;
    if found then
        return query select * from ops.find_own_account();
    end if;
end
$$;

-- No row when somebody changed the account after the given time.
create function ops.change_account(
    known timestamptz, new_username text, new_name text, new_avatar_url text, new_bio text) returns setof ops.account
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    perform ops.assert_identity_work();
    update ops.user_account
    set username = new_username, name = new_name, avatar_url = new_avatar_url, bio = new_bio,
        updated_at = clock_timestamp()
    where id = ops.current_user_id() and updated_at = known;
    if found then
        return query select * from ops.find_own_account();
    end if;
end
$$;

create function ops.delete_account(known timestamptz) returns boolean
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    perform ops.assert_identity_work();
    delete from ops.user_account where id = ops.current_user_id() and updated_at = known;
    return found;
end
$$;

-- What has to be known of a stored hash to make the same one of the same password: all but what was derived from it,
-- which is zeros instead.
create function ops.password_parameters(hash text) returns text
    language sql immutable parallel safe
    as $$
    select case
        when ops.bcrypt_cost(hash) is not null then left(hash, 29) || repeat('.', 31)
        when ops.pbkdf2_rounds(hash) is not null and hash ~ '^[A-Za-z0-9+/]+={0,2}$' and length(hash) % 4 = 0 then (
            select case when length > 13 + salt_length then translate(
                encode(
                    substr(bytes, 1, 13 + salt_length) || decode(repeat('00', length - 13 - salt_length), 'hex'),
                    'base64'),
                E'\n', '') end
            from (select decode(hash, 'base64') as bytes) decoded
            cross join lateral (
                select octet_length(bytes) as length,
                    (get_byte(bytes, 11) << 8) + get_byte(bytes, 12) as salt_length) sizes)
        end
    $$;

-- What a login needs before anybody is known: how to hash the password, and what the dearest stored hashes ask for,
-- since every login takes as long as those. One row for any address.
drop function ops.find_login(text);
create function ops.find_login(wanted text)
    returns table (parameters text, rounds_max integer, bcrypt_cost_max integer)
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    perform ops.assert_identity_work();
    return query
    select ops.password_parameters(u.password_hash),
        (select max(ops.pbkdf2_rounds(d.password_hash)) from ops.user_account d
            where ops.pbkdf2_rounds(d.password_hash) is not null),
        (select max(ops.bcrypt_cost(d.password_hash)) from ops.user_account d
            where ops.bcrypt_cost(d.password_hash) is not null)
    from (select) always
    left join ops.user_account u on lower(u.email) = lower(wanted) and u.is_active;
end
$$;

-- The same for the current user, to confirm what they are about to change.
drop function ops.find_own_login();
create function ops.find_own_login() returns table (parameters text, rounds_max integer, bcrypt_cost_max integer)
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    perform ops.assert_identity_work();
    return query
    select ops.password_parameters(u.password_hash), null::integer, null::integer
    from ops.user_account u where u.id = ops.current_user_id();
end
$$;

-- Whose the address and one of the hashes are, and which. No row for nobody, which is recorded.
create function ops.check_login(wanted text, hashes text[], request text, client inet)
    returns table (user_id uuid, hash text)
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
declare
    account uuid;
    is_right boolean;
begin
    perform ops.assert_identity_work();
    select u.id, u.password_hash, u.password_hash = any (hashes) into account, hash, is_right
    from ops.user_account u where lower(u.email) = lower(wanted) and u.is_active;
    if is_right then
        user_id = account;
        return next;
    else
        perform ops.record_failed_login(account, request, client);
    end if;
end
$$;

-- Which of the hashes is that of the current user's password; null for none.
create function ops.check_own_password(hashes text[]) returns text
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    perform ops.assert_identity_work();
    return (
        select u.password_hash from ops.user_account u
        where u.id = ops.current_user_id() and u.password_hash = any (hashes));
end
$$;

-- Begins a session of the current user and tells its end; no row when there is no such account. With a hash, only while it is still the
-- password's: whoever set another one meanwhile has ended all sessions, and this one must not outlive that. It may have
-- become a newer hash of the same password. What ended a month ago is of no use to anybody; this is a good moment to
-- forget it.
drop function ops.record_login(text, text);
create function ops.open_session(
    session uuid, jwt uuid, lifetime interval, agent text, client inet, known_hash text, upgraded_hash text)
    returns setof timestamptz
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    perform ops.assert_identity_work();
    update ops.user_account
    set last_login_at = now(), password_hash = coalesce(upgraded_hash, password_hash)
    where id = ops.current_user_id()
        and case when known_hash is null then upgraded_hash is null else password_hash = known_hash and is_active end;
    if not found then
        return;
    end if;
    delete from ops.session
    where user_id = ops.current_user_id() and least(expires_at, revoked_at) < now() - interval '30 days';
    return query
    insert into ops.session (id, user_id, jwt_id, expires_at, user_agent, address)
    values (session, ops.current_user_id(), jwt, now() + lifetime, agent, client)
    returning expires_at;
end
$$;

-- No row when the session has ended, or the token is neither its own nor the one before.
create function ops.refresh_session(session uuid, jwt uuid, next_jwt uuid, lifetime interval)
    returns table (jwt_id uuid, expires_at timestamptz)
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    perform ops.assert_identity_work();
    return query
    update ops.session s
    set jwt_id = case s.jwt_id when jwt then next_jwt else s.jwt_id end,
        replaced_jwt_id = case s.jwt_id when jwt then s.jwt_id else s.replaced_jwt_id end,
        replaced_at = case s.jwt_id when jwt then now() else s.replaced_at end,
        expires_at = now() + lifetime
    where s.id = session and s.user_id = ops.current_user_id() and jwt in (s.jwt_id, s.replaced_jwt_id)
        and s.revoked_at is null and s.expires_at > now()
    returning s.jwt_id, s.expires_at;
end
$$;

-- Ends a session of the current user. False when there is no such one that lives.
create function ops.revoke_session(ended uuid) returns boolean
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    perform ops.assert_identity_work();
    update ops.session set revoked_at = now()
    where id = ended and user_id = ops.current_user_id() and revoked_at is null and expires_at > now();
    return found;
end
$$;

-- Ends all of them, but for one if it is given.
create function ops.revoke_sessions(kept uuid) returns void
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    perform ops.assert_identity_work();
    update ops.session set revoked_at = now()
    where user_id = ops.current_user_id() and id is distinct from kept and revoked_at is null and expires_at > now();
end
$$;

-- Another password for the current user, whose other sessions end. The present one's hash must be known, or where there
-- is none, the session have begun within ten minutes.
create function ops.change_password(present_hash text, new_hash text, kept_session uuid) returns boolean
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    perform ops.assert_identity_work();
    update ops.user_account u
    set password_hash = new_hash, password_changed_at = now(), updated_at = clock_timestamp()
    where u.id = ops.current_user_id() and u.email is not null
        and case when u.has_password then u.password_hash = present_hash else exists (
            select from ops.session s
            where s.id = kept_session and s.user_id = u.id and s.revoked_at is null and s.expires_at > now()
                and s.created_at > now() - interval '10 minutes') end;
    if not found then
        return false;
    end if;
    delete from ops.account_token where user_id = ops.current_user_id() and purpose = 'email_change';
    perform ops.revoke_sessions(kept_session);
    return true;
end
$$;

-- Sets a new password of the current user by a token that was mailed to them, and ends all sessions and a change of
-- address that waits. If the address was not verified before, somebody else may have made the account, so that their
-- other ways in end as well. False when the token was used meanwhile.
create function ops.reset_password(hash bytea, new_hash text) returns boolean
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    perform ops.assert_identity_work();
    delete from ops.account_token
    where user_id = ops.current_user_id() and purpose = 'password_reset' and token_hash = hash and expires_at > now();
    if not found then
        return false;
    end if;
    perform from ops.user_account where id = ops.current_user_id() and email_verified_at is null for update;
    if found then
        update ops.api_key set revoked_at = now(), updated_at = now()
        where user_id = ops.current_user_id() and revoked_at is null;
        delete from ops.auth_account where user_id = ops.current_user_id();
    end if;
    update ops.user_account
    set password_hash = new_hash, password_changed_at = now(),
        email_verified_at = coalesce(email_verified_at, now()), updated_at = clock_timestamp()
    where id = ops.current_user_id();
    delete from ops.account_token where user_id = ops.current_user_id() and purpose = 'email_change';
    perform ops.revoke_sessions(null);
    return true;
end
$$;
drop function ops.revoke_own_keys();

-- Keeps a token of the current user to prove that mail to an address arrives: to their own that is not verified, or to
-- one that they want instead. Answers where to mail it; null for nowhere.
create function ops.begin_email_proof(hash bytea, wanted_email text, lifetime interval) returns varchar
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
declare
    mailed varchar;
begin
    perform ops.assert_identity_work();
    insert into ops.account_token as t (user_id, purpose, token_hash, email, expires_at)
    select u.id, case when wanted_email is null then 'email_verification' else 'email_change' end, hash,
        coalesce(wanted_email, u.email), now() + lifetime
    from ops.user_account u
    where u.id = ops.current_user_id()
        and (wanted_email is not null or (u.email is not null and u.email_verified_at is null))
    on conflict on constraint account_token_one_a_purpose do update
    set token_hash = excluded.token_hash, email = excluded.email, expires_at = excluded.expires_at, created_at = now()
    returning t.email into mailed;
    return mailed;
end
$$;

-- No row when the token was not mailed to this account's address, or was used, or expired.
create function ops.verify_email(hash bytea) returns setof ops.account
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    perform ops.assert_identity_work();
    with used as (
        delete from ops.account_token
        where user_id = ops.current_user_id() and purpose = 'email_verification' and token_hash = hash
            and expires_at > now()
        returning user_id, email
    )
    update ops.user_account u set email_verified_at = now(), updated_at = clock_timestamp()
    from used
    where u.id = used.user_id and u.email = used.email;
    if found then
        return query select * from ops.find_own_account();
    end if;
end
$$;

-- Takes the address that a token was mailed to. What else was mailed for the account ends. No row as above.
create function ops.change_email(hash bytea) returns setof ops.account
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    perform ops.assert_identity_work();
    with used as (
        delete from ops.account_token
        where user_id = ops.current_user_id() and purpose = 'email_change' and token_hash = hash and expires_at > now()
        returning user_id, email
    )
    update ops.user_account u
    set email = used.email, email_verified_at = now(), updated_at = clock_timestamp()
    from used
    where u.id = used.user_id;
    if found then
        delete from ops.account_token where user_id = ops.current_user_id();
        return query select * from ops.find_own_account();
    end if;
end
$$;

-- Keeps a code of the current user, who came by a provider, to be exchanged for a session.
create function ops.begin_sign_in(hash bytea, lifetime interval) returns void
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    perform ops.assert_identity_work();
    insert into ops.account_token (user_id, purpose, token_hash, expires_at)
    values (ops.current_user_id(), 'sign_in', hash, now() + lifetime)
    on conflict on constraint account_token_one_a_purpose do update
    set token_hash = excluded.token_hash, expires_at = excluded.expires_at, created_at = now();
end
$$;

-- Links an identity at a provider to the current user's account.
create function ops.add_auth_account(
    id uuid, provider text, subject text, ciphertext bytea, encryption_key_id text, profile jsonb) returns void
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    perform ops.assert_identity_work();
    insert into ops.auth_account (
        id, user_id, provider, provider_account_id, ciphertext, encryption_key_id, raw_profile)
    values (id, ops.current_user_id(), provider, subject, ciphertext, encryption_key_id, profile);
end
$$;

create function ops.renew_auth_account(
    linked uuid, new_ciphertext bytea, new_encryption_key_id text, profile jsonb) returns void
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    perform ops.assert_identity_work();
    update ops.auth_account
    set ciphertext = new_ciphertext, encryption_key_id = new_encryption_key_id, raw_profile = profile,
        updated_at = clock_timestamp()
    where id = linked and user_id = ops.current_user_id();
end
$$;

-- Removes a linked identity of the current user: done, not_found, or last_way when nobody could sign in any more.
create function ops.remove_auth_account(linked uuid) returns text
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
declare
    others boolean;
begin
    perform ops.assert_identity_work();
    -- One at a time: two that each leave the other would leave nothing.
    select u.has_password or exists (select from ops.auth_account a where a.user_id = u.id and a.id <> linked)
    into others
    from ops.user_account u where u.id = ops.current_user_id() for update;
    if not exists (select from ops.auth_account where id = linked and user_id = ops.current_user_id()) then
        return 'not_found';
    end if;
    if others is not true then
        return 'last_way';
    end if;
    delete from ops.auth_account where id = linked and user_id = ops.current_user_id();
    return 'done';
end
$$;

-- The public key is taken out of what is sealed: one beside it would be believed without the app's secret.
delete from ops.signing_key where verifies_until <= now();
alter table ops.signing_key drop column public_key;

create function ops.list_signing_keys()
    returns table (id uuid, ciphertext bytea, encryption_key_id varchar, signs boolean)
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
    select ops.assert_identity_work();
    select id, ciphertext, encryption_key_id, signs_until > now()
    from ops.signing_key
    where verifies_until > now()
    order by created_at desc, id
    $$;

-- Of several processes that find no key that signs, one adds one.
create function ops.add_signing_key(
    new_id uuid, new_ciphertext bytea, new_encryption_key_id text, signs interval, verifies interval) returns void
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    perform ops.assert_identity_work();
    perform pg_advisory_xact_lock(hashtextextended('ops.signing_key', 0));
    delete from ops.signing_key where verifies_until <= now();
    insert into ops.signing_key (id, ciphertext, encryption_key_id, signs_until, verifies_until)
    select new_id, new_ciphertext, new_encryption_key_id, now() + signs, now() + verifies
    where not exists (select from ops.signing_key where signs_until > now());
end
$$;

-- What there was before begins with the same question.
do $$
declare
    work record;
begin
    for work in
        select pg_get_functiondef(p.oid) as definition
        from pg_proc p
        where p.pronamespace = 'ops'::regnamespace and p.proname in ('begin_password_reset', 'find_password_reset',
            'begin_provider_visit', 'end_provider_visit', 'find_auth_account', 'take_sign_in', 'take_attempt',
            'forgive_attempt')
    loop
        execute case when work.definition ~ '\n LANGUAGE plpgsql'
            then regexp_replace(
                work.definition, '\nbegin\n', E'\nbegin\n    perform ops.assert_identity_work();\n')
            else regexp_replace(
                work.definition, '\nAS \$function\$\n', E'\\&    select ops.assert_identity_work();\n') end;
    end loop;
end
$$;

-- Failures are recorded by what finds them out.
revoke execute on function ops.record_failed_login(uuid, text, inet) from assay_app;
grant execute on function ops.record_failed_login(uuid, text, inet) to assay_identity;

-- What works on these tables works as their owner.
do $$
declare
    work regprocedure;
begin
    for work in
        select p.oid from pg_proc p
        where p.pronamespace = 'ops'::regnamespace and p.proname in (
            'authenticate_api_key', 'authenticate_session', 'find_invitation', 'begin_password_reset',
            'find_password_reset', 'begin_provider_visit', 'end_provider_visit', 'find_auth_account', 'take_sign_in',
            'take_attempt', 'forgive_attempt', 'find_own_account', 'create_account', 'claim_account', 'change_account',
            'delete_account', 'password_parameters', 'find_login', 'find_own_login', 'check_login', 'check_own_password',
            'open_session', 'refresh_session', 'revoke_session', 'revoke_sessions', 'change_password',
            'reset_password', 'begin_email_proof', 'verify_email', 'change_email', 'begin_sign_in',
            'add_auth_account', 'renew_auth_account', 'remove_auth_account', 'list_signing_keys', 'add_signing_key')
    loop
        execute format('alter function %s owner to assay_identity', work);
    end loop;
end
$$;

grant execute on function ops.find_own_account(), ops.create_account(text, boolean, text, text, text),
    ops.claim_account(text, text), ops.change_account(timestamptz, text, text, text, text),
    ops.delete_account(timestamptz), ops.find_login(text), ops.find_own_login(),
    ops.check_login(text, text[], text, inet), ops.check_own_password(text[]),
    ops.open_session(uuid, uuid, interval, text, inet, text, text),
    ops.refresh_session(uuid, uuid, uuid, interval), ops.revoke_session(uuid), ops.revoke_sessions(uuid),
    ops.change_password(text, text, uuid), ops.reset_password(bytea, text),
    ops.begin_email_proof(bytea, text, interval), ops.verify_email(bytea), ops.change_email(bytea),
    ops.begin_sign_in(bytea, interval), ops.add_auth_account(uuid, text, text, bytea, text, jsonb),
    ops.renew_auth_account(uuid, bytea, text, jsonb), ops.remove_auth_account(uuid), ops.list_signing_keys(),
    ops.add_signing_key(uuid, bytea, text, interval, interval)
    to assay_app;
