-- A sample organization to act as, for local use. Its API key is ask_sample_local_only, which is no secret: it is in
-- the documentation. Safe to repeat.
insert into ops.organization (id, name, slug)
values ('00000000-0000-7000-8000-000000000001', 'Sample', 'sample')
on conflict do nothing;

insert into ops.user_account (id, email, username, name)
values ('00000000-0000-7000-8000-000000000002', 'sample@example.com', 'sample', 'Sample User')
on conflict do nothing;

insert into ops.organization_user (id, organization_id, user_id, role)
values ('00000000-0000-7000-8000-000000000003', '00000000-0000-7000-8000-000000000001',
    '00000000-0000-7000-8000-000000000002', 'owner')
on conflict do nothing;

insert into ops.api_key (id, organization_id, user_id, name, prefix, key_hash, scopes)
values ('00000000-0000-7000-8000-000000000004', '00000000-0000-7000-8000-000000000001',
    '00000000-0000-7000-8000-000000000002', 'Sample key, local only', 'ask_sample',
    sha256(convert_to('ask_sample_local_only', 'UTF8')), '["admin"]')
on conflict do nothing;
