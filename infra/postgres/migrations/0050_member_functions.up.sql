-- Members, invitations, API keys and organizations, too, are changed by functions alone, which hold whoever acts to
-- their role at this moment.

grant insert (id, name, slug), update (name, deleted_at, updated_at) on ops.organization to assay_identity;
alter policy every_organization on ops.organization to assay_job, assay_owner, assay_identity;
drop policy every_identity on ops.organization;
revoke insert (id, name, slug, settings), update (name, settings, deleted_at, updated_at)
    on ops.organization from assay_app;
revoke insert, update (role, status, updated_at) on ops.organization_user from assay_app;
revoke select, insert, update (accepted_at, accepted_by, revoked_at, updated_at) on ops.invitation from assay_app;
revoke insert (id, organization_id, user_id, name, prefix, key_hash, scopes, expires_at),
    update (name, expires_at, revoked_at, replaced_by, updated_at)
    on ops.api_key from assay_app;
grant select (id, organization_id, email, role, invited_by, expires_at, accepted_at, accepted_by, revoked_at,
    created_at, updated_at) on ops.invitation to assay_app;

-- The rank of whoever acts in the current organization: of a viewer 1, of an owner 4; null of no member. An
-- organization's own key is an admin. Background work, and callers that a development setting trusts, are owners.
create function ops.acting_rank() returns integer
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
    select ops.role_rank(case
        when ops.current_user_id() is not null then (
            select m.role from ops.organization_user m
            join ops.user_account u on u.id = m.user_id and u.is_active
            where m.organization_id = ops.current_organization() and m.user_id = ops.current_user_id()
                and m.status = 'active')
        when split_part(ops.current_actor(), '|', 1) = 'api_key' then (
            select 'admin' from ops.api_key k
            where k.id = nullif(split_part(ops.current_actor(), '|', 2), '')::uuid and k.user_id is null
                and k.organization_id = ops.current_organization() and k.revoked_at is null
                and (k.expires_at is null or k.expires_at > now()))
        when split_part(ops.current_actor(), '|', 1) = 'system' and ops.current_organization() is not null
            then 'owner' end)
    $$;

-- Refuses whoever acts without at least this role.
create function ops.assert_rank(lowest text) returns void
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    perform ops.assert_identity_work();
    if coalesce(ops.acting_rank() >= ops.role_rank(lowest), false) is not true then
        raise exception 'the role % is needed for this', lowest using errcode = 'insufficient_privilege';
    end if;
end
$$;

-- Whose key it is: one's own as a member, the organization's as an admin, and nobody else's.
create function ops.assert_key_owner(owner uuid) returns void
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    perform ops.assert_rank(case when owner is null then 'admin' else 'member' end);
    if owner <> ops.current_user_id() or (owner is not null and ops.current_user_id() is null) then
        raise exception 'a key is made by whose it is' using errcode = 'insufficient_privilege';
    end if;
end
$$;

create function ops.create_api_key(
    new_id uuid, owner uuid, new_name text, new_prefix text, hash bytea, new_scopes jsonb, ends timestamptz)
    returns table (expires_at timestamptz, created_at timestamptz)
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    perform ops.assert_key_owner(owner);
    return query
    insert into ops.api_key as k (id, organization_id, user_id, name, prefix, key_hash, scopes, expires_at)
    values (new_id, ops.current_organization(), owner, new_name, new_prefix, hash, new_scopes, ends)
    returning k.expires_at, k.created_at;
end
$$;

-- False when somebody changed the key after the given time, or it was revoked.
create function ops.change_api_key(key uuid, known timestamptz, new_name text, ends timestamptz) returns boolean
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    perform ops.assert_key_owner(k.user_id)
    from ops.api_key k where k.id = key and k.organization_id = ops.current_organization();
    if not found then
        return false;
    end if;
    update ops.api_key k set name = new_name, expires_at = ends, updated_at = clock_timestamp()
    where k.id = key and k.organization_id = ops.current_organization() and k.revoked_at is null
        and k.updated_at = known;
    return found;
end
$$;

-- One's own as a member; as an admin, the organization's and those of members up to one's own role. False when it was
-- revoked before.
create function ops.revoke_api_key(key uuid) returns boolean
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    perform ops.assert_rank('member');
    update ops.api_key k set revoked_at = now(), updated_at = clock_timestamp()
    where k.id = key and k.organization_id = ops.current_organization() and k.revoked_at is null
        and (k.user_id = ops.current_user_id() or ops.acting_rank() >= greatest(ops.role_rank('admin'), (
            select ops.role_rank(m.role) from ops.organization_user m
            where m.organization_id = k.organization_id and m.user_id = k.user_id and m.status = 'active')));
    return found;
end
$$;

-- Makes a key that may do the same, with the old one's end, and lets the old one live on for a while. No row when the
-- old one is no longer active or was rotated before.
create function ops.rotate_api_key(key uuid, overlap interval, new_id uuid, new_prefix text, hash bytea)
    returns table (expires_at timestamptz, created_at timestamptz)
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
declare
    old ops.api_key;
begin
    select k.* into old from ops.api_key k
    where k.id = key and k.organization_id = ops.current_organization() and k.revoked_at is null
        and k.replaced_by is null and (k.expires_at is null or k.expires_at > now())
    for update;
    if not found then
        return;
    end if;
    return query
    select made.expires_at, made.created_at
    from ops.create_api_key(new_id, old.user_id, old.name, new_prefix, hash, old.scopes, old.expires_at) made;
    update ops.api_key k
    set expires_at = least(k.expires_at, now() + overlap), replaced_by = new_id, updated_at = clock_timestamp()
    where k.id = key;
end
$$;

-- At most one's own role, and of members up to it. False when somebody changed or removed the member meanwhile.
create function ops.change_member(member uuid, known timestamptz, new_role text) returns boolean
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    perform ops.assert_rank('admin');
    if ops.role_rank(new_role) > ops.acting_rank() then
        raise exception 'nobody gives a role above their own' using errcode = 'insufficient_privilege';
    end if;
    update ops.organization_user m set role = new_role, updated_at = clock_timestamp()
    where m.organization_id = ops.current_organization() and m.user_id = member and m.status = 'active'
        and m.updated_at = known and ops.role_rank(m.role) <= ops.acting_rank();
    return found;
end
$$;

-- Oneself, or as an admin, members up to one's own role. False as above.
create function ops.remove_member(member uuid, known timestamptz) returns boolean
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    perform ops.assert_rank(case when member = ops.current_user_id() then 'viewer' else 'admin' end);
    update ops.organization_user m set status = 'removed', updated_at = clock_timestamp()
    where m.organization_id = ops.current_organization() and m.user_id = member and m.status = 'active'
        and m.updated_at = known and ops.role_rank(m.role) <= ops.acting_rank();
    return found;
end
$$;

-- Invites, instead of any open invitation to the same address.
create function ops.create_invitation(new_id uuid, to_email text, new_role text, hash bytea, lifetime interval)
    returns table (expires_at timestamptz, created_at timestamptz)
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    perform ops.assert_rank('admin');
    perform ops.assert_rank(new_role);
    update ops.invitation i set revoked_at = now(), updated_at = now()
    where i.organization_id = ops.current_organization() and lower(i.email) = lower(to_email)
        and i.accepted_at is null and i.revoked_at is null;
    return query
    insert into ops.invitation as i (id, organization_id, email, role, token_hash, invited_by, expires_at)
    values (new_id, ops.current_organization(), to_email, new_role, hash, ops.current_user_id(), now() + lifetime)
    returning i.expires_at, i.created_at;
end
$$;

-- False when it is no longer open.
create function ops.revoke_invitation(invitation uuid) returns boolean
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    perform ops.assert_rank('admin');
    update ops.invitation i set revoked_at = now(), updated_at = now()
    where i.id = invitation and i.organization_id = ops.current_organization() and i.accepted_at is null
        and i.revoked_at is null;
    return found;
end
$$;

-- Holds an invitation that is open until the transaction ends: of two who accept it at once, the second waits here, and
-- then finds it accepted. False when it is not open.
create function ops.hold_invitation(hash bytea) returns boolean
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    perform ops.assert_identity_work();
    perform from ops.invitation i
    where i.token_hash = hash and i.organization_id = ops.current_organization() and i.accepted_at is null
        and i.revoked_at is null and i.expires_at > now()
    for update;
    return found;
end
$$;

-- Makes the current user a member by the token of an invitation: joined and the role, or other_address, or
-- member_already; null when it is not open.
create function ops.accept_invitation(hash bytea, membership uuid)
    returns table (outcome text, role varchar)
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
declare
    invited ops.invitation;
begin
    if not ops.hold_invitation(hash) then
        return;
    end if;
    select i.* into invited from ops.invitation i where i.token_hash = hash;
    if not exists (
        select from ops.user_account u
        where u.id = ops.current_user_id() and (invited.email is null or lower(invited.email) = lower(u.email)))
    then
        return query select 'other_address', null::varchar;
        return;
    end if;
    if exists (
        select from ops.organization_user m
        where m.organization_id = invited.organization_id and m.user_id = ops.current_user_id()
            and m.status = 'active')
    then
        return query select 'member_already', null::varchar;
        return;
    end if;
    update ops.invitation i set accepted_at = now(), accepted_by = ops.current_user_id(), updated_at = now()
    where i.id = invited.id;
    insert into ops.organization_user as m (id, organization_id, user_id, role)
    values (membership, invited.organization_id, ops.current_user_id(), invited.role)
    on conflict (organization_id, user_id) do update
    set role = excluded.role, status = 'active', updated_at = now();
    return query select 'joined', invited.role;
end
$$;

-- Makes an organization whose owner is the current user.
create function ops.create_organization(new_id uuid, new_name text, new_slug text, membership uuid) returns void
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    perform ops.assert_identity_work();
    insert into ops.organization (id, name, slug) values (new_id, new_name, new_slug);
    insert into ops.organization_user (id, organization_id, user_id, role)
    values (membership, new_id, ops.current_user_id(), 'owner');
end
$$;

-- False when somebody changed the organization after the given time.
create function ops.rename_organization(known timestamptz, new_name text) returns boolean
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    perform ops.assert_rank('admin');
    update ops.organization set name = new_name, updated_at = clock_timestamp()
    where id = ops.current_organization() and updated_at = known and deleted_at is null;
    return found;
end
$$;

-- False as above.
create function ops.end_organization(known timestamptz) returns boolean
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    perform ops.assert_rank('owner');
    update ops.organization set deleted_at = now(), updated_at = clock_timestamp()
    where id = ops.current_organization() and updated_at = known and deleted_at is null;
    return found;
end
$$;

grant execute on function ops.role_rank(text), ops.current_actor() to assay_identity;

do $$
declare
    work regprocedure;
begin
    for work in
        select p.oid from pg_proc p
        where p.pronamespace = 'ops'::regnamespace and p.proname in ('acting_rank', 'assert_rank', 'assert_key_owner',
            'create_api_key', 'change_api_key', 'revoke_api_key', 'rotate_api_key', 'change_member', 'remove_member',
            'create_invitation', 'revoke_invitation', 'hold_invitation', 'accept_invitation', 'create_organization',
            'rename_organization', 'end_organization')
    loop
        execute format('alter function %s owner to assay_identity', work);
    end loop;
end
$$;

grant execute on function ops.create_api_key(uuid, uuid, text, text, bytea, jsonb, timestamptz),
    ops.change_api_key(uuid, timestamptz, text, timestamptz), ops.revoke_api_key(uuid),
    ops.rotate_api_key(uuid, interval, uuid, text, bytea), ops.change_member(uuid, timestamptz, text),
    ops.remove_member(uuid, timestamptz), ops.create_invitation(uuid, text, text, bytea, interval),
    ops.revoke_invitation(uuid), ops.hold_invitation(bytea), ops.accept_invitation(bytea, uuid),
    ops.create_organization(uuid, text, text, uuid), ops.rename_organization(timestamptz, text),
    ops.end_organization(timestamptz)
    to assay_app;

-- What was private is handed over by an admin, or by whose it was.
do $$
begin
    execute regexp_replace(
        pg_get_functiondef('core.settle_private(uuid, uuid)'::regprocedure), '\nbegin\n',
        E'\nbegin\n    if receiver is not null and former is distinct from ops.current_user_id() then\n'
        '        perform ops.assert_rank(''admin'');\n    end if;\n');
end
$$;
