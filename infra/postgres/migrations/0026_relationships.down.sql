drop function core.get_entity_graph(uuid, integer);
drop function core.neighbors_at(uuid[], uuid[], text[], boolean, boolean, integer, timestamptz);
drop function core.neighbors(uuid[], uuid[], text[], boolean, boolean, integer);
drop function core.dependents(uuid);
drop view core.relationship_history;
drop table core.relationship_version;
drop table core.relationship;
drop function core.check_relationship();
drop function core.close_relationship_version();
