drop function ops.prune_rate_limits(integer);
drop function ops.return_permits(text[], integer[], bigint[], integer);
drop function ops.take_permits(text[], integer[], integer[], integer, integer, timestamptz);
drop table ops.rate_limit_window;
