-- A run tells what its subject says, node by node: it is seen by whoever sees that, and so are its nodes, attempts and
-- metrics. The rule of the subject's own table decides; nothing is stated twice.

-- An import tells of its bundle, which is for whoever sent it.
alter policy own_organization on core.import
    using (organization_id = (select ops.current_organization())
        and ((select ops.is_background()) or user_id is not distinct from (select ops.current_user_id())));

-- In PL/pgSQL, which keeps plans for as long as a session lasts.
create function ops.sees_subject(subject_type text, subject uuid) returns boolean
    language plpgsql stable
    as $$
begin
    if subject_type = 'analysis' then
        return exists (select from core.analysis_result a where a.id = subject);
    elsif subject_type = 'import' then
        return exists (select from core.import i where i.id = subject);
    end if;
    return true;
end
$$;

create function ops.sees_run(wanted uuid) returns boolean
    language plpgsql stable
    as $$
begin
    return exists (select from ops.workflow_run r where r.id = wanted);
end
$$;

alter policy own_organization on ops.workflow_run
    using (organization_id = (select ops.current_organization())
        and ((select ops.is_background()) or ops.sees_subject(subject_type, subject_id)));
alter policy own_organization on ops.workflow_node
    using (organization_id = (select ops.current_organization())
        and ((select ops.is_background()) or ops.sees_run(run_id)));
alter policy own_organization on ops.workflow_attempt
    using (organization_id = (select ops.current_organization())
        and ((select ops.is_background()) or ops.sees_run(run_id)));
alter policy own_organization on ops.workflow_metric
    using (organization_id = (select ops.current_organization())
        and ((select ops.is_background()) or ops.sees_run(run_id)));

grant execute on function ops.sees_subject(text, uuid), ops.sees_run(uuid) to assay_app;
