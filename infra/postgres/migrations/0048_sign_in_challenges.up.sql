-- A page that is to be sent a code brings a challenge when it begins: the SHA-256 of a verifier that it keeps and shows
-- with the code. So a code is of no use in a browser that did not begin.
alter table ops.provider_visit
    add column challenge bytea,
    add constraint provider_visit_challenge_is_sha256 check (octet_length(challenge) = 32);

drop function ops.begin_provider_visit(bytea, bytea, text, text, uuid, bytea, interval);
create function ops.begin_provider_visit(
    state bytea, browser bytea, at_provider text, back_to text, linking_session uuid, invitation bytea,
    code_challenge bytea, lifetime interval) returns void
    language sql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
    delete from ops.provider_visit where state_hash in (
        select v.state_hash from ops.provider_visit v where v.expires_at < now() limit 10 for update skip locked);
    insert into ops.provider_visit (
        state_hash, browser_hash, provider, return_to, session_id, invitation_hash, challenge, expires_at)
    values (state, browser, at_provider, back_to, linking_session, invitation, code_challenge, now() + lifetime)
    $$;

drop function ops.end_provider_visit(bytea, bytea, text);
create function ops.end_provider_visit(state bytea, browser bytea, at_provider text)
    returns table (return_to text, is_linking boolean, user_id uuid, invitation bytea, challenge bytea)
    language sql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
    with ended as (
        delete from ops.provider_visit v
        where v.state_hash = state and v.browser_hash = browser and v.provider = at_provider and v.expires_at > now()
        returning v.return_to, v.session_id, v.invitation_hash, v.challenge
    )
    select ended.return_to, ended.session_id is not null, s.user_id, ended.invitation_hash, ended.challenge
    from ended
    left join ops.session s on s.id = ended.session_id and s.revoked_at is null and s.expires_at > now()
    $$;

grant execute on function ops.begin_provider_visit(bytea, bytea, text, text, uuid, bytea, bytea, interval),
    ops.end_provider_visit(bytea, bytea, text) to assay_app;
