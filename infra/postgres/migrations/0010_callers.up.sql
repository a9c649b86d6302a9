-- Who acts: the user of the current transaction, or null. As ops.current_organization.
create function ops.current_user_id() returns uuid
    language sql stable parallel safe
    as $$ select nullif(current_setting('assay.user_id', true), '')::uuid $$;

grant execute on function ops.current_user_id() to assay_app, assay_job;

-- People see the organizations that they belong to, whichever of them a request acts for.
create policy own_membership on ops.organization_user for select to assay_app
    using (user_id = (select ops.current_user_id()));

alter table ops.organization enable row level security;
alter table ops.organization force row level security;
create policy own_organization on ops.organization to assay_app
    using (id = (select ops.current_organization()))
    with check (id = (select ops.current_organization()));
create policy joined_organization on ops.organization for select to assay_app
    using (exists (
        select from ops.organization_user m
        where m.organization_id = organization.id and m.user_id = (select ops.current_user_id())
            and m.status = 'active'));
create policy every_organization on ops.organization to assay_job, assay_owner using (true) with check (true);

-- Accounts belong to nobody's organization: one sees oneself, and those one shares the current organization with.
alter table ops.user_account enable row level security;
alter table ops.user_account force row level security;
create policy own_account on ops.user_account to assay_app
    using (id = (select ops.current_user_id()))
    with check (id = (select ops.current_user_id()));
create policy fellow_member on ops.user_account for select to assay_app
    using (exists (
        select from ops.organization_user m
        where m.user_id = user_account.id and m.organization_id = (select ops.current_organization())));
create policy every_account on ops.user_account to assay_job, assay_owner using (true) with check (true);

-- A dropped file names its organization before any is set.
create function ops.find_organization(wanted text) returns uuid
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$ select id from ops.organization where slug = wanted $$;

grant execute on function ops.find_organization(text) to assay_app;

-- A key can do no more than the person it belongs to, and ends with them. Before, a deleted user's key lived on.
alter table ops.api_key
    drop constraint api_key_user_id_fkey,
    add constraint api_key_user foreign key (user_id) references ops.user_account (id) on delete cascade;

-- As before, with the role of the key's user. A key without one is the organization's own, and its scopes say it all.
drop function ops.authenticate_api_key(bytea);
create function ops.authenticate_api_key(hash bytea)
    returns table (
        api_key_id uuid, organization_id uuid, organization_slug varchar, user_id uuid, is_admin boolean, role varchar,
        scopes text[])
    language sql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
    with live as (
        select k.id, k.organization_id, o.slug, k.user_id, coalesce(u.is_admin, false) as is_admin,
            coalesce(m.role, 'admin') as role, k.scopes, k.last_used_at
        from ops.api_key k
        join ops.organization o on o.id = k.organization_id
        left join ops.user_account u on u.id = k.user_id
        left join ops.organization_user m
            on m.organization_id = k.organization_id and m.user_id = k.user_id and m.status = 'active'
        where k.key_hash = hash and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())
            and (k.user_id is null or (u.is_active and m.id is not null))
    ), used as (
        update ops.api_key k set last_used_at = now()
        from live
        where k.id = live.id and (live.last_used_at is null or live.last_used_at < now() - interval '1 minute')
    )
    select id, organization_id, slug, user_id, is_admin, role,
        array(select jsonb_array_elements_text(live.scopes))
    from live
    $$;

grant execute on function ops.authenticate_api_key(bytea) to assay_app;

-- What the audit trail tells of a request.
alter table ops.event
    add column request_id varchar(64),
    add column address inet;
