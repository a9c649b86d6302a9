-- What is done with tables of before, in the schema legacy: prompts and prompt_relations, prompt_templates, or either.
-- ./dev db import-legacy runs this; legacy.md says when. Safe to repeat.

-- A table that is not there is as good as empty.
create schema if not exists legacy;
create table if not exists legacy.prompts (
    id varchar, name varchar(255), description text, content text, format_type varchar(50), language varchar(10),
    tags jsonb, extra_metadata jsonb, created_at timestamptz, updated_at timestamptz
);
create table if not exists legacy.prompt_relations (
    id varchar, source_id varchar, target_id varchar, relation_type varchar(50), description text,
    extra_metadata jsonb, created_at timestamptz
);
create table if not exists legacy.prompt_templates (
    id uuid, user_id uuid, name varchar(100), description text, framework_id varchar(50), template_content text,
    variables jsonb, is_public boolean, is_active boolean, usage_count integer, created_at timestamptz,
    updated_at timestamptz
);

-- Whose all of it becomes; one row, which legacy.aim writes.
create table if not exists legacy.target (
    one boolean primary key default true check (one),
    organization_id uuid not null,
    owner_id uuid not null
);

-- An id that is a UUID stays; others become one, always the same.
create or replace function legacy.id_of(table_name text, id text) returns uuid
    language sql immutable
    as $$
    select case
        when id ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then id::uuid
        else md5(table_name || ':' || id)::uuid
    end
    $$;

create or replace function legacy.title_of(name text) returns text
    language sql immutable
    as $$ select left(coalesce(nullif(btrim(name, E' \t\r\n'), ''), 'Untitled'), 255) $$;

-- Tags as they are here: texts without commas, each once.
create or replace function legacy.tags_of(tags jsonb) returns jsonb
    language sql immutable
    as $$
    select coalesce(jsonb_agg(tag order by first), '[]')
    from (
        select left(btrim(translate(value #>> '{}', ',', ' ')), 100) as tag, min(number) as first
        from jsonb_array_elements(case jsonb_typeof(tags) when 'array' then tags else '[]' end)
            with ordinality as tag (value, number)
        where jsonb_typeof(value) = 'string' and btrim(translate(value #>> '{}', ',', ' ')) <> ''
        group by tag
        order by first
        limit 50) tags
    $$;

-- Variables were a list of names, a list of objects with a name, or an object of defaults by name.
create or replace function legacy.variables_of(variables jsonb) returns jsonb
    language sql immutable
    as $$
    select coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
        'name', name, 'description', description, 'default', preset)) order by first), '[]')
    from (
        select name, min(number) as first, (array_agg(left(description, 500) order by number))[1] as description,
            (array_agg(preset order by number))[1] as preset
        from (
            select coalesce(value ->> 'name', value #>> '{}') as name, value ->> 'description' as description,
                value ->> 'default' as preset, number
            from jsonb_array_elements(case jsonb_typeof(variables) when 'array' then variables else '[]' end)
                with ordinality as variable (value, number)
            union all
            select key, null, case jsonb_typeof(value) when 'null' then null else value #>> '{}' end, number
            from jsonb_each(case jsonb_typeof(variables) when 'object' then variables else '{}' end)
                with ordinality as variable (key, value, number)) variable
        where name ~ '^[A-Za-z_][A-Za-z0-9_.-]{0,63}$'
        group by name
        order by first
        limit 200) variables
    $$;

-- Rows as core.import_entity takes them. What they say that has no place here goes along in the metadata.
create or replace view legacy.entity as
    select 'prompts' as table_name, p.id, legacy.id_of('prompts', p.id) as entity_id, 'prompt' as type,
        legacy.title_of(p.name) as title, left(p.description, 4000) as description, 'active' as status,
        'organization' as visibility, p.content as text,
        jsonb_build_object(
            'text', p.content,
            'format', case when p.format_type in ('auto', 'text', 'markdown', 'xml') then p.format_type else 'auto' end,
            'language', case when p.language ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,6})?$' then p.language else 'auto' end)
            as content,
        legacy.tags_of(p.tags) as tags, p.extra_metadata as extra,
        least(coalesce(p.updated_at, p.created_at), now()) as valid_from, p.created_at
    from legacy.prompts p
    union all
    select 'prompt_templates', t.id::text, t.id, 'template', legacy.title_of(t.name), left(t.description, 4000),
        case when t.is_active is false then 'archived' else 'active' end,
        -- Without accounts to compare with, what was one person's is that of whoever brings it here.
        case when t.is_public then 'organization' else 'private' end, t.template_content,
        jsonb_build_object('text', t.template_content, 'variables', legacy.variables_of(t.variables),
            'framework', left(t.framework_id, 50)),
        '[]', jsonb_build_object('userId', t.user_id, 'usageCount', t.usage_count, 'isPublic', t.is_public),
        least(coalesce(t.updated_at, t.created_at), now()), t.created_at
    from legacy.prompt_templates t;

create or replace view legacy.entity_item as
    select table_name, id, entity_id, jsonb_build_object(
        'id', entity_id, 'created_at', least(created_at, valid_from), 'versions', jsonb_build_array(jsonb_build_object(
            'version', 1, 'type', type, 'title', title, 'description', description, 'status', status,
            'visibility', visibility, 'content', content, 'content_schema', 1, 'tags', tags,
            'metadata', jsonb_build_object('legacy', jsonb_build_object('table', table_name, 'id', id)
                || case when length(extra::text) <= 60000 then jsonb_build_object('extra', extra) else '{}' end),
            'note', 'Brought from ' || table_name, 'valid_from', valid_from))) as item
    from legacy.entity
    where id is not null and text !~ '^\s*$' and length(text) <= 1000000;

create or replace view legacy.relationship_item as
    select 'prompt_relations' as table_name, r.id, legacy.id_of('prompt_relations', r.id) as relationship_id,
        jsonb_build_object('id', legacy.id_of('prompt_relations', r.id), 'versions', jsonb_build_array(
            jsonb_build_object('version', 1, 'source_id', legacy.id_of('prompts', r.source_id),
                'target_id', legacy.id_of('prompts', r.target_id), 'type', r.relation_type, 'strength', 1,
                'description', left(r.description, 1000),
                'metadata', jsonb_build_object('legacy', jsonb_build_object('extra', r.extra_metadata)),
                'valid_from', least(r.created_at, now()), 'created_at', r.created_at))) as item
    from (
        select *, row_number() over (
            partition by source_id, target_id, relation_type order by created_at nulls last, id) as number
        from legacy.prompt_relations) r
    join legacy.entity_item source on source.table_name = 'prompts' and source.id = r.source_id
    join legacy.entity_item target on target.table_name = 'prompts' and target.id = r.target_id
    where r.number = 1 and r.id is not null and r.source_id <> r.target_id
        and r.relation_type in ('depends_on', 'overrides', 'conflicts_with');

-- Rows that cannot come along, and why.
create or replace view legacy.left_out as
    select table_name, id, case
        when id is null then 'it has no id'
        when text is null or text ~ '^\s*$' then 'it has no text'
        else 'its text has more than 1,000,000 characters' end as reason
    from legacy.entity
    where id is null or text is null or text ~ '^\s*$' or length(text) > 1000000
    union all
    select 'prompt_relations', r.id, case
        when r.id is null then 'it has no id'
        when r.source_id = r.target_id then 'it relates a prompt to itself'
        when r.relation_type is null or r.relation_type not in ('depends_on', 'overrides', 'conflicts_with')
            then 'its type is unknown'
        when not exists (select from legacy.entity_item e where e.id = r.source_id)
            or not exists (select from legacy.entity_item e where e.id = r.target_id) then 'an end is not there'
        else 'there is another of its type between the two' end
    from legacy.prompt_relations r
    where not exists (select from legacy.relationship_item i where i.id = r.id);

-- Rows that are not here as they are there.
create or replace view legacy.difference as
    select i.table_name, i.id, case when e.id is null then 'missing' else 'different' end as state
    from legacy.entity_item i
    cross join lateral jsonb_populate_recordset(null::core.entity_version, i.item -> 'versions') v
    left join core.entity e on e.organization_id = (select organization_id from legacy.target)
        and e.id in (i.entity_id, core.mapped_id((select organization_id from legacy.target), i.entity_id))
        and e.deleted_at is null
    where (e.title, e.description, e.status, e.visibility, e.content, e.tags)
        is distinct from (v.title, v.description, v.status, v.visibility, v.content, v.tags)
    union all
    select i.table_name, i.id, 'missing'
    from legacy.relationship_item i
    where not exists (
        select from core.relationship r
        where r.organization_id = (select organization_id from legacy.target) and r.id in (
            i.relationship_id, core.mapped_id((select organization_id from legacy.target), i.relationship_id)));

create or replace function legacy.act() returns void
    language sql
    as $$
    select ops.enter(ops.prove(organization_id, owner_id, 'user|' || owner_id || '||'))
    from legacy.target
    $$;

-- Says whose all of it becomes.
create or replace function legacy.aim(slug text, email text) returns void
    language plpgsql
    as $$
begin
    if not exists (select from ops.organization o where o.slug = aim.slug) then
        raise exception 'There is no organization %.', slug;
    end if;
    delete from legacy.target;
    insert into legacy.target (organization_id, owner_id)
    select o.id, u.id
    from ops.organization o
    join ops.organization_user m on m.organization_id = o.id
    join ops.user_account u on u.id = m.user_id
    where o.slug = aim.slug and lower(u.email) = lower(aim.email);
    if not found then
        raise exception 'The organization % has no member %.', slug, email;
    end if;
end
$$;

-- Brings all of it to where legacy.aim says: what is new, and what was changed since the last time. Says of every row
-- what became of it.
create or replace function legacy.load() returns table (table_name text, id text, outcome text)
    language plpgsql
    as $$
begin
    perform legacy.act();
    return query select i.table_name, i.id::text, core.import_entity(i.item, 'newVersion')
        from legacy.entity_item i order by i.table_name, i.id;
    return query select i.table_name, i.id::text, core.import_relationship(i.item, 'newVersion')
        from legacy.relationship_item i order by i.id;
    return query select o.table_name, o.id::text, 'left out: ' || o.reason from legacy.left_out o;
end
$$;

-- While both are written: every change of a row of before is one here, in the same transaction.
create or replace function legacy.follow() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    as $$
declare
    outcome text;
    gone uuid := legacy.id_of(tg_table_name, case when tg_op = 'DELETE' then old.id::text end);
begin
    perform legacy.act();
    if tg_op = 'DELETE' then
        update core.entity e set deleted_at = clock_timestamp(), note = null
        where e.organization_id = ops.current_organization() and e.deleted_at is null
            and e.id in (gone, core.mapped_id(ops.current_organization(), gone));
        delete from core.relationship r
        where r.organization_id = ops.current_organization()
            and r.id in (gone, core.mapped_id(ops.current_organization(), gone));
        return null;
    end if;
    select core.import_entity(i.item, 'newVersion') into outcome
    from legacy.entity_item i where i.table_name = tg_table_name and i.id = new.id::text;
    select coalesce(outcome, core.import_relationship(i.item, 'newVersion')) into outcome
    from legacy.relationship_item i where i.table_name = tg_table_name and i.id = new.id::text;
    if outcome like '%|%' then
        raise warning '% % stays behind: %', tg_table_name, new.id, outcome;
    end if;
    return null;
end
$$;
