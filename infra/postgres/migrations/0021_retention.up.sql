-- What is older than it is kept for goes by whole partitions, which costs little whatever their size: drops those of a
-- table that end at `since` or before, after deleting what its default partition holds from before. Today's stay in any
-- case. Returns how many were dropped. Dropping locks the whole table, to which every change writes: so rather than let
-- them queue behind it, it leaves the rest for another night when somebody reads there for long.
create function ops.retire_partitions(parent text, since timestamptz) returns integer
    language plpgsql security definer set search_path = pg_catalog, pg_temp set datestyle = 'ISO'
    set lock_timeout = '2s'
    as $$
declare
    partition regclass;
    retired integer := 0;
begin
    perform pg_advisory_xact_lock(hashtextextended('ops.ensure_partitions', 0));
    since := least(since, date_trunc('day', now(), 'UTC'));
    execute format('delete from ops.%I where created_at < $1', parent || '_default') using since;
    for partition in
        select old.oid
        from (
            select c.oid, substring(pg_get_expr(c.relpartbound, c.oid) from 'TO \(''([^'']+)''\)')::timestamptz as ends
            from pg_inherits i
            join pg_class c on c.oid = i.inhrelid
            where i.inhparent = format('ops.%I', parent)::regclass) old
        where old.ends <= since
        order by old.ends
    loop
        begin
            execute format('drop table %s', partition);
        exception when lock_not_available then
            raise log 'partition % is not retired tonight: its table is read for long', partition;
            return retired;
        end;
        retired := retired + 1;
    end loop;
    return retired;
end
$$;

grant execute on function ops.retire_partitions(text, timestamptz) to assay_job;
