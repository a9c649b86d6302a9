-- A run tells what its subject says, node by node: it is seen by whoever sees that, and so are its nodes, attempts and
-- metrics.

-- An import tells of its bundle, which is for whoever sent it.
alter policy own_organization on core.import
    using (organization_id = (select ops.current_organization())
        and ((select ops.is_background()) or user_id is not distinct from (select ops.current_user_id())));

-- The rules of the subjects' own tables once more, for the many rows of a run: in PL/pgSQL, which keeps plans for as
-- long as a session lasts, and around the policies, which would be asked again for each of them. The organization of
-- the row is looked at before.
create function ops.sees_subject(organization uuid, subject_type text, subject uuid) returns boolean
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    if subject_type = 'analysis' then
        return exists (
            select from core.analysis_result a
            where a.organization_id = organization and a.id = subject
                and (a.entity_id is null or exists (
                    select from core.entity e
                    where e.organization_id = a.organization_id and e.id = a.entity_id and core.sees(e))));
    elsif subject_type = 'import' then
        return exists (
            select from core.import i
            where i.organization_id = organization and i.id = subject
                and i.user_id is not distinct from ops.current_user_id());
    end if;
    return true;
end
$$;

create function ops.sees_run(wanted uuid) returns boolean
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    return exists (
        select from ops.workflow_run r
        where r.id = wanted and ops.sees_subject(r.organization_id, r.subject_type, r.subject_id));
end
$$;

-- Of a run that is seen: the share of its nodes that ended.
create function ops.run_progress(run uuid) returns double precision
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    return (
        select coalesce(avg((n.finished_at is not null)::int), 0)
        from ops.workflow_node n
        where n.organization_id = (select ops.current_organization()) and n.run_id = run);
end
$$;

alter policy own_organization on ops.workflow_run
    using (organization_id = (select ops.current_organization())
        and ((select ops.is_background()) or ops.sees_subject(organization_id, subject_type, subject_id)));
alter policy own_organization on ops.workflow_node
    using (organization_id = (select ops.current_organization())
        and ((select ops.is_background()) or ops.sees_run(run_id)));
alter policy own_organization on ops.workflow_attempt
    using (organization_id = (select ops.current_organization())
        and ((select ops.is_background()) or ops.sees_run(run_id)));
alter policy own_organization on ops.workflow_metric
    using (organization_id = (select ops.current_organization())
        and ((select ops.is_background()) or ops.sees_run(run_id)));

-- With the analyses of what was private and is gone, their runs go, too; those of before went without them.
create or replace function core.forget_private_analyses() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    with forgotten as (
        delete from core.analysis_result where organization_id = old.organization_id and entity_id = old.id
        returning id
    )
    delete from ops.workflow_run r using forgotten f where r.subject_type = 'analysis' and r.subject_id = f.id;
    return old;
end
$$;

delete from ops.workflow_run r
where r.subject_type = 'analysis' and r.finished_at is not null
    and not exists (select from core.analysis_result a where a.id = r.subject_id);

grant execute on function ops.sees_subject(uuid, text, uuid), ops.sees_run(uuid), ops.run_progress(uuid) to assay_app;
