-- A transaction acts for an organization and a user only with a proof that the app made: an HMAC-SHA256 under a key that
-- the app's role cannot read. A statement that slips in can set any setting, but not make a proof.

create function ops.hmac_pad(key bytea, pad integer) returns bytea
    language sql immutable parallel safe
    as $$
    select string_agg(set_byte('\x00', 0, get_byte(key, place) # pad), '' order by place)
    from generate_series(0, octet_length(key) - 1) place
    $$;

-- The newest key is the app's; older ones are accepted until they are removed. Keys are as long as a block of SHA-256,
-- so that the pads of RFC 2104 are the key itself, changed bit by bit; they are kept, since every statement needs them.
create table ops.scope_key (
    id integer generated always as identity primary key,
    key bytea not null,
    inner_pad bytea not null generated always as (ops.hmac_pad(key, 54)) stored,
    outer_pad bytea not null generated always as (ops.hmac_pad(key, 92)) stored,
    created_at timestamptz not null default now(),
    constraint scope_key_fills_a_block check (octet_length(key) = 64)
);

create function ops.new_scope_key() returns integer
    language sql volatile
    as $$
    insert into ops.scope_key (key) values (public.gen_random_bytes(64)) returning id
    $$;

select ops.new_scope_key();

-- What a proof says, under the newest key: for administrators, whose statements act for somebody, too. Members: id of
-- the key, end in seconds since 1970, organization, user, and who acts: kind, id, request, address.
create function ops.prove(
    organization uuid, user_id uuid, actor text default 'system|||', lifetime interval default interval '5 minutes')
    returns text
    language sql volatile
    as $$
    select encode(sha256(k.outer_pad || sha256(k.inner_pad || convert_to(said.message, 'UTF8'))), 'hex')
        || '|' || said.message
    from (select * from ops.scope_key order by id desc limit 1) k
    cross join lateral (
        select concat_ws(
            '|', k.id, extract(epoch from now() + lifetime)::bigint, coalesce(organization::text, ''),
            coalesce(user_id::text, ''), actor) as message) said
    $$;

-- The members of the transaction's proof. Null without one, and for one that is forged or over.
create function ops.proved_scope() returns text[]
    language plpgsql stable parallel safe security definer set search_path = pg_catalog, pg_temp
    as $$
declare
    scope text := current_setting('assay.scope', true);
    message text;
    members text[];
    pads record;
begin
    if scope is null or scope = '' then
        return null;
    end if;
    message := substr(scope, 66);
    members := string_to_array(message, '|');
    select k.inner_pad, k.outer_pad into pads from ops.scope_key k where k.id = members[1]::integer;
    -- Later than twice its lifetime is no proof of the app's, whose clock may be off by one.
    if sha256(pads.outer_pad || sha256(pads.inner_pad || convert_to(message, 'UTF8'))) = decode(left(scope, 64), 'hex')
        and members[2]::bigint between extract(epoch from now()) and extract(epoch from now()) + 600
    then
        return members;
    end if;
    return null;
end
$$;

-- Begins to act with a proof, for the rest of the transaction.
create function ops.enter(scope text) returns void
    language plpgsql volatile
    as $$
begin
    perform set_config('assay.scope', scope, true);
    if ops.proved_scope() is null then
        raise exception 'The scope of the statement is not proved.'
            using errcode = 'invalid_authorization_specification',
                hint = 'The setting Assay__ScopeKey is not a key of this database, or the clocks of the app and of '
                    'PostgreSQL differ by more than five minutes.';
    end if;
end
$$;

create or replace function ops.current_organization() returns uuid
    language sql stable parallel safe
    as $$ select nullif((ops.proved_scope())[3], '')::uuid $$;

create or replace function ops.current_user_id() returns uuid
    language sql stable parallel safe
    as $$ select nullif((ops.proved_scope())[4], '')::uuid $$;

-- Who acts, as kind|id|request|address; null without a scope.
create function ops.current_actor() returns text
    language sql stable parallel safe
    as $$ select array_to_string((ops.proved_scope())[5:8], '|') $$;

create or replace function ops.current_share() returns uuid
    language sql stable parallel safe
    as $$
    select case when scope[5] = 'share' then scope[6]::uuid end from (select ops.proved_scope() as scope) proved
    $$;

create or replace function ops.is_background() returns boolean
    language sql stable parallel safe
    as $$ select ops.current_actor() = 'system|||' $$;

grant execute on function ops.proved_scope(), ops.enter(text), ops.current_actor() to assay_app, assay_job;

-- Each look at the scope checks its proof (10 µs), so it is done once a statement and not once a row. Policies do so
-- already; here is what is left.
create function core.sees(entity core.entity, viewer uuid, share uuid) returns boolean
    language sql stable
    as $$
    select (entity.visibility <> 'private' and share is null) or entity.owner_id = viewer
        or core.is_granted(entity.id, 'view')
    $$;

create or replace function core.sees(entity core.entity) returns boolean
    language sql stable
    as $$ select core.sees(entity, (select ops.current_user_id()), (select ops.current_share())) $$;

create or replace view core.granted as
    select s.entity_id, s.permission::text as permission
    from core.share s
    where s.organization_id = (select ops.current_organization())
        and (s.user_id = (select ops.current_user_id()) or s.id = (select ops.current_share())
            or (s.grantee = 'organization' and (select ops.current_share()) is null))
        and s.revoked_at is null and (s.expires_at is null or s.expires_at > now());

do $$
declare
    changed record;
begin
    for changed in
        select pg_get_functiondef(p.oid) as definition
        from pg_proc p
        join pg_language l on l.oid = p.prolang
        where p.pronamespace in ('ops'::regnamespace, 'core'::regnamespace, 'mart'::regnamespace)
            and p.oid <> 'core.sees(core.entity)'::regprocedure
            and (p.prosrc ~ 'core\.sees\([a-z]+\)' or p.prosrc ~ 'current_setting\(''assay\.actor'', true\)'
                or l.lanname = 'sql' and p.prosrc ~ '= ops\.current_(organization|user_id)\(\)')
    loop
        execute regexp_replace(regexp_replace(regexp_replace(
            changed.definition,
            'core\.sees\(([a-z]+)\)',
            'core.sees(\1, (select ops.current_user_id()), (select ops.current_share()))', 'g'),
            '= (ops\.current_(?:organization|user_id)\(\))', '= (select \1)', 'g'),
            'current_setting\(''assay\.actor'', true\)', 'ops.current_actor()', 'g');
    end loop;
end
$$;

-- Rows that follow an entity are seen by whoever sees it, by the entity's own policies: these look at the scope once a
-- statement, while a function that asks them would look at it for each row. With "offset 0" entities are looked up one
-- by one, instead of all of an organization's being read first.
do $$
declare
    following record;
begin
    for following in
        select p.polrelid::regclass as followed, p.polname, pg_get_expr(p.polqual, p.polrelid) as visible,
            pg_get_expr(p.polwithcheck, p.polrelid) as allowed
        from pg_policy p
        where pg_get_expr(p.polqual, p.polrelid) ~ 'core\.sees_entity'
    loop
        execute format(
            'alter policy %I on %s using (%s) with check (%s)', following.polname, following.followed,
            regexp_replace(
                following.visible, 'core\.sees_entity\(([a-z_]+)\)',
                format('exists (select from core.entity seen where seen.id = %s.\1 offset 0)', following.followed),
                'g'),
            regexp_replace(
                following.allowed, 'core\.sees_entity\(([a-z_]+)\)',
                format('exists (select from core.entity seen where seen.id = %s.\1 offset 0)', following.followed),
                'g'));
    end loop;
end
$$;
