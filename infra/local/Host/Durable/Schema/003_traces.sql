-- Who asked for an instance, as a W3C traceparent; null when nobody traces.
alter table durable.instance add column trace_parent text;
