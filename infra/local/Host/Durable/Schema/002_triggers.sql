-- One timer function. Who fires a tick holds the row under a lease from then until the function has run.
create table durable.timer_status (
    hub text not null,
    function_name text not null,
    schedule text not null,
    last_at timestamptz,
    next_at timestamptz not null,
    updated_at timestamptz not null default clock_timestamp(),
    lease uuid,
    lease_until timestamptz,
    primary key (hub, function_name)
);

-- A blob that one function has handled or is to handle. etag: the version to handle; handled_etag: the last one for which
-- the function ran to its end, so that no version runs twice whatever the order in which processes list a container.
create table durable.blob_receipt (
    id bigint generated always as identity primary key,
    hub text not null,
    function_name text not null,
    container text not null,
    blob_name text not null,
    etag text not null,
    modified_at timestamptz not null,
    handled_etag text,
    status text not null default 'waiting',
    attempts integer not null default 0,
    available_at timestamptz not null default clock_timestamp(),
    lease uuid,
    error text,
    updated_at timestamptz not null default clock_timestamp(),
    constraint blob_receipt_once unique (hub, function_name, container, blob_name),
    constraint blob_receipt_status_known check (status in ('waiting', 'running', 'handled', 'poison'))
) with (fillfactor = 80);

create index blob_receipt_due on durable.blob_receipt (hub, available_at) where status in ('waiting', 'running');
create index blob_receipt_poison on durable.blob_receipt (hub, id) where status = 'poison';
