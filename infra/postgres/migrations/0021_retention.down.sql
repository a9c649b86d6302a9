drop function ops.retire_partitions(text, timestamptz);
