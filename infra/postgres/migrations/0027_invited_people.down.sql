drop index ops.event_installation;
drop policy whole_installation on ops.event;

drop function ops.record_login(text, text);

drop function ops.find_login(text);
create function ops.find_login(wanted text)
    returns table (user_id uuid, password_hash varchar, imported_like text)
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
    select u.id, u.password_hash,
        (select left(i.password_hash, 7) from ops.user_account i where i.password_hash like '$2%' limit 1)
    from (select) always
    left join ops.user_account u on lower(u.email) = lower(wanted) and u.is_active
    $$;

drop function ops.find_own_login();
create function ops.find_own_login()
    returns table (user_id uuid, password_hash varchar, imported_like text)
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
    select u.id, u.password_hash, null from ops.user_account u where u.id = ops.current_user_id()
    $$;

drop index ops.user_account_bcrypt_cost;
drop index ops.user_account_pbkdf2_rounds;
create index user_account_imported on ops.user_account (id) where password_hash like '$2%';
drop function ops.bcrypt_cost(text);
drop function ops.pbkdf2_rounds(text);

drop trigger audit on ops.account_token;
delete from ops.account_token where purpose = 'email_change';
alter table ops.account_token
    drop constraint account_token_purpose_known,
    add constraint account_token_purpose_known check (purpose in ('password_reset', 'email_verification', 'sign_in'));

drop function ops.end_provider_visit(bytea, bytea, text);
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

drop function ops.begin_provider_visit(bytea, bytea, text, text, uuid, bytea, interval);
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

alter table ops.provider_visit drop column invitation_hash;

drop function ops.find_invitation(bytea);
create function ops.find_invitation(hash bytea) returns table (id uuid, organization_id uuid)
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
    select i.id, i.organization_id
    from ops.invitation i
    join ops.organization o on o.id = i.organization_id and o.deleted_at is null
    where i.token_hash = hash and i.accepted_at is null and i.revoked_at is null and i.expires_at > now()
    $$;

grant execute on function ops.find_invitation(bytea),
    ops.begin_provider_visit(bytea, bytea, text, text, uuid, interval), ops.end_provider_visit(bytea, bytea, text),
    ops.find_login(text), ops.find_own_login() to assay_app;
