revoke insert (id, email, email_verified_at, name, avatar_url, password_hash, password_changed_at),
    update (email, email_verified_at, username, name, avatar_url, bio, password_hash, password_changed_at, last_login_at,
        updated_at),
    delete
    on ops.user_account from assay_app;
revoke select (bio, has_password, last_login_at, email_verified_at, created_at, updated_at) on ops.user_account from assay_app;

drop function ops.authenticate_session(uuid, uuid, text);
drop function ops.record_failed_login(uuid, text, inet);
drop function ops.find_own_login();
drop function ops.find_login(text);

drop trigger audit on ops.user_account;
drop table ops.signing_key;
drop table ops.session;
drop index ops.user_account_imported;
alter table ops.user_account
    drop constraint user_account_verified_is_an_address,
    drop column has_password,
    drop column password_changed_at,
    drop column email_verified_at;
drop function ops.isolate_user(regclass);
