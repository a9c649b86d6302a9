-- The public half of a key is inside what is sealed: keys are made anew, and everybody signs in again.
delete from ops.signing_key;
alter table ops.signing_key add column public_key bytea not null;

do $$
declare
    work record;
    identity regclass;
begin
    for work in
        select pg_get_functiondef(p.oid) as definition
        from pg_proc p
        where p.pronamespace = 'ops'::regnamespace and p.proname in ('begin_password_reset', 'find_password_reset',
            'begin_provider_visit', 'end_provider_visit', 'find_auth_account', 'take_sign_in', 'take_attempt',
            'forgive_attempt')
    loop
        execute regexp_replace(work.definition, '    (perform|select) ops\.assert_identity_work\(\);\n', '');
    end loop;
    for work in
        select p.oid::regprocedure as name from pg_proc p
        where p.pronamespace = 'ops'::regnamespace and p.proowner = 'assay_identity'::regrole
    loop
        execute format('alter function %s owner to assay_owner', work.name);
    end loop;
    foreach identity in array array['ops.user_account', 'ops.organization_user', 'ops.session', 'ops.signing_key',
        'ops.account_token', 'ops.auth_account', 'ops.provider_visit', 'ops.attempt', 'ops.api_key', 'ops.invitation']
    loop
        execute format('alter table %s owner to assay_owner', identity);
        execute format('drop policy if exists every_identity on %s', identity);
    end loop;
end
$$;
drop policy every_identity on ops.organization;
revoke select on ops.organization from assay_identity;

drop function ops.add_signing_key(uuid, bytea, text, interval, interval);
drop function ops.list_signing_keys();
drop function ops.remove_auth_account(uuid);
drop function ops.renew_auth_account(uuid, bytea, text, jsonb);
drop function ops.add_auth_account(uuid, text, text, bytea, text, jsonb);
drop function ops.begin_sign_in(bytea, interval);
drop function ops.change_email(bytea);
drop function ops.verify_email(bytea);
drop function ops.begin_email_proof(bytea, text, interval);
drop function ops.reset_password(bytea, text);
drop function ops.change_password(text, text, uuid);
drop function ops.revoke_sessions(uuid);
drop function ops.revoke_session(uuid);
drop function ops.refresh_session(uuid, uuid, uuid, interval);
drop function ops.open_session(uuid, uuid, interval, text, inet, text, text);
drop function ops.check_own_password(text[]);
drop function ops.check_login(text, text[], text, inet);
drop function ops.find_own_login();
drop function ops.find_login(text);
drop function ops.password_parameters(text);
drop function ops.delete_account(timestamptz);
drop function ops.change_account(timestamptz, text, text, text, text);
drop function ops.claim_account(text, text);
drop function ops.create_account(text, boolean, text, text, text);
drop function ops.find_own_account();
drop type ops.account;

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

create function ops.find_own_login()
    returns table (user_id uuid, password_hash varchar, rounds_max integer, bcrypt_cost_max integer)
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
    select u.id, u.password_hash, null::integer, null::integer
    from ops.user_account u where u.id = (select ops.current_user_id())
    $$;

create function ops.record_login(known text, upgraded text) returns boolean
    language sql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
    with signed_in as (
        update ops.user_account set last_login_at = now(), password_hash = coalesce(upgraded, password_hash)
        where id = (select ops.current_user_id()) and password_hash = known and is_active
        returning id
    )
    select exists (select from signed_in)
    $$;

create function ops.revoke_own_keys() returns void
    language sql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
    update ops.api_key set revoked_at = now(), updated_at = now()
    where user_id = (select ops.current_user_id()) and revoked_at is null
    $$;

drop function ops.assert_identity_work();
drop function ops.is_identity_work();
revoke execute on function ops.proved_scope(), ops.current_organization(), ops.current_user_id(), ops.pbkdf2_rounds(text),
    ops.bcrypt_cost(text), ops.record_failed_login(uuid, text, inet) from assay_identity;
revoke usage, create on schema ops from assay_identity;

revoke select (id, user_id, expires_at, revoked_at, last_seen_at, user_agent, address, created_at)
    on ops.session from assay_app;
revoke select (id, user_id, provider, raw_profile, created_at, updated_at) on ops.auth_account from assay_app;
grant insert (id, email, email_verified_at, name, avatar_url, password_hash, password_changed_at),
    update (email, email_verified_at, username, name, avatar_url, bio, password_hash, password_changed_at,
        last_login_at, updated_at),
    delete
    on ops.user_account to assay_app;
grant select, insert, update (jwt_id, replaced_jwt_id, replaced_at, expires_at, revoked_at), delete
    on ops.session to assay_app;
grant select, insert, delete on ops.signing_key to assay_app;
grant select, insert, update (token_hash, email, expires_at, created_at), delete on ops.account_token to assay_app;
-- In the order that they were granted in.
revoke select (id, ciphertext, encryption_key_id), update (ciphertext, encryption_key_id)
    on ops.auth_account from assay_job;
grant select, insert, update (ciphertext, encryption_key_id, raw_profile, updated_at), delete
    on ops.auth_account to assay_app;
grant select (id, ciphertext, encryption_key_id), update (ciphertext, encryption_key_id)
    on ops.auth_account to assay_job;
grant execute on function ops.pbkdf2_rounds(text), ops.bcrypt_cost(text) to assay_app, assay_job;
grant select on ops.organization_user to assay_job;
grant execute on function ops.find_login(text), ops.find_own_login(), ops.record_login(text, text),
    ops.revoke_own_keys(), ops.record_failed_login(uuid, text, inet) to assay_app;
