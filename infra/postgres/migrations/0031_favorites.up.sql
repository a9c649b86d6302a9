-- What a person wants to find again; nobody else sees it.
create table core.favorite (
    id uuid primary key default gen_random_uuid(),
    organization_id uuid not null,
    user_id uuid not null references ops.user_account (id) on delete cascade,
    entity_id uuid not null,
    created_at timestamptz not null default now(),
    constraint favorite_entity foreign key (organization_id, entity_id)
        references core.entity (organization_id, id) on delete cascade,
    constraint favorite_once unique (entity_id, user_id)
);

create index favorite_newest on core.favorite (user_id, organization_id, id desc);

alter table core.favorite enable row level security;
alter table core.favorite force row level security;
create policy own_favorite on core.favorite to assay_app
    using (organization_id = (select ops.current_organization()) and user_id = (select ops.current_user_id()))
    with check (organization_id = (select ops.current_organization()) and user_id = (select ops.current_user_id()));
create policy every_organization on core.favorite to assay_job, assay_owner using (true) with check (true);

-- Of whoever acts, for conditions of other lists.
create function core.favorites() returns setof uuid
    language sql stable
    as $$
    select entity_id from core.favorite
    where organization_id = ops.current_organization() and user_id = ops.current_user_id()
    $$;

select ops.audit('core.favorite');

grant select, delete on core.favorite to assay_app;
grant insert (id, organization_id, user_id, entity_id) on core.favorite to assay_app;
grant execute on function core.favorites() to assay_app;
