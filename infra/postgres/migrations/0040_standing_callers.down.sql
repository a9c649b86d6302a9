alter table core.import
    drop constraint import_actor_type_known,
    drop column api_key_id,
    drop column actor_type;

drop function ops.find_standing(text, uuid);
