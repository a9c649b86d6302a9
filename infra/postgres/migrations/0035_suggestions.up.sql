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
