revoke update (created_by) on core.share from assay_app;
drop trigger check_grantor on ops.provider_credential;
drop trigger check_grantor on ops.api_key;
drop trigger check_grantor on core.share;
drop trigger check_grantor on ops.invitation;
drop function ops.check_key_user();
drop function core.check_share_grantor();
drop function ops.check_invitation_grantor();
drop function ops.require_role(uuid, uuid, text);
