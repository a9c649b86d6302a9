drop function core.search_similar_entities(uuid, integer, uuid, text[]);

create or replace function core.search_embedding(
        model_id uuid, near halfvec, take integer, document_ids uuid[] default null, headings text[] default null)
    returns table (document_chunk_id uuid, similarity double precision)
    language plpgsql volatile security definer set search_path = pg_catalog, public, pg_temp
    as $$
begin
    perform set_config('hnsw.ef_search', least(greatest(2 * take, 40), 1000)::text, true);
    if current_setting('hnsw.iterative_scan', true) is not null then
        perform set_config('hnsw.iterative_scan', 'relaxed_order', true);
    end if;

    return query execute format(
        $statement$
        select near.id, 1 - near.distance
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
        order by near.distance, near.id
        $statement$,
        vector_dims(near), model_id)
        using near, ops.current_organization(), take, document_ids, headings;
end
$$;

drop function core.search_entity_embedding(uuid, halfvec, integer, core.entity_filter);
drop function core.scan_on(integer);
drop function core.compared_max();
drop function core.search_document_chunk(text, boolean, integer, uuid[], text[]);
alter table core.document_chunk
    drop column config,
    drop column search_vector,
    drop column language,
    add column search_vector tsvector not null generated always as (
        setweight(to_tsvector('english', core.heading_text(heading_path)), 'A')
        || setweight(to_tsvector('english', translate(content, '<>', '  ')), 'B')) stored;
create index document_chunk_search on core.document_chunk using gin (search_vector);
drop function core.document_chunk_vector(text, text[], text);

create function core.search_document_chunk(
        query tsquery, take integer, document_ids uuid[] default null, headings text[] default null)
    returns table (document_chunk_id uuid, rank real)
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
    select c.id, ts_rank_cd(c.search_vector, query, 1 | 32) as rank
    from core.document_chunk c
    join core.document d on d.id = c.document_id and d.live_version = c.document_version
    where c.organization_id = ops.current_organization()
        and c.search_vector @@ query
        and d.deleted_at is null
        and (document_ids is null or c.document_id = any (document_ids))
        and (headings is null or c.heading_path && headings)
    order by rank desc, c.id
    limit take
    $$;

grant execute on function core.search_document_chunk(tsquery, integer, uuid[], text[]) to assay_app;

drop function core.search_entity(text, boolean, integer, core.entity_filter);
drop function core.search_query(regconfig, text, boolean);
drop function core.passes(core.entity, core.entity_filter);
drop type core.entity_filter;
drop function core.has_label(uuid, text[]);
drop function core.entity_language(uuid);

drop index core.embedding_of_chunks;
drop index core.embedding_of_entities;
drop index core.embedding_waiting_entity;
drop policy own_organization on core.embedding;
create policy own_organization on core.embedding to assay_app
    using (organization_id = (select ops.current_organization()))
    with check (organization_id = (select ops.current_organization()));
revoke update on core.embedding from assay_job;

delete from core.embedding where entity_id is not null;
drop trigger await_embeddings on core.embedding_model;
drop trigger index_changed on core.entity;
drop trigger index_new on core.entity;
drop function core.await_embeddings();
drop function core.index_entity();
drop function core.set_entity_language(uuid, integer, text);
drop function core.index_entity_text(core.entity, text);
drop function core.entity_search_vector(core.entity, regconfig);
drop table core.entity_search;
drop function core.text_search_config(text);
drop function core.entity_text(jsonb);
