-- What a member handed out ends with the right to hand it out: in the same transaction, whatever statement takes that
-- right away. See infra/decisions/0021.

create function ops.role_rank(role text) returns integer
    language sql immutable parallel safe
    as $$ select array_position(array['viewer', 'member', 'admin', 'owner'], role) $$;

-- Withdraws what somebody could not hand out (any more) who has this role in an organization; null is no role at all.
-- The ranks are those of Permissions.LeastRoles: members share what is their own, admins share all and invite up to
-- their own role.
create function ops.withdraw_grants(organization uuid, member uuid, present text) returns void
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
declare
    rank integer := coalesce(ops.role_rank(present), 0);
begin
    update ops.invitation i set revoked_at = now(), updated_at = clock_timestamp()
    where i.organization_id = organization and i.invited_by = member and i.accepted_at is null and i.revoked_at is null
        and i.expires_at > now() and (rank < ops.role_rank('admin') or rank < ops.role_rank(i.role));

    update core.share set revoked_at = now()
    where organization_id = organization and revoked_at is null and id in (
        select s.id
        from core.share s
        join core.entity e on e.id = s.entity_id
        where s.created_by = member and (rank < ops.role_rank('member')
            or (rank < ops.role_rank('admin') and e.owner_id is distinct from member))
        union all
        -- What others shared with the member, and what anybody shared of what now nobody is to see.
        select s.id from core.share s where rank = 0 and s.user_id = member
        union all
        select s.id
        from core.entity e
        join core.share s on s.entity_id = e.id
        where rank = 0 and e.owner_id = member and e.visibility = 'private');

    if rank > 0 then
        return;
    end if;
    update ops.api_key k set revoked_at = now(), updated_at = clock_timestamp()
    where k.organization_id = organization and k.user_id = member and k.revoked_at is null;
    delete from ops.provider_credential c where c.organization_id = organization and c.user_id = member;
    -- A session is a person's, and goes on where they belong to another organization.
    update ops.session s set revoked_at = now()
    where s.user_id = member and s.revoked_at is null and s.expires_at > now() and not exists (
        select from ops.organization_user m
        join ops.organization o on o.id = m.organization_id and o.deleted_at is null
        where m.user_id = member and m.status = 'active' and m.organization_id <> organization);
end
$$;

create function ops.withdraw_member_grants() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    perform ops.withdraw_grants(
        old.organization_id, old.user_id,
        case when tg_op = 'UPDATE' then case new.status when 'active' then new.role end end);
    return null;
end
$$;

create trigger withdraw_changed_grants after update on ops.organization_user
    for each row when (old.status = 'active' and (new.status <> 'active' or new.role <> old.role))
    execute function ops.withdraw_member_grants();
create trigger withdraw_grants after delete on ops.organization_user
    for each row when (old.status = 'active') execute function ops.withdraw_member_grants();

-- Becomes an event of the membership. No receiver: it stays where nobody reaches it.
create function ops.record_settlement(organization uuid, former uuid, receiver uuid, entities bigint) returns void
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
declare
    actor text[] := string_to_array(nullif(current_setting('assay.actor', true), ''), '|');
begin
    insert into ops.event (organization_id, user_id, entity_type, entity_id, action, actor_type, actor_id, after_state,
        request_id, address)
    select organization, former, 'organization_user', m.id,
        case when receiver is null then 'private_sealed' else 'private_handed_over' end,
        coalesce(actor[1], 'system'), nullif(actor[2], '')::uuid,
        jsonb_build_object('private_entities', entities, 'handed_over_to', receiver), nullif(actor[3], ''),
        nullif(actor[4], '')::inet
    from ops.organization_user m
    where m.organization_id = organization and m.user_id = former;
end
$$;

-- Accounts that are deleted or deactivated, before references to them are set to null.
create function ops.withdraw_account_grants() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    perform ops.withdraw_grants(m.organization_id, old.id, null)
    from ops.organization_user m
    where m.user_id = old.id and m.status = 'active';
    if tg_op = 'UPDATE' then
        update ops.session s set revoked_at = now() where s.user_id = old.id and s.revoked_at is null;
        return new;
    end if;
    perform ops.record_settlement(e.organization_id, old.id, null, count(*))
    from core.entity e
    where e.owner_id = old.id and e.visibility = 'private'
    group by e.organization_id;
    return old;
end
$$;

create trigger withdraw_grants before delete on ops.user_account
    for each row execute function ops.withdraw_account_grants();
create trigger withdraw_changed_grants before update of is_active on ops.user_account
    for each row when (old.is_active and not new.is_active) execute function ops.withdraw_account_grants();

-- How many entities only a member sees, also deleted ones, which can be brought back: in the current organization.
create function core.count_private(member uuid) returns bigint
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
    select count(*) from core.entity e
    where e.organization_id = ops.current_organization() and e.owner_id = member and e.visibility = 'private'
    $$;

-- The same of whoever acts, in all of their organizations.
create function core.count_own_private() returns bigint
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
    select count(*) from core.entity e where e.owner_id = ops.current_user_id() and e.visibility = 'private'
    $$;

-- Hands what a former member of the current organization owns privately to a member, or leaves it sealed where no
-- receiver is given. Returns how many entities that are. What a present member owns is out of reach.
create function core.settle_private(former uuid, receiver uuid) returns bigint
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
declare
    organization uuid := ops.current_organization();
    entities bigint := core.count_private(former);
begin
    perform from ops.organization_user m
    where m.organization_id = organization and m.user_id = former and m.status = 'active';
    if found then
        raise exception 'What a member owns is not handed over while they are one.'
            using errcode = 'check_violation', constraint = 'private_is_the_members';
    end if;
    if entities = 0 then
        return 0;
    end if;
    if receiver is not null then
        perform from ops.organization_user m
        where m.organization_id = organization and m.user_id = receiver and m.status = 'active'
        for share;
        if not found then
            raise exception 'What is handed over is handed to a member.'
                using errcode = 'check_violation', constraint = 'private_goes_to_a_member';
        end if;
        update core.entity e set owner_id = receiver
        where e.organization_id = organization and e.owner_id = former and e.visibility = 'private';
    end if;
    perform ops.record_settlement(organization, former, receiver, entities);
    return entities;
end
$$;

grant execute on function core.count_private(uuid), core.count_own_private(), core.settle_private(uuid, uuid)
    to assay_app;

-- What was left from before.
select ops.withdraw_grants(m.organization_id, m.user_id, case when m.status = 'active' and u.is_active then m.role end)
from ops.organization_user m
join ops.user_account u on u.id = m.user_id;
