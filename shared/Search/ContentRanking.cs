namespace Assay;

/// <summary>What a search found, best first, and what it counted.</summary>
public sealed record RankedSearch(IReadOnlyList<RankedContent> Hits, SearchFacets? Facets);

/// <summary>
/// Ranks by vector and by text, entities and chunks together, each as far as whoever acts sees it, and fuses both by
/// reciprocal rank (Cormack, Clarke and Büttcher, SIGIR 2009, k = 60). One statement.
/// </summary>
public sealed class ContentRanking(Database database)
{
    /// <summary>Pages that a search has.</summary>
    public const int PagesMax = 10;

    /// <summary>Fewer from each ranking would make fusion arbitrary.</summary>
    private const int DepthMin = 100;

    /// <summary>The most entities that text finds for facets to count, and that vectors do.</summary>
    private const int TextCountedMax = 10_000;
    private const int VectorCountedMax = 1_000;

    public async Task<RankedSearch> RankAsync(
        ContentQuery search, IReadOnlyList<ContentKind> kinds, string model, float[]? vector,
        CancellationToken cancellation)
    {
        var rows = await database.ListAsync<Row>(
            Statement, Parameters(search, kinds, model, vector), cancellation);
        var hits = rows.Where(row => row.Id is not null).Take(PagesMax * search.Limit).Select(row => new RankedContent(
            row.Kind == "chunk" ? ContentKind.Chunk : ContentKind.Entity, row.Id!.Value, (float)row.Score!.Value,
            (ushort)(row.VectorRank ?? 0), (ushort)(row.TextRank ?? 0)));
        return new([.. hits], search.Facets ? Facets(rows) : null);
    }

    /// <summary>
    /// The last change of what searches find: while it is the same, so are facets, but for vectors that have come.
    /// </summary>
    public Task<IReadOnlyList<Guid>> LastChangesAsync(CancellationToken cancellation) => database.ListAsync<Guid>(
        """
        select last.id
        from unnest(array['entity', 'entity_label', 'share']) changed
        cross join lateral (
            select id from ops.event
            where organization_id = (select ops.current_organization()) and entity_type = changed
            order by created_at desc, id desc
            limit 1) last
        order by last.id
        """,
        null, cancellation);

    internal static object Parameters(
        ContentQuery search, IReadOnlyList<ContentKind> kinds, string model, float[]? vector)
    {
        var depth = Math.Max(DepthMin, PagesMax * search.Limit);
        var filter = search.Filter ?? new();
        return new
        {
            Query = QueryTerms.Of(search.Query),
            AnyWord = QueryTerms.IsAnyWord(search.Query, search.Mode),
            Vector = vector is null ? null : HalfVectors.Of(vector),
            Model = model,
            Mode = search.Mode.ToString().ToLowerInvariant(),
            Entities = kinds.Contains(ContentKind.Entity),
            Chunks = kinds.Contains(ContentKind.Chunk),
            search.Facets,
            Depth = depth,
            TextTake = search.Facets ? TextCountedMax : depth,
            VectorTake = search.Facets ? VectorCountedMax : depth,
            Types = filter.Types?.ToArray(),
            Tags = filter.Tags?.ToArray(),
            AnyTags = filter.AnyTags?.ToArray(),
            OwnerIds = filter.OwnerIds?.ToArray(),
            Statuses = filter.Statuses?.ToArray(),
            Visibilities = filter.Visibilities?.ToArray(),
            Languages = filter.Languages?.ToArray(),
            filter.CreatedFrom,
            filter.CreatedTo,
            filter.ChangedFrom,
            filter.ChangedTo,
            Labels = filter.Labels?.ToArray(),
        };
    }

    private static SearchFacets Facets(IReadOnlyList<Row> rows)
    {
        var counts = rows.Where(row => row.Facet is not null).ToLookup(row => row.Facet!);
        IReadOnlyList<FacetCount> Of(string facet) =>
            [.. counts[facet].Select(row => new FacetCount(row.Value!, (int)row.Count!.Value))];
        return new(
            (int)counts["found"].Single().Count!.Value, counts["capped"].Single().Count > 0,
            Of("type"), Of("tag"), Of("status"), Of("visibility"), Of("owner"));
    }

    private sealed record Row(
        string? Kind, Guid? Id, double? Score, int? VectorRank, int? TextRank, string? Facet, string? Value,
        long? Count);

    // Facets look further than hits do, and do not change their order. 61 / 2 makes the score of a hit that is first in
    // both rankings 1.
    internal const string Statement =
        $"""
        with by_vector as (
            select kind, id, similarity,
                row_number() over (order by similarity desc, id desc)::int as place
            from (
                select 'entity' as kind, e.entity_id as id, e.similarity
                from core.search_entity_embedding((select id from core.embedding_model where name = @Model),
                    @Vector, @VectorTake, {ContentFilter.Sql}) e
                where @Entities and @Mode <> 'text'
                union all
                select 'chunk', c.document_chunk_id, c.similarity
                from core.search_embedding((select id from core.embedding_model where name = @Model),
                    @Vector, @VectorTake) c
                where @Chunks and @Mode <> 'text') near
        ), by_text as (
            select kind, id, score,
                row_number() over (order by score desc, id desc)::int as place
            from (
                select 'entity' as kind, e.entity_id as id, e.rank::float8 as score
                from core.search_entity(@Query, @AnyWord, @TextTake, {ContentFilter.Sql}) e
                where @Entities and @Mode <> 'vector'
                union all
                select 'chunk', c.document_chunk_id, c.rank
                from core.search_document_chunk(@Query, @AnyWord, @TextTake) c
                where @Chunks and @Mode <> 'vector') matching
        ), fused as (
            select kind, id, v.place as vector_rank, t.place as text_rank,
                case @Mode
                    when 'vector' then v.similarity
                    when 'text' then t.score
                    else (coalesce(1.0 / (60 + v.place), 0) + coalesce(1.0 / (60 + t.place), 0))::float8 * 61 / 2
                end as score
            from (select * from by_vector where place <= @Depth) v
            full join (select * from by_text where place <= @Depth) t using (kind, id)
        ), counted as (
            select e.type, e.status, e.visibility, e.owner_id, e.tags
            from (
                select id from by_vector where kind = 'entity'
                union
                select id from by_text where kind = 'entity') found
            join core.entity e on e.id = found.id
            where @Facets
        ), facet as (
            select facet, value, count(*), row_number() over (partition by facet order by count(*) desc, value) as place
            from counted
            cross join lateral (
                values ('type', type), ('status', status), ('visibility', visibility), ('owner', owner_id::text)
                union all
                select 'tag', unnest(tags)) said (facet, value)
            where value is not null
            group by facet, value
        )
        (select kind, id, score, vector_rank, text_rank, null as facet, null as value, null::bigint as count
        from fused
        order by score desc, id desc
        limit @Depth)
        union all
        (select null, null, null, null, null, facet, value, count from facet where place <= 50 order by facet, place)
        union all
        select null, null, null, null, null, 'found', null, (select count(*) from counted) where @Facets
        union all
        select null, null, null, null, null, 'capped', null,
            ((select count(*) from by_vector where kind = 'entity') >= @VectorTake
                or (select count(*) from by_text where kind = 'entity') >= @TextTake)::int
        where @Facets
        """;
}
