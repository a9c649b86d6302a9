-- Three organizations to act as, for local use, each with a person of every role. Keys and passwords here are no secrets:
-- they follow a pattern that is in the documentation. Safe to repeat.
insert into ops.organization (id, name, slug)
values ('00000000-0000-7000-8000-000000000001', 'Sample', 'sample'),
    ('00000000-0000-7000-8000-000000000011', 'Acme', 'acme'),
    ('00000000-0000-7000-8000-000000000021', 'Globex', 'globex')
on conflict do nothing;

create temporary table sample_person on commit drop as
select o.id as organization_id, o.slug, r.role, md5(o.slug || '/' || r.role)::uuid as id,
    case when o.slug = 'sample' and r.role = 'owner' then 'ask_sample_local_only'
        else format('ask_%s_%s_local_only', o.slug, r.role) end as key
from ops.organization o
cross join (values ('owner'), ('admin'), ('member'), ('viewer')) r (role)
where o.slug in ('sample', 'acme', 'globex');

-- The owner of Sample administers the installation as well. Passwords are imported hashes, which a first login upgrades.
insert into ops.user_account (id, email, username, name, password_hash, email_verified_at, is_admin)
select id, format('%s@%s.example.com', role, slug), format('%s-%s', slug, role),
    format('%s %s', initcap(slug), role), public.crypt('sample, for local use', public.gen_salt('bf', 8)), now(),
    slug = 'sample' and role = 'owner'
from sample_person
on conflict do nothing;

insert into ops.organization_user (id, organization_id, user_id, role)
select md5(id::text || '/member')::uuid, organization_id, id, role from sample_person
on conflict do nothing;

insert into ops.api_key (id, organization_id, user_id, name, prefix, key_hash, scopes)
select md5(id::text || '/key')::uuid, organization_id, id, 'Sample key, local only', left(key, 12),
    sha256(convert_to(key, 'UTF8')), '["admin"]'
from sample_person
on conflict do nothing;
