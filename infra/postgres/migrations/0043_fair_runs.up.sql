-- Runs wait for their turn: of an organization and kind a few are under way, and the rest are let in as those end. What
-- has been admitted is to be started; who waits is queued without having been admitted.
alter table ops.workflow_run
    add column queued_at timestamptz not null default now(),
    add column admitted_at timestamptz;
update ops.workflow_run set queued_at = created_at, admitted_at = created_at where status in ('queued', 'running');

create index workflow_run_waiting on ops.workflow_run (organization_id, kind, queued_at, id)
    where status = 'queued' and admitted_at is null;
create index workflow_run_in_flight on ops.workflow_run (organization_id, kind)
    where status in ('queued', 'running') and admitted_at is not null;

-- Admits those of the present organization's runs of a kind that have waited longest, as far as there is room. Sees
-- what the calling statement has changed. One at a time for an organization and kind, until the transaction ends: who
-- comes second counts what the first admitted.
create function ops.admit_runs(wanted text, in_flight_max integer) returns setof uuid
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
declare
    organization uuid := ops.current_organization();
    room integer;
begin
    perform pg_advisory_xact_lock(hashtextextended(concat('ops.admit_runs ', organization, ' ', wanted), 0));
    select in_flight_max - count(*) into room
    from ops.workflow_run r
    where r.organization_id = organization and r.kind = wanted and r.status in ('queued', 'running')
        and r.admitted_at is not null;
    if room <= 0 then
        return;
    end if;
    -- One that is being cancelled at this moment is passed over.
    return query
        update ops.workflow_run admitted
        set admitted_at = now(), updated_at = now()
        where admitted.id in (
            select r.id from ops.workflow_run r
            where r.organization_id = organization and r.kind = wanted and r.status = 'queued'
                and r.admitted_at is null
            order by r.queued_at, r.id
            limit room
            for update skip locked)
        returning admitted.id;
end
$$;

-- How many of the present organization's runs wait; no more are counted than asked for. As its owner, whatever of them
-- the caller may see.
create function ops.count_waiting_runs(most integer) returns integer
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
    select count(*)::integer
    from (
        select from ops.workflow_run r
        where r.organization_id = ops.current_organization() and r.status = 'queued' and r.admitted_at is null
        limit most) waiting
    $$;

-- How many of its kind wait before a run; null when it does not wait.
create function ops.count_runs_before(wanted uuid) returns integer
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
    select (
        select count(*)::integer from ops.workflow_run other
        where other.organization_id = r.organization_id and other.kind = r.kind and other.status = 'queued'
            and other.admitted_at is null and (other.queued_at, other.id) < (r.queued_at, r.id))
    from ops.workflow_run r
    where r.id = wanted and r.organization_id = ops.current_organization() and r.status = 'queued'
        and r.admitted_at is null
    $$;

-- Whether all that are in an organization are people of whom nothing is known: no address, and no identity elsewhere.
create function ops.is_unclaimed(organization uuid) returns boolean
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
    select coalesce(bool_and(u.email is null and not exists (
        select from ops.auth_account a where a.user_id = u.id)), false)
    from ops.organization_user m
    join ops.user_account u on u.id = m.user_id
    where m.organization_id = organization
    $$;

grant execute on function ops.admit_runs(text, integer), ops.count_waiting_runs(integer), ops.count_runs_before(uuid),
    ops.is_unclaimed(uuid) to assay_app;
