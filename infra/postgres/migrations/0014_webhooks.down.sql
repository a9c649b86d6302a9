drop trigger enqueue_webhooks on ops.event;
drop function ops.enqueue_webhooks();
drop table ops.webhook_delivery;
drop table ops.webhook;
