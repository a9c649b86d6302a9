-- What is stored sealed takes part in the rotation of keys, which is no change of it.
grant select (id, ciphertext, encryption_key_id), update (ciphertext, encryption_key_id)
    on ops.webhook, ops.signing_key to assay_job;
drop trigger audit on ops.webhook;
select ops.audit('ops.webhook', 'failures', 'encryption_key_id');
