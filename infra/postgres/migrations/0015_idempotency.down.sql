drop table ops.idempotency_key;
