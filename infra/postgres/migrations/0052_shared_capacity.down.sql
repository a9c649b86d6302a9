drop index ops.workflow_run_admitted;

-- Admits those of the present organization's runs of a kind that have waited longest, as far as there is room. Sees
-- what the calling statement has changed. One at a time for an organization and kind, until the transaction ends: who
-- comes second counts what the first admitted.
create or replace function ops.admit_runs(wanted text, in_flight_max integer) returns setof uuid
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
