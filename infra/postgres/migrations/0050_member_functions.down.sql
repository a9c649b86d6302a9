do $$
begin
    execute regexp_replace(
        pg_get_functiondef('core.settle_private(uuid, uuid)'::regprocedure),
        '    if receiver is not null and former [^;]*;\n    end if;\n', '');
end
$$;

drop function ops.end_organization(timestamptz);
drop function ops.rename_organization(timestamptz, text);
drop function ops.create_organization(uuid, text, text, uuid);
drop function ops.accept_invitation(bytea, uuid);
drop function ops.hold_invitation(bytea);
drop function ops.revoke_invitation(uuid);
drop function ops.create_invitation(uuid, text, text, bytea, interval);
drop function ops.remove_member(uuid, timestamptz);
drop function ops.change_member(uuid, timestamptz, text);
drop function ops.rotate_api_key(uuid, interval, uuid, text, bytea);
drop function ops.revoke_api_key(uuid);
drop function ops.change_api_key(uuid, timestamptz, text, timestamptz);
drop function ops.create_api_key(uuid, uuid, text, text, bytea, jsonb, timestamptz);
drop function ops.assert_key_owner(uuid);
drop function ops.assert_rank(text);
drop function ops.acting_rank();
revoke execute on function ops.role_rank(text), ops.current_actor() from assay_identity;

revoke select (id, organization_id, email, role, invited_by, expires_at, accepted_at, accepted_by, revoked_at,
    created_at, updated_at) on ops.invitation from assay_app;
create policy every_identity on ops.organization for select to assay_identity using (true);
alter policy every_organization on ops.organization to assay_job, assay_owner;
revoke insert (id, name, slug), update (name, deleted_at, updated_at) on ops.organization from assay_identity;
grant insert (id, name, slug, settings), update (name, settings, deleted_at, updated_at)
    on ops.organization to assay_app;
grant insert, update (role, status, updated_at) on ops.organization_user to assay_app;
grant select, insert, update (accepted_at, accepted_by, revoked_at, updated_at) on ops.invitation to assay_app;
grant insert (id, organization_id, user_id, name, prefix, key_hash, scopes, expires_at),
    update (name, expires_at, revoked_at, replaced_by, updated_at)
    on ops.api_key to assay_app;
