drop function core.import_label(jsonb, text);
drop trigger check_relationship on core.relationship;
create trigger check_relationship before insert on core.relationship
    for each row execute function core.check_relationship();
drop function core.import_relationship(jsonb, text);
drop function core.import_entity(jsonb, text);
drop function core.is_history(integer[], timestamptz[], timestamptz[]);
drop function core.imported_content(text, jsonb);
drop function core.imported_relationship_id(uuid);
drop function core.imported_id(uuid);
drop function core.mapped_id(uuid, uuid);
drop table core.import;
