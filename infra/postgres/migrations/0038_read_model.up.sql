-- What is counted of each entity, as of the last refresh. Row-level security cannot guard a materialized view: so
-- nobody but its owner reads it, and all others by the functions below, which hold it against the entities as they are.
-- What is private counts at its own end of a relationship only, so that figures do not tell of it.
create materialized view mart.entity_stats as
    select e.organization_id, e.id as entity_id, e.type, e.version as versions,
        coalesce(o.relations, 0) as relations_out, coalesce(i.relations, 0) as relations_in,
        coalesce(f.favorites, 0) as favorites, coalesce(c.comments, 0) as comments, coalesce(s.shares, 0) as shares,
        coalesce(l.labels, 0) as labels, coalesce(a.analyses, 0) as analyses, a.average_score, a.analyzed_at,
        e.valid_from as changed_at
    from core.entity e
    left join (
        select r.source_id, count(*) as relations
        from core.relationship r
        join core.entity t on t.id = r.target_id and t.deleted_at is null and t.visibility <> 'private'
        group by r.source_id) o on o.source_id = e.id
    left join (
        select r.target_id, count(*) as relations
        from core.relationship r
        join core.entity t on t.id = r.source_id and t.deleted_at is null and t.visibility <> 'private'
        group by r.target_id) i on i.target_id = e.id
    left join (select entity_id, count(*) as favorites from core.favorite group by entity_id) f on f.entity_id = e.id
    left join (select entity_id, count(*) as comments from core.comment group by entity_id) c on c.entity_id = e.id
    left join (
        select entity_id, count(*) as shares from core.share
        where revoked_at is null and (expires_at is null or expires_at > now())
        group by entity_id) s on s.entity_id = e.id
    left join (select entity_id, count(*) as labels from core.entity_label group by entity_id) l on l.entity_id = e.id
    left join (
        select entity_id, count(*) as analyses, trim_scale(round(avg(overall_score::numeric), 6)) as average_score,
            max(completed_at) as analyzed_at
        from core.analysis_result
        where entity_id is not null and status = 'completed'
        group by entity_id) a on a.entity_id = e.id
    where e.deleted_at is null;

create unique index entity_stats_key on mart.entity_stats (entity_id);
-- An index for each order that they are listed in.
create index entity_stats_changed on mart.entity_stats (organization_id, changed_at desc, entity_id desc);
create index entity_stats_versions on mart.entity_stats (organization_id, versions desc, entity_id desc);
create index entity_stats_relations
    on mart.entity_stats (organization_id, (relations_in + relations_out) desc, entity_id desc);
create index entity_stats_favorites on mart.entity_stats (organization_id, favorites desc, entity_id desc);
create index entity_stats_comments on mart.entity_stats (organization_id, comments desc, entity_id desc);
create index entity_stats_analyses on mart.entity_stats (organization_id, analyses desc, entity_id desc);
create index entity_stats_score
    on mart.entity_stats (organization_id, coalesce(average_score, -1) desc, entity_id desc);

-- What an organization has, and what it used in the 30 days of UTC before the last refresh.
create materialized view mart.organization_usage as
    select o.id as organization_id, coalesce(m.members, 0) as members, coalesce(e.entities, 0) as entities,
        coalesce(e.versions, 0) as versions, coalesce(d.documents, 0) as documents,
        coalesce(d.document_bytes, 0) as document_bytes, coalesce(a.analyses, 0) as analyses,
        coalesce(u.uses, 0) as uses_30_days, coalesce(u.failures, 0) as failures_30_days,
        coalesce(u.input_tokens, 0) as input_tokens_30_days, coalesce(u.output_tokens, 0) as output_tokens_30_days,
        coalesce(u.cost_usd, 0) as cost_usd_30_days
    from ops.organization o
    left join (
        select organization_id, count(*) as members from ops.organization_user
        where status = 'active' group by organization_id) m on m.organization_id = o.id
    left join (
        select organization_id, count(*) as entities, sum(version) as versions from core.entity
        where deleted_at is null group by organization_id) e on e.organization_id = o.id
    left join (
        select organization_id, count(*) as documents, sum(byte_size)::bigint as document_bytes from core.document
        where deleted_at is null group by organization_id) d on d.organization_id = o.id
    left join (
        select organization_id, count(*) as analyses from core.analysis_result
        where status = 'completed' group by organization_id) a on a.organization_id = o.id
    left join (
        select organization_id, count(*) as uses, count(*) filter (where status = 'failed') as failures,
            sum(input_tokens) as input_tokens, sum(output_tokens) as output_tokens,
            trim_scale(sum(cost_usd)) as cost_usd
        from ops.usage_event
        where created_at >= date_trunc('day', now(), 'UTC') - interval '720 hours'
        group by organization_id) u on u.organization_id = o.id;

create unique index organization_usage_key on mart.organization_usage (organization_id);

insert into mart.rollup_watermark (mart) values ('read_model');

-- Rows of both that this session removed and added, one that changed being both, since it last told the statistics.
create function mart.written_rows() returns bigint
    language sql volatile
    as $$
    select sum(pg_stat_get_xact_tuples_inserted(view) + pg_stat_get_xact_tuples_deleted(view))::bigint
    from unnest(array['mart.entity_stats', 'mart.organization_usage']::regclass[]) view
    $$;

-- Computes both anew, and writes what has changed while others read on. Returns how many rows it removed and added. Of
-- those who wait for the same refresh, the first does it for all.
create function mart.refresh_read_model() returns integer
    language plpgsql security definer set search_path = pg_catalog, pg_temp set work_mem = '64MB'
    as $$
declare
    known mart.rollup_watermark;
    began timestamptz;
    before bigint := mart.written_rows();
begin
    select * into known from mart.rollup_watermark w where w.mart = 'read_model' for update;
    if known.refreshed_at > now() then
        return 0;
    end if;
    began := clock_timestamp();
    refresh materialized view concurrently mart.entity_stats;
    refresh materialized view concurrently mart.organization_usage;
    update mart.rollup_watermark w
    set transaction_id = pg_snapshot_xmin(pg_current_snapshot()), refreshed_at = began,
        buckets_changed = mart.written_rows() - before
    where w.mart = 'read_model'
    returning w.* into known;
    return known.buckets_changed;
end
$$;

-- A page of an organization's entities that whoever acts sees now, most first, behind a value and an id. An entity that
-- was deleted since, or made private by somebody else, is not among them; one that was made since is not yet.
create function mart.list_entity_stats(
        sort text, of_type text default null, after_value text default null, after_id uuid default null,
        most integer default 50)
    returns table (
        entity_id uuid, type varchar, title varchar, versions integer, relations_out bigint, relations_in bigint,
        favorites bigint, comments bigint, shares bigint, labels bigint, analyses bigint, average_score numeric,
        analyzed_at timestamptz, changed_at timestamptz)
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
    as $$
declare
    -- What an index is of, and its type.
    ranked text[] := case sort
        when 'changed' then array['s.changed_at', 'timestamptz']
        when 'versions' then array['s.versions', 'bigint']
        when 'relations' then array['(s.relations_in + s.relations_out)', 'bigint']
        when 'favorites' then array['s.favorites', 'bigint']
        when 'comments' then array['s.comments', 'bigint']
        when 'analyses' then array['s.analyses', 'bigint']
        when 'score' then array['coalesce(s.average_score, -1)', 'numeric']
    end;
begin
    if ranked is null then
        raise 'Entities are not sorted by %.', sort using errcode = 'invalid_parameter_value';
    end if;
    return query execute format(
        $statement$
        select s.entity_id, s.type, e.title, s.versions, s.relations_out, s.relations_in, s.favorites, s.comments,
            s.shares, s.labels, s.analyses, s.average_score, s.analyzed_at, s.changed_at
        from mart.entity_stats s
        join core.entity e on e.id = s.entity_id and e.deleted_at is null and core.sees(e)
        where s.organization_id = ops.current_organization() %s %s
        order by %s desc, s.entity_id desc
        limit $4
        $statement$,
        case when of_type is not null then 'and s.type = $1' end,
        case when after_id is not null then format('and (%s, s.entity_id) < ($2::%s, $3)', ranked[1], ranked[2]) end,
        ranked[1])
        using of_type, after_value, after_id, most;
end
$$;

-- The one row of the current organization; none before the first refresh after it was made.
create function mart.get_organization_usage() returns setof mart.organization_usage
    language sql stable security definer set search_path = pg_catalog, pg_temp
    as $$ select * from mart.organization_usage u where u.organization_id = ops.current_organization() $$;

grant execute on function mart.refresh_read_model() to assay_job;
grant execute on function mart.list_entity_stats(text, text, text, uuid, integer), mart.get_organization_usage()
    to assay_app;
