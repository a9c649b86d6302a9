drop function core.search_document_chunk(tsquery, integer, uuid[]);
drop function core.ensure_embedding_index(uuid);
drop table core.embedding;
drop table core.document_chunk;
drop function core.heading_text(text[]);
drop table core.document;
drop table core.embedding_model;
