-- Nobody hands anything out once they may not: a request that was let in a moment before its caller was removed or given
-- a lesser role waits here for that to be decided, and is refused. What came first is withdrawn by ops.withdraw_grants.

create function ops.require_role(organization uuid, member uuid, needed text) returns void
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    perform from ops.organization_user m
    where m.organization_id = organization and m.user_id = member and m.status = 'active'
        and ops.role_rank(m.role) >= ops.role_rank(needed)
    for share;
    if not found then
        raise exception 'Who hands this out is no member with the role % any more.', needed
            using errcode = 'insufficient_privilege', constraint = 'grantor_has_the_role';
    end if;
end
$$;

create function ops.check_invitation_grantor() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    perform ops.require_role(
        new.organization_id, new.invited_by, case new.role when 'owner' then 'owner' else 'admin' end);
    return new;
end
$$;

create function core.check_share_grantor() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    perform ops.require_role(new.organization_id, new.created_by, case when exists (
        select from core.entity e where e.id = new.entity_id and e.owner_id = new.created_by)
        then 'member' else 'admin' end);
    return new;
end
$$;

-- Of keys for the API and for providers, which act as their user or for them.
create function ops.check_key_user() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    perform ops.require_role(new.organization_id, new.user_id, 'viewer');
    return new;
end
$$;

create trigger check_grantor before insert on ops.invitation
    for each row when (new.invited_by is not null) execute function ops.check_invitation_grantor();
create trigger check_grantor before insert or update of permission, expires_at, created_by on core.share
    for each row when (new.created_by is not null and new.revoked_at is null)
    execute function core.check_share_grantor();
create trigger check_grantor before insert on ops.api_key
    for each row when (new.user_id is not null) execute function ops.check_key_user();
create trigger check_grantor before insert on ops.provider_credential
    for each row when (new.user_id is not null) execute function ops.check_key_user();

-- Whoever shares something once more answers for it from then on.
grant update (created_by) on core.share to assay_app;
