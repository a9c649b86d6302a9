drop function ops.begin_provider_visit(bytea, bytea, text, text, uuid, bytea, bytea, interval);
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

grant execute on function ops.begin_provider_visit(bytea, bytea, text, text, uuid, bytea, interval),
    ops.end_provider_visit(bytea, bytea, text) to assay_app;

alter table ops.provider_visit drop column challenge;
