drop function core.find_public_entity(uuid);
drop function core.public_entities(uuid, text, integer);
drop index core.entity_public;
drop function core.find_link(bytea);
drop trigger check_owner on core.entity;
drop function core.refuse_entity_change();
drop policy removed on core.entity;
drop policy changed on core.entity;
drop policy made on core.entity;
alter policy own_organization on core.entity
    using (organization_id = (select ops.current_organization())
        and (visibility <> 'private' or owner_id = (select ops.current_user_id())))
    with check (organization_id = (select ops.current_organization())
        and (visibility <> 'private' or owner_id = (select ops.current_user_id())));
create or replace function core.sees(entity core.entity) returns boolean
    language sql stable
    as $$ select entity.visibility <> 'private' or entity.owner_id = ops.current_user_id() $$;
drop function core.granted_entities(text);
drop function core.is_granted(uuid, text);
drop view core.granted;
drop function core.permits(text, text);
drop function ops.current_share();
drop table core.comment;
drop table core.share;
update ops.event set actor_type = 'system', actor_id = null where actor_type = 'share';
alter table ops.event
    drop constraint event_actor_type_known,
    add constraint event_actor_type_known check (actor_type in ('user', 'api_key', 'system'));
