-- The column first: the function below reads whole numbers from it.
alter table ops.attempt alter column attempts type integer using round(attempts)::integer;

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
        blocked_until = case when counted.attempts < counted.free then '-infinity'::timestamptz
            else clock_timestamp() + least(900, 2 ^ least(20, counted.attempts - counted.free)) * interval '1 second'
            end,
        last_attempt_at = clock_timestamp()
    from (
        select k.key, k.free,
            case when b.last_attempt_at < clock_timestamp() - interval '1 day' then 1 else b.attempts + 1 end
                as attempts
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
