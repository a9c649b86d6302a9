drop table ops.provider_credential;
drop table ops.provider;
