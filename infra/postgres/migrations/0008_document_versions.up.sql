-- A document's chunks belong to one of its versions. Those of live_version are what searches see; those of a version
-- that is still being ingested become live, and the older ones go, in one statement's time when it completes.
alter table core.document
    add column live_version integer,
    add constraint document_live_version_reached check (live_version between 1 and version);

alter table core.document_chunk
    add column document_version integer not null default 1,
    add constraint document_chunk_version_positive check (document_version > 0),
    drop constraint document_chunk_once,
    add constraint document_chunk_once unique (document_id, document_version, chunk_index);
alter table core.document_chunk alter column document_version drop default;

update core.document set live_version = version where status = 'completed';

-- What a version extracted, from the step that reads the file to the step that completes it.
create table core.document_draft (
    document_id uuid primary key,
    organization_id uuid not null,
    version integer not null,
    extracted_text text not null,
    layout varchar(20) not null,
    content_type varchar(100) not null,
    title varchar(500),
    created_at timestamptz not null default now(),
    constraint document_draft_document foreign key (organization_id, document_id)
        references core.document (organization_id, id) on delete cascade,
    constraint document_draft_layout_known check (layout in ('plain', 'markdown', 'table')),
    constraint document_draft_version_positive check (version > 0)
);

create index document_draft_organization on core.document_draft (organization_id, document_id);

select ops.isolate_organization('core.document_draft');
grant select, insert, update, delete on core.document_draft to assay_app;

drop function core.search_document_chunk(tsquery, integer, uuid[]);

-- Full-text candidates of the current organization, best first. Row-level security keeps a GIN index from being used
-- by the app's own statements, because @@ is not leakproof and may not run before the policy's condition; this runs as
-- the owner, whose policy has none, and applies the organization itself. Null document_ids or headings mean any;
-- headings match when one of them is in the heading path. Ranks are between 0 and 1.
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

-- Vector candidates of the current organization, nearest first, from the model's HNSW index. The statement is made
-- anew so that it names the model and its dimension, without which no partial index would serve it. Where pgvector can,
-- it goes on looking until enough rows pass the conditions, which one walk of the graph does not promise.
create function core.search_embedding(
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

grant execute on function core.search_document_chunk(tsquery, integer, uuid[], text[]) to assay_app;
grant execute on function core.search_embedding(uuid, halfvec, integer, uuid[], text[]) to assay_app;
