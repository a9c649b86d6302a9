drop function ops.forgive_attempt(bytea, bytea);
drop function ops.take_attempt(bytea[], integer[]);
drop table ops.attempt;
drop function ops.revoke_own_keys();
drop function ops.find_password_reset(bytea);
drop function ops.begin_password_reset(text, bytea, interval);
drop table ops.account_token;
drop table ops.user_preference;
