-- Whoever has the machine for itself may use more of it than who shares it.
create index workflow_run_admitted on ops.workflow_run (admitted_at) include (organization_id)
    where admitted_at is not null;

-- Admits those of the present organization's runs of a kind that have waited longest, as far as there is room: half of
-- it where others had work within the last minute. Sees what the calling statement has changed. One at a time for an organization and kind, until the transaction ends: who
-- comes second counts what the first admitted.
create or replace function ops.admit_runs(wanted text, in_flight_max integer) returns setof uuid
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
declare
    organization uuid := ops.current_organization();
    room integer;
begin
    perform pg_advisory_xact_lock(hashtextextended(concat('ops.admit_runs ', organization, ' ', wanted), 0));
    if in_flight_max > 1 and exists (
        select from ops.workflow_run other
        where other.admitted_at > now() - interval '1 minute' and other.organization_id <> organization)
    then
        in_flight_max := in_flight_max / 2;
    end if;
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
