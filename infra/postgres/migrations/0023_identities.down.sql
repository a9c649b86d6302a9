drop function ops.take_sign_in(bytea);
delete from ops.account_token where purpose = 'sign_in';
alter table ops.account_token
    drop constraint account_token_mailed_somewhere,
    drop constraint account_token_purpose_known,
    add constraint account_token_purpose_known check (purpose in ('password_reset', 'email_verification')),
    alter column email set not null;
drop function ops.find_auth_account(text, text);
drop function ops.end_provider_visit(bytea, bytea, text);
drop function ops.begin_provider_visit(bytea, bytea, text, text, uuid, interval);
drop table ops.provider_visit;
drop table ops.auth_account;
