drop function core.search_embedding(uuid, halfvec, integer, uuid[], text[]);
drop function core.search_document_chunk(tsquery, integer, uuid[], text[]);

create function core.search_document_chunk(query tsquery, take integer, document_ids uuid[] default null)
    returns table (document_chunk_id uuid, rank real)
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
    select c.id, ts_rank_cd(c.search_vector, query, 1 | 32) as rank
    from core.document_chunk c
    join core.document d on d.id = c.document_id
    where c.organization_id = ops.current_organization()
        and c.search_vector @@ query
        and d.deleted_at is null
        and (document_ids is null or c.document_id = any (document_ids))
    order by rank desc, c.id
    limit take
    $$;

grant execute on function core.search_document_chunk(tsquery, integer, uuid[]) to assay_app;

drop table core.document_draft;

-- Only live chunks fit the schema before versions.
delete from core.document_chunk c
using core.document d
where d.id = c.document_id and d.live_version is distinct from c.document_version;

alter table core.document_chunk
    drop constraint document_chunk_once,
    drop column document_version,
    add constraint document_chunk_once unique (document_id, chunk_index);
alter table core.document drop column live_version;
