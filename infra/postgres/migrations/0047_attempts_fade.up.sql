-- Attempts lose their count as time goes by: as many a day as are free. An address of many people, some of whom mistype
-- every day, would come to its limit otherwise, since none of its days is without an attempt.
alter table ops.attempt alter column attempts type double precision;

create or replace function ops.take_attempt(wanted bytea[], free integer[]) returns integer
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
    as $$
declare
    seconds double precision;
begin
    insert into ops.attempt (key) select distinct unnest(wanted) order by 1 on conflict do nothing;
    perform from ops.attempt where key = any (wanted) order by key for update;
    select extract(epoch from max(blocked_until) - clock_timestamp()) into seconds
    from ops.attempt where key = any (wanted) and blocked_until > '-infinity';
    if seconds > 0 then
        return ceil(seconds);
    end if;

    update ops.attempt a
    set attempts = counted.attempts,
        blocked_until = case when round(counted.attempts) < counted.free then '-infinity'::timestamptz
            else clock_timestamp()
                + least(900, 2 ^ least(20, round(counted.attempts) - counted.free)) * interval '1 second'
            end,
        last_attempt_at = clock_timestamp()
    from (
        select k.key, k.free,
            1 + greatest(0, b.attempts
                - k.free * extract(epoch from clock_timestamp() - b.last_attempt_at) / 86400) as attempts
        from unnest(wanted, free) k (key, free)
        join ops.attempt b on b.key = k.key
    ) counted
    where a.key = counted.key;
    if random() < 0.01 then
        delete from ops.attempt where key in (
            select key from ops.attempt where last_attempt_at < clock_timestamp() - interval '1 day'
            limit 1000 for update skip locked);
    end if;
    return 0;
end
$$;
