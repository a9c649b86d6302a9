-- Names that point at versions of entities, such as production. One row a name, so that it moves at once.
create table core.entity_label (
    id uuid primary key default gen_random_uuid(),
    organization_id uuid not null references ops.organization (id) on delete cascade,
    entity_id uuid not null,
    name varchar(50) not null,
    version integer not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint entity_label_entity foreign key (organization_id, entity_id)
        references core.entity (organization_id, id) on delete cascade,
    constraint entity_label_once unique (entity_id, name),
    constraint entity_label_name_is_plain check (name ~ '^[a-z0-9][a-z0-9._-]*$'),
    constraint entity_label_version_positive check (version > 0)
);

create index entity_label_name on core.entity_label (organization_id, name);

-- What holds for a label of the whole organization.
create table core.label_rule (
    id uuid primary key default gen_random_uuid(),
    organization_id uuid not null references ops.organization (id) on delete cascade,
    name varchar(50) not null,
    needs_approval boolean not null default false,
    approval_hours integer not null default 72,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint label_rule_once unique (organization_id, name),
    constraint label_rule_name_is_plain check (name ~ '^[a-z0-9][a-z0-9._-]*$'),
    constraint label_rule_approval_hours_in_range check (approval_hours between 1 and 720)
);

-- Somebody wants to move a label, and somebody else has to agree. started_at is when the orchestration that waits for
-- it began.
create table core.label_request (
    id uuid primary key default gen_random_uuid(),
    organization_id uuid not null references ops.organization (id) on delete cascade,
    entity_id uuid not null,
    name varchar(50) not null,
    version integer not null,
    user_id uuid references ops.user_account (id) on delete set null,
    status varchar(20) not null default 'pending',
    decided_by uuid references ops.user_account (id) on delete set null,
    comment varchar(1000),
    expires_at timestamptz not null,
    started_at timestamptz,
    escalated_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint label_request_entity foreign key (organization_id, entity_id)
        references core.entity (organization_id, id) on delete cascade,
    constraint label_request_status_known check (status in ('pending', 'approved', 'rejected', 'expired')),
    constraint label_request_version_positive check (version > 0)
);

create unique index label_request_one_pending on core.label_request (entity_id, name) where status = 'pending';
create index label_request_of_entity on core.label_request (entity_id);
create index label_request_newest on core.label_request (organization_id, id desc);
create index label_request_user on core.label_request (user_id);
create index label_request_decided_by on core.label_request (decided_by);
create index label_request_not_started on core.label_request (created_at)
    where started_at is null and status = 'pending';

-- Labels are of versions that there are, and tell as little of what is private as the entity does.
create function core.check_label() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    as $$
begin
    if new.version > (select e.version from core.entity e where e.id = new.entity_id) then
        raise exception 'There is no such version yet.'
            using errcode = 'check_violation', constraint = 'entity_label_version_exists';
    end if;
    return new;
end
$$;

create trigger check_version before insert or update of version on core.entity_label
    for each row execute function core.check_label();
create trigger check_version before insert on core.label_request
    for each row execute function core.check_label();

alter table core.entity_label enable row level security;
alter table core.entity_label force row level security;
create policy own_organization on core.entity_label to assay_app
    using (organization_id = (select ops.current_organization()) and core.sees_entity(entity_id))
    with check (organization_id = (select ops.current_organization()) and core.sees_entity(entity_id));
create policy every_organization on core.entity_label to assay_job, assay_owner using (true) with check (true);

alter table core.label_request enable row level security;
alter table core.label_request force row level security;
create policy own_organization on core.label_request to assay_app
    using (organization_id = (select ops.current_organization()) and core.sees_entity(entity_id))
    with check (organization_id = (select ops.current_organization()) and core.sees_entity(entity_id));
create policy every_organization on core.label_request to assay_job, assay_owner using (true) with check (true);

select ops.isolate_organization('core.label_rule');

select ops.audit('core.entity_label');
select ops.audit('core.label_rule');
select ops.audit('core.label_request', 'started_at');

grant select, delete, insert (id, organization_id, entity_id, name, version), update (version, updated_at)
    on core.entity_label to assay_app;
grant select, delete, insert (id, organization_id, name, needs_approval, approval_hours),
    update (needs_approval, approval_hours, updated_at) on core.label_rule to assay_app;
grant select, insert (id, organization_id, entity_id, name, version, user_id, expires_at),
    update (status, decided_by, comment, updated_at) on core.label_request to assay_app;
grant select on core.entity_label, core.label_rule to assay_job;
grant select, update (status, started_at, escalated_at, updated_at) on core.label_request to assay_job;
