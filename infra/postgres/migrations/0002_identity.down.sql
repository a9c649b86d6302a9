drop function ops.authenticate_api_key(bytea);
drop table ops.api_key;
drop table ops.organization_user;
drop table ops.user_account;
drop table ops.organization;
