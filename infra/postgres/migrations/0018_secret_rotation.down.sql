drop trigger audit on ops.webhook;
select ops.audit('ops.webhook', 'failures');
revoke select (id, ciphertext, encryption_key_id), update (ciphertext, encryption_key_id)
    on ops.webhook, ops.signing_key from assay_job;
