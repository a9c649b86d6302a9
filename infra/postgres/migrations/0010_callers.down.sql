alter table ops.event drop column address, drop column request_id;

drop function ops.authenticate_api_key(bytea);
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

alter table ops.api_key
    drop constraint api_key_user,
    add constraint api_key_user_id_fkey foreign key (user_id) references ops.user_account (id) on delete set null;

drop function ops.find_organization(text);

drop policy every_account on ops.user_account;
drop policy fellow_member on ops.user_account;
drop policy own_account on ops.user_account;
alter table ops.user_account no force row level security;
alter table ops.user_account disable row level security;

drop policy every_organization on ops.organization;
drop policy joined_organization on ops.organization;
drop policy own_organization on ops.organization;
alter table ops.organization no force row level security;
alter table ops.organization disable row level security;

drop policy own_membership on ops.organization_user;
drop function ops.current_user_id();
