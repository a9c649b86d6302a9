-- Flags and settings that were changed from what the code and the configuration say, for the whole installation and for
-- single organizations. A version is never used twice, also not by a row that was deleted and made again.
create sequence ops.setting_version;

create table ops.feature_flag (
    id uuid primary key default gen_random_uuid(),
    name varchar(100) not null,
    enabled boolean not null,
    version bigint not null default nextval('ops.setting_version'),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint feature_flag_once unique (name)
);

create table ops.feature_flag_override (
    id uuid primary key default gen_random_uuid(),
    organization_id uuid not null references ops.organization (id) on delete cascade,
    name varchar(100) not null,
    enabled boolean not null,
    version bigint not null default nextval('ops.setting_version'),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint feature_flag_override_once unique (organization_id, name)
);

create table ops.setting (
    id uuid primary key default gen_random_uuid(),
    name varchar(100) not null,
    value jsonb not null,
    version bigint not null default nextval('ops.setting_version'),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint setting_once unique (name),
    constraint setting_value_not_null check (jsonb_typeof(value) <> 'null')
);

create table ops.setting_override (
    id uuid primary key default gen_random_uuid(),
    organization_id uuid not null references ops.organization (id) on delete cascade,
    name varchar(100) not null,
    value jsonb not null,
    version bigint not null default nextval('ops.setting_version'),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint setting_override_once unique (organization_id, name),
    constraint setting_override_value_not_null check (jsonb_typeof(value) <> 'null')
);

select ops.isolate_organization('ops.feature_flag_override');
select ops.isolate_organization('ops.setting_override');

-- What holds for everybody is seen by everybody, and changed by nothing that acts for an organization.
alter table ops.feature_flag enable row level security;
alter table ops.feature_flag force row level security;
create policy seen_by_all on ops.feature_flag for select to assay_app, assay_job using (true);
create policy of_no_organization on ops.feature_flag to assay_app
    using ((select ops.current_organization()) is null) with check ((select ops.current_organization()) is null);
create policy owned on ops.feature_flag to assay_owner using (true) with check (true);

alter table ops.setting enable row level security;
alter table ops.setting force row level security;
create policy seen_by_all on ops.setting for select to assay_app, assay_job using (true);
create policy of_no_organization on ops.setting to assay_app
    using ((select ops.current_organization()) is null) with check ((select ops.current_organization()) is null);
create policy owned on ops.setting to assay_owner using (true) with check (true);

select ops.audit('ops.feature_flag');
select ops.audit('ops.feature_flag_override');
select ops.audit('ops.setting');
select ops.audit('ops.setting_override');

grant usage on sequence ops.setting_version to assay_app;
grant select, delete, insert (id, name, enabled), update (enabled, version, updated_at) on ops.feature_flag
    to assay_app;
grant select, delete, insert (id, organization_id, name, enabled), update (enabled, version, updated_at)
    on ops.feature_flag_override to assay_app;
grant select, delete, insert (id, name, value), update (value, version, updated_at) on ops.setting to assay_app;
grant select, delete, insert (id, organization_id, name, value), update (value, version, updated_at)
    on ops.setting_override to assay_app;
