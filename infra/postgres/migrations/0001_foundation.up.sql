-- Schema ops exists already: the runner makes it, because its own table ops.migration lives there.
create schema core;
create schema mart;

grant usage on schema ops, core, mart to assay_app, assay_job;
grant select on ops.migration to assay_app, assay_job;

-- Rights are granted by table and by function, never by default.
alter default privileges revoke execute on functions from public;

-- The tenant of the current transaction, or null. An unset setting reads as null the first time in a session and as
-- '' after a transaction that set it locally, hence the nullif.
create function ops.current_organization() returns uuid
    language sql stable parallel safe
    as $$ select nullif(current_setting('assay.organization_id', true), '')::uuid $$;

grant execute on function ops.current_organization() to assay_app, assay_job;

-- Puts a table with an organization_id behind row-level security. The app sees and writes its own organization only,
-- and nothing when none is set. Jobs work across organizations. The owner is forced too, so its policy is what lets
-- migrations and the functions it defines touch rows; a table that forgets this call is closed to everybody.
-- The current organization stands in a subselect so that it is computed once a statement and not once a row.
create function ops.isolate_organization(isolated regclass) returns void
    language plpgsql
    as $$
begin
    execute format('alter table %s enable row level security', isolated);
    execute format('alter table %s force row level security', isolated);
    execute format(
        'create policy own_organization on %s to assay_app '
        'using (organization_id = (select ops.current_organization())) '
        'with check (organization_id = (select ops.current_organization()))',
        isolated);
    execute format(
        'create policy every_organization on %s to assay_job, assay_owner using (true) with check (true)',
        isolated);
end
$$;

-- Incremental rollups look for rows by the transaction that wrote them last (see 0007_marts). Columns default to the
-- inserting transaction; this keeps them right on tables whose rows change.
create function ops.stamp_transaction() returns trigger
    language plpgsql
    as $$
begin
    new.transaction_id = pg_current_xact_id();
    return new;
end
$$;
