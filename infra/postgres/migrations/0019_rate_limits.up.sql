-- How often a subject (a key, a user, an organization, an address, a provider) did something within a window that ends
-- now. The window is counted in sixtieths: counts holds the 61 of them before the newest, and the newest, which has the
-- number bucket, counted from 1970. Whole sixtieths are counted, so that what is counted reaches at least one of them
-- further back than the window does, and a permit may be used until a sixtieth after it was taken.
--
-- Unlogged: it is written at every few requests, and after a crash of the server everybody starts with a full quota.
create unlogged table ops.rate_limit_window (
    subject varchar(200) not null,
    seconds integer not null,
    bucket bigint not null default 0,
    counts integer[] not null default array_fill(0, array[62]),
    constraint rate_limit_window_key primary key (subject, seconds),
    constraint rate_limit_window_seconds_positive check (seconds > 0),
    constraint rate_limit_window_counts_whole check (cardinality(counts) = 62)
) with (fillfactor = 50);

-- Takes permits of all the given limits, or of none. Permits are at least as many as needed, as long as there is room
-- for them; as many as wanted, while that is at most a sixteenth of the room; and never more than there is room for.
-- Answers a row a limit, in their order: permits taken (none when there is no room), how many are left, in how many
-- milliseconds there are more, and the bucket that they were counted in.
create function ops.take_permits(
    asked_subjects text[], asked_seconds integer[], asked_quotas integer[], needed integer, wanted integer,
    present timestamptz default clock_timestamp())
    returns table (taken integer, remaining integer, reset_ms bigint, counted_in bigint)
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    as $$
#variable_conflict use_column
begin
    -- Rows are made and locked in one order by everybody, so that nobody waits for each other. They are removed only
    -- under a lock on the table, so that those found here are there below.
    insert into ops.rate_limit_window (subject, seconds)
    select subject, seconds from unnest(asked_subjects, asked_seconds) asked (subject, seconds)
    order by subject, seconds
    on conflict do nothing;

    perform from ops.rate_limit_window held
    join unnest(asked_subjects, asked_seconds) asked (subject, seconds) using (subject, seconds)
    order by subject, seconds
    for update of held;

    return query
    with read as (
        select place, quota, subject, seconds, held.counts, held.bucket as last,
            -- A clock that was set back stands still here.
            greatest(held.bucket, floor(extract(epoch from present) * 60 / seconds)::bigint) as bucket
        from unnest(asked_subjects, asked_seconds, asked_quotas)
            with ordinality asked (subject, seconds, quota, place)
        join ops.rate_limit_window held using (subject, seconds)
    ), moved as (
        select place, quota, subject, seconds, bucket,
            case
                when bucket = last then counts
                when bucket - last >= 62 then array_fill(0, array[62])
                else counts[(bucket - last + 1)::integer:] || array_fill(0, array[(bucket - last)::integer])
            end as counts
        from read
    ), used as materialized (
        select moved.*, quota - (select sum(n) from unnest(counts) n)::integer as room from moved
    ), decided as (
        select least(min(room), greatest(needed, least(wanted, min(room) / 16))) as permits from used
    ), granted as materialized (
        select place, quota, subject, seconds, bucket, room - permits as room, permits,
            counts[:61] || counts[62] + permits as counts
        from used, (select greatest(permits, 0) as permits from decided) as decided
    ), written as (
        update ops.rate_limit_window held
        set bucket = granted.bucket, counts = granted.counts
        from granted
        where held.subject = granted.subject and held.seconds = granted.seconds and permits > 0
    )
    select permits, greatest(room, 0),
        -- The first sixtieths that hold as many permits as have to leave the window for one to be free.
        ceil(((bucket + coalesce((
            select min(index) from (
                select index, sum(n) over (order by index) as total
                from unnest(counts) with ordinality counted (n, index)) as summed
            where total >= greatest(1, 1 - room)), 62)) * seconds / 60.0 - extract(epoch from present)) * 1000)::bigint,
        bucket
    from granted
    order by place;
end
$$;

-- Gives back permits that were not used, to the buckets that they were counted in.
create function ops.return_permits(
    asked_subjects text[], asked_seconds integer[], counted_in bigint[], permits integer) returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    as $$
#variable_conflict use_column
begin
    perform from ops.rate_limit_window held
    join unnest(asked_subjects, asked_seconds) asked (subject, seconds) using (subject, seconds)
    order by subject, seconds
    for update of held;

    update ops.rate_limit_window held
    set counts[(62 - held.bucket + asked.bucket)::integer] =
        greatest(0, counts[(62 - held.bucket + asked.bucket)::integer] - permits)
    from unnest(asked_subjects, asked_seconds, counted_in) asked (subject, seconds, bucket)
    where held.subject = asked.subject and held.seconds = asked.seconds
        and held.bucket - asked.bucket between 0 and 61;
end
$$;

-- Removes windows in which nothing is counted any more. Returns how many, at most the given number.
create function ops.prune_rate_limits(rows_max integer default 10000) returns integer
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    as $$
declare
    removed integer;
begin
    -- Who takes permits waits meanwhile, hence in batches.
    lock table ops.rate_limit_window in share row exclusive mode;
    delete from ops.rate_limit_window
    where ctid = any (array(
        select ctid from ops.rate_limit_window
        where (bucket + 62) * seconds / 60.0 < extract(epoch from clock_timestamp())
        limit rows_max));
    get diagnostics removed = row_count;
    return removed;
end
$$;

grant execute on function ops.take_permits(text[], integer[], integer[], integer, integer, timestamptz) to assay_app;
grant execute on function ops.return_permits(text[], integer[], bigint[], integer) to assay_app;
grant execute on function ops.prune_rate_limits(integer) to assay_job;
