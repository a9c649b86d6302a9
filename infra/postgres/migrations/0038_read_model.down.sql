drop function mart.get_organization_usage();
drop function mart.list_entity_stats(text, text, text, uuid, integer);
drop function mart.refresh_read_model();
drop function mart.written_rows();
delete from mart.rollup_watermark where mart = 'read_model';
drop materialized view mart.organization_usage;
drop materialized view mart.entity_stats;
