-- What could be said of two entities, found at night. What was dismissed stays, so that it is not said again.
create table core.suggestion (
    id uuid primary key default gen_random_uuid(),
    organization_id uuid not null,
    kind varchar(20) not null,
    source_id uuid not null,
    target_id uuid not null,
    relationship_type varchar(20),
    score double precision not null,
    reason varchar(1000) not null,
    status varchar(20) not null default 'open',
    decided_by uuid references ops.user_account (id) on delete set null,
    decided_at timestamptz,
    created_at timestamptz not null default now(),
    constraint suggestion_source foreign key (organization_id, source_id)
        references core.entity (organization_id, id) on delete cascade,
    constraint suggestion_target foreign key (organization_id, target_id)
        references core.entity (organization_id, id) on delete cascade,
    constraint suggestion_once unique (source_id, target_id, kind),
    constraint suggestion_kind_known check (kind in ('similar', 'duplicate', 'missing_relation')),
    constraint suggestion_of_relationship check ((kind = 'missing_relation') = (relationship_type is not null)),
    constraint suggestion_no_self_loop check (source_id <> target_id),
    constraint suggestion_score_in_range check (score between 0 and 1),
    constraint suggestion_status_known check (status in ('open', 'accepted', 'dismissed'))
);

create index suggestion_target on core.suggestion (target_id);
create index suggestion_newest on core.suggestion (organization_id, status, id desc);
create index suggestion_decided_by on core.suggestion (decided_by) where decided_by is not null;

-- Seen by whoever sees both ends.
alter table core.suggestion enable row level security;
alter table core.suggestion force row level security;
create policy own_organization on core.suggestion to assay_app
    using (organization_id = (select ops.current_organization())
        and core.sees_entity(source_id) and core.sees_entity(target_id))
    with check (organization_id = (select ops.current_organization()));
create policy every_organization on core.suggestion to assay_job, assay_owner using (true) with check (true);

select ops.audit('core.suggestion');

grant select, delete on core.suggestion to assay_app;
grant insert (id, organization_id, kind, source_id, target_id, relationship_type, score, reason) on core.suggestion
    to assay_app;
grant update (score, reason, status, decided_by, decided_at) on core.suggestion to assay_app;
grant select on core.suggestion to assay_job;

create function core.takes_part(entity core.entity) returns boolean
    language sql immutable parallel safe
    as $$ select entity.deleted_at is null and entity.status <> 'archived' and entity.visibility <> 'private' $$;

-- Entities that suggestions are looked for: since when one waits to be looked at, by which its title is found in other
-- texts, and by which its text is found by those that are alike. Triggers make it wait.
create table core.suggestion_subject (
    entity_id uuid primary key,
    organization_id uuid not null,
    due_at timestamptz default clock_timestamp(),
    title_beginning text,
    bands bigint[],
    constraint suggestion_subject_entity foreign key (organization_id, entity_id)
        references core.entity (organization_id, id) on delete cascade
);

create index suggestion_subject_due on core.suggestion_subject (organization_id, due_at) where due_at is not null;
create index suggestion_subject_title on core.suggestion_subject (organization_id, title_beginning);
create index suggestion_subject_bands on core.suggestion_subject using gin (bands) where bands is not null;

alter table core.suggestion_subject enable row level security;
alter table core.suggestion_subject force row level security;
create policy own_organization on core.suggestion_subject to assay_app
    using (organization_id = (select ops.current_organization()) and core.sees_entity(entity_id))
    with check (organization_id = (select ops.current_organization()));
create policy every_organization on core.suggestion_subject to assay_job, assay_owner using (true) with check (true);

-- What takes no part any more has no open suggestions from then on.
create function core.await_suggestions() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    if core.takes_part(new) then
        insert into core.suggestion_subject (entity_id, organization_id) values (new.id, new.organization_id)
        on conflict (entity_id) do update set due_at = excluded.due_at;
    elsif tg_op = 'UPDATE' then
        delete from core.suggestion_subject where entity_id = new.id;
        delete from core.suggestion where status = 'open' and source_id = new.id;
        delete from core.suggestion where status = 'open' and target_id = new.id;
    end if;
    return null;
end
$$;

create trigger await_suggestions_new after insert on core.entity
    for each row execute function core.await_suggestions();
create trigger await_suggestions_changed after update on core.entity
    for each row
    when ((old.title, old.content, old.status, old.visibility, old.deleted_at)
        is distinct from (new.title, new.content, new.status, new.visibility, new.deleted_at))
    execute function core.await_suggestions();

-- Waits for nobody, who may be waiting for this in turn: whoever changes an entity makes it wait as well.
create function core.await_suggestions_again(entity_ids uuid[]) returns void
    language sql security definer set search_path = pg_catalog, pg_temp
    as $$
    with free as (
        select s.entity_id from core.suggestion_subject s
        where s.entity_id = any (entity_ids) for update skip locked
    )
    update core.suggestion_subject s set due_at = clock_timestamp() from free where s.entity_id = free.entity_id
    $$;

create function core.await_suggestions_of_vector() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    perform core.await_suggestions_again(array[new.entity_id]);
    return null;
end
$$;

create trigger await_suggestions after update on core.embedding
    for each row when (new.entity_id is not null and new.status = 'completed')
    execute function core.await_suggestions_of_vector();

create function core.await_suggestions_of_relationship() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    as $$
declare
    edge core.relationship := coalesce(new, old);
begin
    perform core.await_suggestions_again(array[edge.source_id, edge.target_id]);
    return null;
end
$$;

create trigger await_suggestions after insert or delete on core.relationship
    for each row execute function core.await_suggestions_of_relationship();

insert into core.suggestion_subject (entity_id, organization_id)
select e.id, e.organization_id from core.entity e where core.takes_part(e);

-- Entities of the current organization whose texts share a band, those that share most first. As the owner, for the
-- reason that core.search_document_chunk gives.
create function core.search_suggestion_subject(wanted bigint[], take integer) returns table (entity_id uuid)
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$
    select s.entity_id
    from core.suggestion_subject s
    join core.entity e on e.organization_id = s.organization_id and e.id = s.entity_id
    where s.organization_id = ops.current_organization() and s.bands && wanted and core.takes_part(e)
    order by (select count(*) from unnest(s.bands) band where band = any (wanted)) desc, s.entity_id
    limit take
    $$;

grant select on core.suggestion_subject to assay_app, assay_job;
grant update (due_at, title_beginning, bands) on core.suggestion_subject to assay_app;
grant execute on function core.takes_part(core.entity), core.search_suggestion_subject(bigint[], integer) to assay_app;
