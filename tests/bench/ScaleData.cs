using Dapper;

namespace Assay.Bench;

/// <summary>
/// A database full of entities of seven organizations, of which one has 70 %. Each entity has five versions, as the
/// trigger would have kept them, and two relationships to some that are a little older; some have comments, favorites
/// and labels, and some are private. Left out is what other sections measure: vectors, and the events of the audit.
/// </summary>
internal static class ScaleData
{
    /// <summary>Of whoever asks in the organization that has 70 %, and in one that has 5 %.</summary>
    public const string Key = "ask_of_the_benchmark";

    public const string SmallKey = "ask_of_the_benchmark_5";

    private const int Organizations = 7;
    private const int Pieces = 1000;
    private const int PieceLength = 300;
    private const int PieceDistance = 611;

    /// <summary>Without triggers, and with the indexes that are slow to fill row by row made last.</summary>
    public static async Task FillAsync(BenchDatabase database, int entities)
    {
        var text = Repository.Text(".cs", Pieces * PieceDistance + PieceLength);
        var pieces = Enumerable.Range(0, Pieces).Select(n => text.Substring(n * PieceDistance, PieceLength)).ToArray();
        await using var connection = await database.OpenAsync();
        await connection.ExecuteAsync(Prepare, new { pieces, Key, SmallKey, Organizations }, commandTimeout: 0);
        await connection.ExecuteAsync(Fill, new { entities, Pieces }, commandTimeout: 0);
        await connection.ExecuteAsync(Index, commandTimeout: 0);
        await connection.ExecuteAsync("vacuum (analyze)", commandTimeout: 0);
    }

    // The first organization is the big one. Each has a member who asks, and one who keeps some entities private.
    private const string Prepare =
        """
        set session_replication_role = replica;
        set work_mem = '128MB';
        set maintenance_work_mem = '1GB';
        create temporary table piece as
            select n::integer - 1 as n, text,
                setweight(to_tsvector('english', text), 'C') || to_tsvector('simple', text) as words
            from unnest(@pieces) with ordinality as p (text, n);
        alter table piece add primary key (n);
        create temporary table tenant as
            select n, gen_random_uuid() as id, gen_random_uuid() as asking, gen_random_uuid() as keeping
            from generate_series(1, @Organizations) n;
        insert into ops.organization (id, name, slug) select id, 'Benchmark', 'bench-' || n from tenant;
        insert into ops.user_account (id) select unnest(array[asking, keeping]) from tenant;
        insert into ops.organization_user (organization_id, user_id, role)
            select id, unnest(array[asking, keeping]), 'member' from tenant;
        insert into ops.api_key (organization_id, user_id, name, prefix, key_hash, scopes)
            select id, asking, 'Benchmark', 'ask_of', sha256(key::bytea), '["admin"]'
            from tenant
            join (values (1, @Key), (2, @SmallKey)) k (n, key) using (n);
        analyze piece;
        analyze tenant
        """;

    private const string Fill =
        """
        alter table core.entity_version drop constraint entity_version_never_overlaps;
        drop index core.entity_search_words;

        create temporary table made as
            select g.n, t.id as organization_id, row_number() over (partition by t.id order by g.n) as place,
                created_at,
                (lpad(to_hex((extract(epoch from created_at) * 1000)::bigint), 12, '0') || '7'
                    || substr(md5(g.n::text), 1, 3) || '8' || substr(md5(g.n::text), 4, 15))::uuid as id,
                case when g.n % 50 = 7 then t.keeping else t.asking end as owner_id,
                case when g.n / 20 % 10 < 7 then 'prompt' when g.n / 20 % 10 < 9 then 'template' else 'context' end
                    as type,
                array_remove(array['topic-' || g.n % 1000, case when g.n % 10 = 0 then 'common' end,
                    case when g.n % (@entities / 20) = 0 then 'rare' end], null) as tags
            from generate_series(1, @entities) g (n)
            cross join lateral (
                select now() - interval '1 year' + g.n * (interval '300 days' / @entities)) c (created_at)
            join tenant t on t.n = greatest(1, g.n % 20 - 12);
        create index on made (organization_id, place);
        analyze made;

        insert into core.entity (id, organization_id, owner_id, type, title, description, status, visibility, content,
            tags, note, version, valid_from, created_at)
        select m.id, m.organization_id, m.owner_id, m.type, 'Entity ' || m.n, 'Number ' || m.n || ' of the benchmark',
            'active', case when m.n % 50 in (7, 8) then 'private' else 'organization' end,
            jsonb_build_object('text', p.text), m.tags, 'Shorter', 5, m.created_at + interval '40 days', m.created_at
        from made m
        join piece p on p.n = m.n % @Pieces
        order by m.n;

        insert into core.entity_tag (organization_id, entity_id, tag)
        select organization_id, id, unnest(tags) from made;

        insert into core.entity_version (organization_id, entity_id, version, type, title, status, visibility, content,
            content_schema, tags, metadata, note, valid_from, valid_to)
        select m.organization_id, m.id, v, m.type, 'Entity ' || m.n, 'draft', 'organization',
            jsonb_build_object('text', p.text), 1, m.tags, '{}', 'Version ' || v,
            m.created_at + (v - 1) * interval '10 days', m.created_at + v * interval '10 days'
        from made m
        cross join generate_series(1, 4) v
        join piece p on p.n = (m.n + 37 * v) % @Pieces
        order by m.n, v;

        insert into core.relationship (id, organization_id, source_id, target_id, type, valid_from, created_at)
        select (left(s.id::text, 24) || left(md5(r.type || s.n), 12))::uuid, s.organization_id, s.id, t.id, r.type,
            s.created_at, s.created_at
        from made s
        cross join (values ('depends_on', 61), ('derived_from', 97)) r (type, distance)
        join made t on t.organization_id = s.organization_id and t.place = s.place - 1 - s.n * 31 % r.distance;

        insert into core.entity_search (entity_id, organization_id, language, config, search_vector)
        select m.id, m.organization_id, 'en', 'english',
            setweight(to_tsvector('english', 'Entity ' || m.n), 'A') || p.words
        from made m
        join piece p on p.n = m.n % @Pieces;

        insert into core.comment (organization_id, entity_id, entity_version, text)
        select organization_id, id, 5, 'Comment of the benchmark' from made where n % 10 = 3;
        insert into core.favorite (organization_id, user_id, entity_id)
        select organization_id, owner_id, id from made where n % 10 = 4;
        insert into core.entity_label (organization_id, entity_id, name, version)
        select organization_id, id, 'production', 4 from made where n % 5 = 0
        """;

    private const string Index =
        """
        alter table core.entity_version add constraint entity_version_never_overlaps
            exclude using gist (entity_id with =, tstzrange(valid_from, valid_to) with &&);
        create index entity_search_words on core.entity_search using gin (search_vector)
        """;
}
