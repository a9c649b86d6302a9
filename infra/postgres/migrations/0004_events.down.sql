drop function ops.ensure_partitions(date, integer, integer);
drop function ops.ensure_partition(text, text, date, date);
drop table ops.usage_event;
drop table ops.event;
