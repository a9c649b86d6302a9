alter table core.analysis_result
    drop constraint analysis_result_entity,
    drop column entity_version;
alter table core.embedding drop constraint embedding_entity;
drop function core.entities_at(timestamptz);
drop function core.get_entity_at(uuid, timestamptz);
drop function core.get_entity_history(uuid);
drop view core.entity_history;
drop table core.entity_version;
drop table core.entity_tag;
drop function core.sees_entity(uuid);
drop function core.sees(core.entity);
drop table core.entity;
drop function core.keep_entity_tags();
drop function core.close_entity_version();
