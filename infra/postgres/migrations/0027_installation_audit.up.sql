-- What is done to what all organizations share (providers, settings, guesses at no account) belongs to no organization
-- and no person. Administrators of the installation see it, and nobody else.
create policy whole_installation on ops.event for select to assay_app
    using (organization_id is null and user_id is null and (
        select exists (
            select from ops.user_account u
            where u.id = ops.current_user_id() and u.is_admin and u.is_active)));
create index event_installation on ops.event (created_at desc, id desc)
    where organization_id is null and user_id is null;
