drop function ops.event_state(text, uuid, jsonb);
drop function ops.hides_entity(uuid);
drop function ops.entities_of_event(text, uuid);
drop trigger forget_private_analyses on core.entity;
drop function core.forget_private_analyses();
drop policy own_organization on core.judge_score;
create policy own_organization on core.judge_score to assay_app
    using (organization_id = (select ops.current_organization()))
    with check (organization_id = (select ops.current_organization()));
drop policy own_organization on core.analysis_result;
create policy own_organization on core.analysis_result to assay_app
    using (organization_id = (select ops.current_organization()))
    with check (organization_id = (select ops.current_organization()));
drop function ops.is_background();
