do $$
declare
    following record;
begin
    for following in
        select p.polrelid::regclass as followed, p.polname, pg_get_expr(p.polqual, p.polrelid) as visible,
            pg_get_expr(p.polwithcheck, p.polrelid) as allowed
        from pg_policy p
        where pg_get_expr(p.polqual, p.polrelid) ~ 'FROM core\.entity seen'
    loop
        execute format(
            'alter policy %I on %s using (%s) with check (%s)', following.polname, following.followed,
            regexp_replace(
                following.visible,
                '\(EXISTS \( SELECT\s+FROM core\.entity seen\s+WHERE \(seen\.id = [a-z_]+\.([a-z_]+)\)\s+OFFSET 0\)\)',
                'core.sees_entity(\1)', 'g'),
            regexp_replace(
                following.allowed,
                '\(EXISTS \( SELECT\s+FROM core\.entity seen\s+WHERE \(seen\.id = [a-z_]+\.([a-z_]+)\)\s+OFFSET 0\)\)',
                'core.sees_entity(\1)', 'g'));
    end loop;
end
$$;

do $$
declare
    changed record;
begin
    for changed in
        select pg_get_functiondef(p.oid) as definition
        from pg_proc p
        join pg_language l on l.oid = p.prolang
        where p.pronamespace in ('ops'::regnamespace, 'core'::regnamespace, 'mart'::regnamespace)
            and p.oid not in (
                'core.sees(core.entity)'::regprocedure, 'ops.is_background()'::regprocedure,
                'ops.isolate_organization(regclass)'::regprocedure, 'ops.isolate_user(regclass)'::regprocedure)
            and (p.prosrc ~ 'core\.sees\([a-z]+, |ops\.current_actor\(\)'
                or l.lanname = 'sql' and p.prosrc ~ '= \(select ops\.current_')
    loop
        execute regexp_replace(regexp_replace(regexp_replace(
            changed.definition,
            'core\.sees\(([a-z]+), \(select ops\.current_user_id\(\)\), \(select ops\.current_share\(\)\)\)',
            'core.sees(\1)', 'g'),
            '= \(select (ops\.current_(?:organization|user_id)\(\))\)', '= \1', 'g'),
            'ops\.current_actor\(\)', 'current_setting(''assay.actor'', true)', 'g');
    end loop;
end
$$;

create or replace function ops.current_organization() returns uuid
    language sql stable parallel safe
    as $$ select nullif(current_setting('assay.organization_id', true), '')::uuid $$;

create or replace function ops.current_user_id() returns uuid
    language sql stable parallel safe
    as $$ select nullif(current_setting('assay.user_id', true), '')::uuid $$;

create or replace function ops.current_share() returns uuid
    language sql stable parallel safe
    as $$
    select case when current_setting('assay.actor', true) like 'share|%'
        then split_part(current_setting('assay.actor', true), '|', 2)::uuid end
    $$;

create or replace function ops.is_background() returns boolean
    language sql stable parallel safe
    as $$ select current_setting('assay.actor', true) = 'system|||' $$;

create or replace view core.granted as
    select entity_id, permission::text as permission
    from core.share
    where organization_id = ops.current_organization()
        and (user_id = ops.current_user_id() or id = ops.current_share()
            or (grantee = 'organization' and ops.current_share() is null))
        and revoked_at is null and (expires_at is null or expires_at > now());

create or replace function core.sees(entity core.entity) returns boolean
    language sql stable
    as $$
    select (entity.visibility <> 'private' and ops.current_share() is null)
        or entity.owner_id = ops.current_user_id()
        or core.is_granted(entity.id, 'view')
    $$;

drop function core.sees(core.entity, uuid, uuid);
drop function ops.enter(text);
drop function ops.current_actor();
drop function ops.proved_scope();
drop function ops.prove(uuid, uuid, text, interval);
drop function ops.new_scope_key();
drop table ops.scope_key;
drop function ops.hmac_pad(bytea, integer);
