revoke delete on ops.organization from assay_job;
revoke insert (id, organization_id, user_id, name, prefix, key_hash, scopes, expires_at),
    update (name, expires_at, revoked_at, updated_at) on ops.api_key from assay_app;
drop index ops.api_key_newest;
alter table ops.api_key drop column replaced_by;
drop function ops.find_invitation(bytea);
drop table ops.invitation;
drop trigger organization_keeps_an_owner on ops.organization_user;
drop function ops.keep_an_owner();
revoke insert, update (role, status, updated_at) on ops.organization_user from assay_app;
revoke insert (id, name, slug, settings), update (name, settings, updated_at) on ops.organization from assay_app;

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
        join ops.organization o on o.id = k.organization_id
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

alter policy joined_organization on ops.organization
    using (exists (
        select from ops.organization_user m
        where m.organization_id = organization.id and m.user_id = (select ops.current_user_id())
            and m.status = 'active'));
create or replace function ops.find_organization(wanted text) returns uuid
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$ select id from ops.organization where slug = wanted $$;
alter table ops.organization drop column deleted_at;
