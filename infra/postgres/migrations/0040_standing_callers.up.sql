-- Work that somebody began goes on with the rights that they have at that moment, not with those they began it with.

-- What a person, or a key, may do in the current organization now: nothing once they have left, or the key has ended.
create function ops.find_standing(actor_type text, actor_id uuid)
    returns table (user_id uuid, is_admin boolean, role varchar, scopes text[])
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
    with began as (
        select actor_id as user_id, null::jsonb as scopes where actor_type = 'user'
        union all
        select k.user_id, k.scopes
        from ops.api_key k
        where actor_type = 'api_key' and k.id = actor_id and k.organization_id = ops.current_organization()
            and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())
    )
    select b.user_id, coalesce(u.is_admin, false), coalesce(m.role, 'admin'),
        case when b.scopes is not null then array(select jsonb_array_elements_text(b.scopes)) end
    from began b
    join ops.organization o on o.id = ops.current_organization() and o.deleted_at is null
    left join ops.user_account u on u.id = b.user_id
    left join ops.organization_user m
        on m.organization_id = o.id and m.user_id = b.user_id and m.status = 'active'
    where (b.user_id is null and actor_type = 'api_key') or (u.is_active and m.id is not null)
    $$;

grant execute on function ops.find_standing(text, uuid) to assay_app;

-- Who began an import: a key that is gone is not to be taken for nobody.
alter table core.import
    add column actor_type varchar(20) not null default 'user',
    add column api_key_id uuid,
    add constraint import_actor_type_known check (actor_type in ('user', 'api_key', 'system'));

update core.import set actor_type = 'system' where user_id is null;
alter table core.import alter column actor_type drop default;
