alter policy own_organization on ops.workflow_metric using (organization_id = (select ops.current_organization()));
alter policy own_organization on ops.workflow_attempt using (organization_id = (select ops.current_organization()));
alter policy own_organization on ops.workflow_node using (organization_id = (select ops.current_organization()));
alter policy own_organization on ops.workflow_run using (organization_id = (select ops.current_organization()));
alter policy own_organization on core.import using (organization_id = (select ops.current_organization()));
drop function ops.sees_run(uuid);
drop function ops.sees_subject(text, uuid);
