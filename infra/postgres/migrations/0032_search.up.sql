-- What entities are found by. A row for each that is not deleted, kept by triggers.

-- All text that a content holds, whatever its type.
create function core.entity_text(content jsonb) returns text
    language sql immutable parallel safe
    as $$
    select coalesce(content ->> 'text', '') || coalesce(content ->> 'introduction', '') || coalesce(
        (select string_agg(said #>> '{}', E'\n')
        from jsonb_path_query(content,
            '$.steps[*].keyvalue() ? (@.key == "name" || @.key == "instructions").value', silent => true) said), '')
    $$;

-- What stems the words of a language; those of others are taken as they are.
create function core.text_search_config(language text) returns name
    language sql immutable parallel safe
    as $$
    select case split_part(lower(language), '-', 1)
        when 'ar' then 'arabic' when 'ca' then 'catalan' when 'da' then 'danish' when 'de' then 'german'
        when 'el' then 'greek' when 'en' then 'english' when 'es' then 'spanish' when 'eu' then 'basque'
        when 'fi' then 'finnish' when 'fr' then 'french' when 'ga' then 'irish' when 'hi' then 'hindi'
        when 'hu' then 'hungarian' when 'hy' then 'armenian' when 'id' then 'indonesian' when 'it' then 'italian'
        when 'lt' then 'lithuanian' when 'nb' then 'norwegian' when 'ne' then 'nepali' when 'nl' then 'dutch'
        when 'nn' then 'norwegian' when 'no' then 'norwegian' when 'pt' then 'portuguese' when 'ro' then 'romanian'
        when 'ru' then 'russian' when 'sr' then 'serbian' when 'sv' then 'swedish' when 'ta' then 'tamil'
        when 'tr' then 'turkish' when 'yi' then 'yiddish'
        else 'simple' end::name
    $$;

-- The language is what the content says, else what was found out; null while nobody has looked, and then it is searched
-- as words of no language. Words stand in the vector stemmed, and once more as they are, for searches by prefix.
create table core.entity_search (
    entity_id uuid primary key,
    organization_id uuid not null,
    language varchar(10),
    -- Kept by its name: PostgreSQL is not upgraded in place where a column is of its own type.
    config name not null,
    search_vector tsvector not null,
    constraint entity_search_entity foreign key (organization_id, entity_id)
        references core.entity (organization_id, id) on delete cascade
);

create index entity_search_words on core.entity_search using gin (search_vector);
create index entity_search_config on core.entity_search (organization_id, config);

alter table core.entity_search enable row level security;
alter table core.entity_search force row level security;
create policy own_organization on core.entity_search to assay_app
    using (organization_id = (select ops.current_organization()) and core.sees_entity(entity_id))
    with check (organization_id = (select ops.current_organization()));
create policy every_organization on core.entity_search to assay_job, assay_owner using (true) with check (true);

-- As much of an entity's text as fits into a search vector, which takes a megabyte of different words.
create function core.entity_search_vector(entity core.entity, config regconfig) returns tsvector
    language plpgsql stable
    as $$
declare
    said text := translate(core.entity_text(entity.content), '<>', '  ');
    about text := coalesce(entity.description, '') || ' ' || array_to_string(entity.tags, ' ');
begin
    loop
        begin
            return setweight(to_tsvector(config, entity.title), 'A') || setweight(to_tsvector(config, about), 'B')
                || setweight(to_tsvector(config, said), 'C')
                || case when config = 'simple'::regconfig then ''::tsvector
                    else to_tsvector('simple', entity.title || ' ' || about || ' ' || said) end;
        exception when program_limit_exceeded then
            said := left(said, length(said) / 2);
        end;
    end loop;
end
$$;

-- Makes the row of an entity, or makes it anew.
create function core.index_entity_text(entity core.entity, found_language text) returns void
    language sql
    as $$
    with known as (
        select coalesce(nullif(entity.content ->> 'language', 'auto'), found_language) as language
    )
    insert into core.entity_search (entity_id, organization_id, language, config, search_vector)
    select entity.id, entity.organization_id, left(known.language, 10), config,
        core.entity_search_vector(entity, config::regconfig)
    from known, core.text_search_config(known.language) config
    on conflict (entity_id) do update
    set language = excluded.language, config = excluded.config, search_vector = excluded.search_vector
    $$;

-- What was found out of the language of a text. Does nothing when it is known, or the text is another meanwhile.
create function core.set_entity_language(wanted uuid, entity_version integer, found_language text) returns void
    language sql security definer set search_path = pg_catalog, pg_temp
    as $$
    select core.index_entity_text(e, found_language)
    from core.entity e
    join core.entity_search s on s.entity_id = e.id
    where e.id = wanted and e.version = entity_version and s.language is distinct from found_language
        and coalesce(e.content ->> 'language', 'auto') = 'auto'
    $$;

-- A new text waits for its vector of each model that is in use; what is deleted is found by nothing.
create function core.index_entity() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    if new.deleted_at is not null then
        delete from core.entity_search where entity_id = new.id;
        delete from core.embedding where entity_id = new.id;
        return null;
    end if;
    perform core.index_entity_text(new, (select s.language from core.entity_search s where s.entity_id = new.id));
    -- Tags are found as words; a vector has nothing of them.
    if tg_op = 'UPDATE' and (old.title, old.description, old.deleted_at is null, old.content ->> 'language',
            core.entity_text(old.content))
        is not distinct from (new.title, new.description, new.deleted_at is null, new.content ->> 'language',
            core.entity_text(new.content))
    then
        return null;
    end if;
    insert into core.embedding (organization_id, embedding_model_id, entity_id, updated_at)
    select new.organization_id, m.id, new.id, clock_timestamp() from core.embedding_model m where m.is_active
    on conflict (entity_id, embedding_model_id) do update
    set status = 'pending', vector = null, error = null, updated_at = excluded.updated_at;
    return null;
end
$$;

create trigger index_new after insert on core.entity
    for each row execute function core.index_entity();
create trigger index_changed after update on core.entity
    for each row
    when ((old.title, old.description, old.tags, old.deleted_at is null, old.content ->> 'language',
            core.entity_text(old.content))
        is distinct from (new.title, new.description, new.tags, new.deleted_at is null, new.content ->> 'language',
            core.entity_text(new.content)))
    execute function core.index_entity();

create function core.await_embeddings() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    insert into core.embedding (organization_id, embedding_model_id, entity_id)
    select e.organization_id, new.id, e.id from core.entity e where e.deleted_at is null
    on conflict (entity_id, embedding_model_id) do nothing;
    return null;
end
$$;

create trigger await_embeddings after insert or update of is_active on core.embedding_model
    for each row when (new.is_active) execute function core.await_embeddings();

-- Entities that were there before.
select core.index_entity_text(e, null) from core.entity e where e.deleted_at is null;
insert into core.embedding (organization_id, embedding_model_id, entity_id)
select e.organization_id, m.id, e.id from core.entity e, core.embedding_model m
where e.deleted_at is null and m.is_active
on conflict (entity_id, embedding_model_id) do nothing;

drop policy own_organization on core.embedding;
create policy own_organization on core.embedding to assay_app
    using (organization_id = (select ops.current_organization())
        and (entity_id is null or core.sees_entity(entity_id)))
    with check (organization_id = (select ops.current_organization()));

create index embedding_waiting_entity on core.embedding (embedding_model_id, organization_id, updated_at)
    where status = 'pending' and entity_id is not null;
create index embedding_of_entities on core.embedding (organization_id, embedding_model_id)
    where status = 'completed' and entity_id is not null;
create index embedding_of_chunks on core.embedding (organization_id, embedding_model_id)
    where status = 'completed' and document_chunk_id is not null;

-- Such as en, also where the content says en-GB.
create function core.entity_language(wanted uuid) returns text
    language sql stable
    as $$ select split_part(lower(s.language), '-', 1) from core.entity_search s where s.entity_id = wanted $$;

create function core.has_label(wanted uuid, names text[]) returns boolean
    language sql stable
    as $$
    select exists (select from core.entity_label l where l.entity_id = wanted and l.name = any (names))
    $$;

-- Which entities are wanted. Null leaves nothing out. A new filter is an attribute here and a line in the function,
-- which has no subqueries: with one it could not become part of the statements that call it.
create type core.entity_filter as (
    types text[],
    tags text[],
    any_tags text[],
    owner_ids uuid[],
    statuses text[],
    visibilities text[],
    languages text[],
    created_from timestamptz,
    created_to timestamptz,
    changed_from timestamptz,
    changed_to timestamptz,
    labels text[]
);

create function core.passes(entity core.entity, filter core.entity_filter) returns boolean
    language sql stable
    as $$
    select entity.deleted_at is null
        and (filter.types is null or entity.type = any (filter.types))
        and (filter.tags is null or entity.tags @> filter.tags)
        and (filter.any_tags is null or entity.tags && filter.any_tags)
        and (filter.owner_ids is null or entity.owner_id = any (filter.owner_ids))
        and (filter.statuses is null or entity.status = any (filter.statuses))
        and (filter.visibilities is null or entity.visibility = any (filter.visibilities))
        and (filter.languages is null or core.entity_language(entity.id) = any (filter.languages))
        and (filter.created_from is null or entity.created_at >= filter.created_from)
        and (filter.created_to is null or entity.created_at < filter.created_to)
        and (filter.changed_from is null or entity.valid_from >= filter.changed_from)
        and (filter.changed_to is null or entity.valid_from < filter.changed_to)
        and (filter.labels is null or core.has_label(entity.id, filter.labels))
    $$;

-- What somebody typed, as a query of a language: words, "phrases", word*, or, -without. Whatever else stands there is
-- taken for spaces.
create function core.search_query(config regconfig, asked text, any_word boolean default false) returns tsquery
    language plpgsql stable parallel safe set client_min_messages = error
    as $$
declare
    whole tsquery := '';
    alternative tsquery := '';
    token text;
    word text;
    part tsquery;
begin
    for token in select match[1] from regexp_matches(asked, '-?"[^"]*"?|[^\s"]+', 'g') match loop
        if lower(token) = 'or' then
            whole := whole || alternative;
            alternative := '';
            continue;
        end if;
        word := btrim(token, '-"');
        if token ~ '^-?[^"]*[^"*]\*$' then
            word := '''' || replace(replace(rtrim(word, '*'), '\', '\\'), '''', '''''') || ''':*';
            part := to_tsquery('simple', word) || to_tsquery(config, word);
        else
            part := phraseto_tsquery(config, word);
        end if;
        alternative := case
            when token like '-%' then alternative && !!part
            when any_word then alternative || part
            else alternative && part end;
    end loop;
    return whole || alternative;
end
$$;

-- Entities that a query matches, best first, of the current organization and seen by the current user. As the owner,
-- for the reason that core.search_document_chunk gives. The words of a query differ by language, so each language that
-- is there is searched by itself. Ranks are between 0 and 1.
create function core.search_entity(
        asked text, any_word boolean, take integer, filter core.entity_filter default null)
    returns table (entity_id uuid, rank real)
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
    select s.entity_id, ts_rank_cd(s.search_vector, query.words, 1 | 32) as rank
    from pg_ts_config c
    cross join lateral (select core.search_query(c.oid, asked, any_word) as words offset 0) query
    join core.entity_search s on s.organization_id = ops.current_organization() and s.config = c.cfgname
        and s.search_vector @@ query.words
    join core.entity e on e.organization_id = s.organization_id and e.id = s.entity_id
    where c.cfgnamespace = 'pg_catalog'::regnamespace and core.sees(e) and core.passes(e, filter)
        and exists (
            select from core.entity_search present
            where present.organization_id = ops.current_organization() and present.config = c.cfgname)
    order by rank desc, s.entity_id desc
    limit take
    $$;

-- Parts of documents, each in its language. Those that were there before were taken for English.
create function core.document_chunk_vector(language text, heading_path text[], content text) returns tsvector
    language sql immutable parallel safe
    as $$
    select setweight(to_tsvector(config, core.heading_text(heading_path)), 'A')
        -- What stands in angle brackets is searched as words, not dropped as tags.
        || setweight(to_tsvector(config, translate(content, '<>', '  ')), 'B')
    from (select core.text_search_config(language)::regconfig) known (config)
    $$;

alter table core.document_chunk
    drop column search_vector,
    add column language varchar(10) not null default 'en';
alter table core.document_chunk
    alter column language set default 'und',
    add column config name not null generated always as (core.text_search_config(language)) stored,
    add column search_vector tsvector not null
        generated always as (core.document_chunk_vector(language, heading_path, content)) stored;

create index document_chunk_search on core.document_chunk using gin (search_vector);
create index document_chunk_config on core.document_chunk (organization_id, config);

drop function core.search_document_chunk(tsquery, integer, uuid[], text[]);

-- Parts of documents as core.search_entity finds entities, of live versions. Null document_ids or headings mean any;
-- headings match when one of them is in the heading path.
create function core.search_document_chunk(
        asked text, any_word boolean, take integer, document_ids uuid[] default null, headings text[] default null)
    returns table (document_chunk_id uuid, rank real)
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
    select p.id, ts_rank_cd(p.search_vector, query.words, 1 | 32) as rank
    from pg_ts_config c
    cross join lateral (select core.search_query(c.oid, asked, any_word) as words offset 0) query
    join core.document_chunk p on p.organization_id = ops.current_organization() and p.config = c.cfgname
        and p.search_vector @@ query.words
    join core.document d on d.id = p.document_id and d.live_version = p.document_version
    where c.cfgnamespace = 'pg_catalog'::regnamespace and d.deleted_at is null
        and (document_ids is null or d.id = any (document_ids))
        and (headings is null or p.heading_path && headings)
        and exists (
            select from core.document_chunk present
            where present.organization_id = ops.current_organization() and present.config = c.cfgname)
    order by rank desc, p.id
    limit take
    $$;

-- Up to so many vectors are all compared, which is exact and, up to here, faster than walking a graph whose nodes are
-- mostly those of others.
create function core.compared_max() returns integer
    language sql immutable parallel safe
    as $$ select 10000 $$;

-- Lets HNSW scans of this transaction go on, where pgvector can, until enough rows pass the conditions.
create function core.scan_on(take integer) returns void
    language plpgsql
    as $$
begin
    perform set_config('hnsw.ef_search', least(greatest(2 * take, 200), 1000)::text, true);
    if current_setting('hnsw.iterative_scan', true) is not null then
        perform set_config('hnsw.iterative_scan', 'relaxed_order', true);
    end if;
end
$$;

-- Entities by the nearness of their vectors, nearest first; as core.search_entity otherwise. Where few have vectors,
-- all are compared, and entities are looked up as far as they are wanted. Where many do and pass the filter, the
-- model's graph is walked; it is asked for a hundred at least, because the very nearest are not always among the first
-- that it finds. What few pass, and what the graph finds too little of, is compared after all.
create function core.search_entity_embedding(
        model_id uuid, near halfvec, take integer, filter core.entity_filter default null)
    returns table (entity_id uuid, similarity double precision)
    language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp
    as $$
declare
    organization uuid := ops.current_organization();
    ids uuid[];
    similarities double precision[];
begin
    if core.compared_max() >= (
        select count(*) from (
            select from core.embedding e
            where e.organization_id = organization and e.embedding_model_id = model_id and e.status = 'completed'
                and e.entity_id is not null
            limit core.compared_max() + 1) counted)
    then
        return query
            select compared.id, 1 - compared.distance
            from (
                select e.entity_id as id, e.vector <=> near as distance
                from core.embedding e
                where e.organization_id = organization and e.embedding_model_id = model_id
                    and e.status = 'completed' and e.entity_id is not null
                order by distance, id desc
                offset 0) compared
            cross join lateral (
                select from core.entity n
                where n.organization_id = organization and n.id = compared.id and core.sees(n)
                    and core.passes(n, filter)
                offset 0) seen
            order by compared.distance, compared.id desc
            limit take;
        return;
    end if;

    if filter is null or core.compared_max() < (
        select count(*) from (
            select from core.entity n
            where n.organization_id = organization and core.sees(n) and core.passes(n, filter)
            limit core.compared_max() + 1) counted)
    then
        perform core.scan_on(take);
        execute format(
            $statement$
            select array_agg(near.id), array_agg(1 - near.distance)
            from (
                select e.entity_id as id, e.vector::halfvec(%1$s) <=> $1::halfvec(%1$s) as distance
                from core.embedding e
                join core.entity n on n.organization_id = e.organization_id and n.id = e.entity_id
                where e.embedding_model_id = %2$L and e.status = 'completed' and e.organization_id = $2
                    and core.sees(n) and core.passes(n, $4)
                order by e.vector::halfvec(%1$s) <=> $1::halfvec(%1$s)
                limit $3
            ) near
            $statement$,
            vector_dims(near), model_id)
            into ids, similarities using near, organization, greatest(take, 100), filter;
        if cardinality(ids) >= take then
            return query
                select found.id, found.similarity from unnest(ids, similarities) found (id, similarity)
                order by found.similarity desc, found.id desc
                limit take;
            return;
        end if;
    end if;

    return query
        select e.entity_id, 1 - (e.vector <=> near)
        from core.embedding e
        join core.entity n on n.organization_id = e.organization_id and n.id = e.entity_id
        where e.organization_id = organization and e.embedding_model_id = model_id and e.status = 'completed'
            and e.entity_id is not null and core.sees(n) and core.passes(n, filter)
        order by e.vector <=> near, e.entity_id desc
        limit take;
end
$$;

-- As before, with all vectors of a small organization compared, and of a large one whose filter leaves too few.
create or replace function core.search_embedding(
        model_id uuid, near halfvec, take integer, document_ids uuid[] default null, headings text[] default null)
    returns table (document_chunk_id uuid, similarity double precision)
    language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp
    as $$
declare
    organization uuid := ops.current_organization();
    ids uuid[];
    similarities double precision[];
begin
    if core.compared_max() < (
        select count(*) from (
            select from core.embedding e
            where e.organization_id = organization and e.embedding_model_id = model_id and e.status = 'completed'
                and e.document_chunk_id is not null
            limit core.compared_max() + 1) counted)
    then
        perform core.scan_on(take);
        execute format(
            $statement$
            select array_agg(near.id), array_agg(1 - near.distance)
            from (
                select e.document_chunk_id as id, e.vector::halfvec(%1$s) <=> $1::halfvec(%1$s) as distance
                from core.embedding e
                join core.document_chunk c on c.id = e.document_chunk_id
                join core.document d on d.id = c.document_id and d.live_version = c.document_version
                where e.embedding_model_id = %2$L and e.status = 'completed'
                    and e.organization_id = $2
                    and d.deleted_at is null
                    and ($4 is null or d.id = any ($4))
                    and ($5 is null or c.heading_path && $5)
                order by e.vector::halfvec(%1$s) <=> $1::halfvec(%1$s)
                limit $3
            ) near
            $statement$,
            vector_dims(near), model_id)
            into ids, similarities using near, organization, greatest(take, 100), document_ids, headings;
    end if;

    if cardinality(ids) >= take then
        return query
            select found.id, found.similarity from unnest(ids, similarities) found (id, similarity)
            order by found.similarity desc, found.id
            limit take;
    else
        return query
            select e.document_chunk_id, 1 - (e.vector <=> near)
            from core.embedding e
            join core.document_chunk c on c.id = e.document_chunk_id
            join core.document d on d.id = c.document_id and d.live_version = c.document_version
            where e.organization_id = organization and e.embedding_model_id = model_id and e.status = 'completed'
                and e.document_chunk_id is not null
                and d.deleted_at is null
                and (document_ids is null or d.id = any (document_ids))
                and (headings is null or c.heading_path && headings)
            order by e.vector <=> near, e.document_chunk_id
            limit take;
    end if;
end
$$;

-- Also for whoever sits at psql: what is nearest to an entity in the current organization, without the entity itself.
-- Nothing while it has no vector. Without a model, by the one whose vector is newest.
create function core.search_similar_entities(
        wanted uuid, take integer default 10, model_id uuid default null, types text[] default null)
    returns table (id uuid, type varchar, title varchar, similarity double precision)
    language sql volatile
    as $$
    select e.id, e.type, e.title, near.similarity
    from (
        select v.embedding_model_id, v.vector from core.embedding v
        where v.entity_id = wanted and v.status = 'completed'
            and (model_id is null or v.embedding_model_id = model_id)
        order by v.updated_at desc
        limit 1) own
    cross join lateral core.search_entity_embedding(own.embedding_model_id, own.vector, take + 1,
        row(types, null, null, null, null, null, null, null, null, null, null, null)::core.entity_filter) near
    join core.entity e on e.id = near.entity_id
    where near.entity_id <> wanted
    order by near.similarity desc, e.id desc
    limit take
    $$;

grant select on core.entity_search to assay_app, assay_job;
grant update on core.embedding to assay_job;
grant execute on function core.entity_text(jsonb) to assay_app, assay_job;
grant execute on function core.set_entity_language(uuid, integer, text) to assay_job;
grant execute on function core.search_query(regconfig, text, boolean) to assay_app;
grant execute on function core.text_search_config(text), core.document_chunk_vector(text, text[], text),
    core.search_document_chunk(text, boolean, integer, uuid[], text[]) to assay_app;
grant execute on function core.search_entity(text, boolean, integer, core.entity_filter),
    core.search_entity_embedding(uuid, halfvec, integer, core.entity_filter),
    core.search_similar_entities(uuid, integer, uuid, text[]) to assay_app;
