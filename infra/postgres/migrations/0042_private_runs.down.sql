create or replace function core.forget_private_analyses() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    delete from core.analysis_result where organization_id = old.organization_id and entity_id = old.id;
    return old;
end
$$;

alter policy own_organization on ops.workflow_metric using (organization_id = (select ops.current_organization()));
alter policy own_organization on ops.workflow_attempt using (organization_id = (select ops.current_organization()));
alter policy own_organization on ops.workflow_node using (organization_id = (select ops.current_organization()));
alter policy own_organization on ops.workflow_run using (organization_id = (select ops.current_organization()));
alter policy own_organization on core.import using (organization_id = (select ops.current_organization()));
drop function ops.run_progress(uuid);
drop function ops.sees_run(uuid);
drop function ops.sees_subject(uuid, text, uuid);
