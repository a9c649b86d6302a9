drop table ops.cache_entry;
