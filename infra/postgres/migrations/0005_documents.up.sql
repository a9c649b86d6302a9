create table core.embedding_model (
    id uuid primary key default gen_random_uuid(),
    name varchar(100) not null,
    provider varchar(50) not null,
    dimension integer not null,
    max_tokens integer not null,
    is_active boolean not null default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint embedding_model_name_unique unique (name),
    -- 4000 is the most that pgvector can index as halfvec.
    constraint embedding_model_dimension_in_range check (dimension between 1 and 4000),
    constraint embedding_model_max_tokens_positive check (max_tokens > 0)
);

-- One row a path: new bytes at a path raise the version and replace the chunks. Equal bytes at two paths are two
-- documents. content_hash is the SHA-256 of the bytes; extracted_text is what the chunks' offsets point into.
create table core.document (
    id uuid primary key default gen_random_uuid(),
    organization_id uuid not null references ops.organization (id) on delete cascade,
    user_id uuid references ops.user_account (id) on delete set null,
    title varchar(500) not null,
    blob_path varchar(1000) not null,
    content_type varchar(100),
    byte_size bigint not null,
    content_hash bytea not null,
    status varchar(50) not null default 'pending',
    error text,
    language varchar(10),
    encoding varchar(20) not null default 'cl100k',
    chunk_size integer not null default 512,
    chunk_overlap integer not null default 50,
    chunk_count integer not null default 0,
    token_count integer,
    extracted_text text,
    embedding_model_id uuid references core.embedding_model (id),
    metadata jsonb not null default '{}',
    version integer not null default 1,
    completed_at timestamptz,
    deleted_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint document_in_organization unique (organization_id, id),
    constraint document_status_known check (status in ('pending', 'processing', 'completed', 'failed')),
    constraint document_failed_with_error check ((status = 'failed') = (error is not null)),
    constraint document_byte_size_not_negative check (byte_size >= 0),
    constraint document_content_hash_is_sha256 check (octet_length(content_hash) = 32),
    constraint document_encoding_known check (encoding in ('cl100k', 'o200k')),
    constraint document_chunk_size_in_range check (chunk_size between 1 and 8192),
    constraint document_chunk_overlap_in_range check (chunk_overlap >= 0 and chunk_overlap < chunk_size),
    constraint document_chunk_count_not_negative check (chunk_count >= 0),
    constraint document_token_count_not_negative check (token_count >= 0),
    constraint document_version_positive check (version > 0),
    constraint document_metadata_is_object check (jsonb_typeof(metadata) = 'object')
);

create unique index document_path_unique on core.document (organization_id, blob_path) where deleted_at is null;
create index document_newest on core.document (organization_id, created_at desc, id desc) where deleted_at is null;
create index document_user on core.document (user_id);
create index document_embedding_model on core.document (embedding_model_id);
-- What a sweep looks at: few rows, whatever the size of the table.
create index document_unfinished on core.document (updated_at)
    where status in ('pending', 'processing') and deleted_at is null;

-- array_to_string is only stable, because of types whose text depends on settings; of text it is immutable.
create function core.heading_text(heading_path text[]) returns text
    language sql immutable parallel safe
    as $$ select array_to_string(heading_path, ' ') $$;

grant execute on function core.heading_text(text[]) to assay_app, assay_job;

-- Offsets count UTF-16 code units of the document's extracted_text, end exclusive; chunks overlap by the document's
-- setting. Headings weigh more than content in the search vector.
create table core.document_chunk (
    id uuid primary key default gen_random_uuid(),
    organization_id uuid not null,
    document_id uuid not null,
    chunk_index integer not null,
    content text not null,
    heading_path text[] not null default '{}',
    start_offset integer not null,
    end_offset integer not null,
    token_count integer not null,
    content_hash bytea not null,
    search_vector tsvector not null generated always as (
        setweight(to_tsvector('english', core.heading_text(heading_path)), 'A')
        -- What stands in angle brackets is searched as words, not dropped as tags.
        || setweight(to_tsvector('english', translate(content, '<>', '  ')), 'B')) stored,
    created_at timestamptz not null default now(),
    constraint document_chunk_in_organization unique (organization_id, id),
    constraint document_chunk_document foreign key (organization_id, document_id)
        references core.document (organization_id, id) on delete cascade,
    constraint document_chunk_once unique (document_id, chunk_index),
    constraint document_chunk_index_not_negative check (chunk_index >= 0),
    constraint document_chunk_offsets_in_order check (start_offset >= 0 and end_offset > start_offset),
    constraint document_chunk_token_count_positive check (token_count > 0),
    constraint document_chunk_content_hash_is_sha256 check (octet_length(content_hash) = 32)
);

create index document_chunk_search on core.document_chunk using gin (search_vector);

-- Of a document's chunk or of an entity; the foreign key of entity_id comes with the table core.entity. The column has
-- no dimension of its own: the model's index, which every completed vector enters, refuses any other.
create table core.embedding (
    id uuid primary key default gen_random_uuid(),
    organization_id uuid not null references ops.organization (id) on delete cascade,
    embedding_model_id uuid not null references core.embedding_model (id),
    document_chunk_id uuid,
    entity_id uuid,
    status varchar(20) not null default 'pending',
    error text,
    vector halfvec,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint embedding_document_chunk foreign key (organization_id, document_chunk_id)
        references core.document_chunk (organization_id, id) on delete cascade,
    constraint embedding_of_one_thing check (num_nonnulls(document_chunk_id, entity_id) = 1),
    constraint embedding_once_a_chunk unique (document_chunk_id, embedding_model_id),
    constraint embedding_once_an_entity unique (entity_id, embedding_model_id),
    constraint embedding_status_known check (status in ('pending', 'completed', 'failed')),
    constraint embedding_complete_with_vector check ((status = 'completed') = (vector is not null)),
    constraint embedding_failed_with_error check ((status = 'failed') = (error is not null))
);

create index embedding_by_organization on core.embedding (organization_id);
create index embedding_by_model on core.embedding (embedding_model_id);
create index embedding_unfinished on core.embedding (updated_at) where status = 'pending';

select ops.isolate_organization('core.document');
select ops.isolate_organization('core.document_chunk');
select ops.isolate_organization('core.embedding');

-- Makes the model's HNSW index: partial, so that a search walks one model's graph only, and on a cast, because models
-- differ in dimension. A search must repeat both: where embedding_model_id = … and status = 'completed'
-- order by vector::halfvec(D) <=> … . Partitions by model would need the same cast, since a partition cannot give its
-- column a dimension, and would put the model into every key.
-- Cheap for a new model; over existing rows it blocks writes to core.embedding while it builds. pgvector before 0.8.4
-- can overflow in a parallel build, hence the setting.
create function core.ensure_embedding_index(model_id uuid) returns void
    language plpgsql security definer set search_path = pg_catalog, public, pg_temp
    set max_parallel_maintenance_workers = 0
    as $$
declare
    model_dimension integer;
begin
    select dimension into model_dimension from core.embedding_model where id = model_id;
    if model_dimension is null then
        raise exception 'No embedding model has the id %.', model_id using errcode = 'foreign_key_violation';
    end if;

    perform pg_advisory_xact_lock(hashtextextended('core.ensure_embedding_index', 0));
    execute format(
        'create index if not exists %I on core.embedding using hnsw ((vector::halfvec(%s)) halfvec_cosine_ops) '
        'where embedding_model_id = %L and status = ''completed''',
        'embedding_hnsw_' || replace(model_id::text, '-', ''), model_dimension, model_id);
end
$$;

-- Full-text candidates of the current organization, best first. Row-level security keeps a GIN index from being used
-- by the app's own statements, because @@ is not leakproof and may not run before the policy's condition; this runs as
-- the owner, whose policy has none, and applies the organization itself. document_ids null means every document.
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

insert into core.embedding_model (id, name, provider, dimension, max_tokens)
values ('00000000-0000-7000-8000-000000000384', 'assay-hash-384', 'built-in', 384, 8192);

select core.ensure_embedding_index('00000000-0000-7000-8000-000000000384');

grant select, insert, update on core.embedding_model to assay_app;
grant select, insert, update, delete on core.document, core.document_chunk, core.embedding to assay_app;
grant execute on function core.ensure_embedding_index(uuid) to assay_app;
grant execute on function core.search_document_chunk(tsquery, integer, uuid[]) to assay_app;
grant select on core.embedding_model, core.document, core.document_chunk, core.embedding to assay_job;
