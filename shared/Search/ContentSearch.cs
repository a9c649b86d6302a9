using System.Diagnostics;

namespace Assay;

/// <summary>A page of what a search found.</summary>
/// <param name="Next">The cursor of the next page; null on the last.</param>
/// <param name="Facets">On the first page, where they were asked for.</param>
public sealed record ContentPage(IReadOnlyList<ContentHit> Items, string? Next, SearchFacets? Facets)
{
    public static ContentPage Example => new([ContentHit.Example], null, SearchFacets.Example);
}

/// <summary>Finds entities and parts of documents, as far as whoever acts sees them.</summary>
public sealed class ContentSearch(
    Database database, OrganizationScope scope, ContentRanking ranking, EmbeddingModels models,
    QueryEmbedding embedding, AnswerCache cache, UsageLog usage)
{
    /// <summary>Of a text, what snippets are looked for in: the rest of a long one would take long to read.</summary>
    private const int SnippetTextMax = 200_000;

    /// <param name="kinds">Those that are asked for and allowed.</param>
    public async Task<ContentPage> FindAsync(
        ContentQuery search, IReadOnlyList<ContentKind> kinds, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        var found = SearchCursor.Read(search) is { } rest
            ? new RankedSearch([.. rest.Where(hit => kinds.Contains(hit.Kind))], null)
            : await RankAsync(search, kinds, cancellation);
        // That a search was made is written down while its page is read.
        var recording = search.After is null ? RecordAsync(search, started, cancellation) : Task.CompletedTask;
        var reading = ReadAsync(search, [.. found.Hits.Take(search.Limit)], cancellation);
        await Task.WhenAll(reading, recording);
        var next = found.Hits.Count > search.Limit
            ? SearchCursor.Write(search, [.. found.Hits.Skip(search.Limit)])
            : null;
        return new(await reading, next, found.Facets);
    }

    private async Task<RankedSearch> RankAsync(
        ContentQuery search, IReadOnlyList<ContentKind> kinds, CancellationToken cancellation)
    {
        var vector = search.Mode is SearchMode.Text ? null : await embedding.OfAsync(search.Query, cancellation);
        Task<RankedSearch> Rank(bool facets) =>
            ranking.RankAsync(search with { Facets = facets }, kinds, models.Name, vector, cancellation);
        if (!search.Facets)
            return await Rank(facets: false);

        RankedSearch? counted = null;
        var facets = await cache.GetOrComputeAsync(
            CacheKind.Response,
            CacheKey.Of(
                "facets", scope.Actor.Kind, scope.Actor.Id, scope.Actor.UserId, search with { Limit = 0 }, kinds,
                models.Name, await ranking.LastChangesAsync(cancellation)),
            async _ => (counted = await Rank(facets: true)).Facets,
            cancellation);
        return counted ?? await Rank(facets: false) with { Facets = facets };
    }

    private Task RecordAsync(ContentQuery search, long started, CancellationToken cancellation) => usage.RecordAsync(
        new Usage(
            "content-search", models.Provider, models.Name,
            Tokenizer.Get(TokenEncoding.Cl100k).Count(search.Query, cancellation),
            Elapsed: Stopwatch.GetElapsedTime(started)),
        cancellation);

    // What is gone meanwhile, or no longer seen, leaves its place empty.
    private async Task<IReadOnlyList<ContentHit>> ReadAsync(
        ContentQuery search, IReadOnlyList<RankedContent> page, CancellationToken cancellation)
    {
        if (page.Count == 0)
            return [];
        var rows = await database.ListAsync<Row>(Statement, Parameters(search, page), cancellation);
        var known = rows.ToDictionary(row => row.Id);
        return [.. page.Where(hit => known.ContainsKey(hit.Id)).Select(hit => Hit(hit, known[hit.Id]))];
    }

    internal static object Parameters(ContentQuery search, IReadOnlyList<RankedContent> page)
    {
        Guid[] Of(ContentKind kind) => [.. page.Where(hit => hit.Kind == kind).Select(hit => hit.Id)];
        return new
        {
            Query = QueryTerms.Of(search.Query),
            AnyWord = QueryTerms.IsAnyWord(search.Query, search.Mode),
            Entities = Of(ContentKind.Entity),
            Chunks = Of(ContentKind.Chunk),
            TextMax = SnippetTextMax,
            Disguised = $"<>{Snippets.Start}{Snippets.Stop}",
            Snippets.Brackets,
            Snippets.Options,
        };
    }

    private static ContentHit Hit(RankedContent ranked, Row row) => new(
        ranked.Kind,
        ranked.Id,
        row.Title,
        Snippets.Highlight(row.Snippet),
        Math.Round(ranked.Score, 6),
        ranked.VectorRank == 0 ? null : ranked.VectorRank,
        ranked.TextRank == 0 ? null : ranked.TextRank,
        row.Type is null
            ? null
            : new(
                row.Type, row.Status!, row.Visibility!, row.Tags!, row.Language, row.OwnerId, row.Version!.Value,
                row.CreatedAt!.Value, row.ChangedAt!.Value),
        row.DocumentId is not { } document
            ? null
            : new(document, row.HeadingPath!, row.ChunkIndex!.Value, row.StartOffset!.Value, row.EndOffset!.Value));

    private sealed record Row(
        Guid Id,
        string Title,
        string Snippet,
        string? Type,
        string? Status,
        string? Visibility,
        string[]? Tags,
        string? Language,
        Guid? OwnerId,
        int? Version,
        DateTimeOffset? CreatedAt,
        DateTimeOffset? ChangedAt,
        Guid? DocumentId,
        string[]? HeadingPath,
        int? ChunkIndex,
        int? StartOffset,
        int? EndOffset);

    internal const string Statement =
        """
        select e.id, e.title,
            ts_headline(s.config::regconfig,
                translate(left(concat_ws(E'\n', e.description, core.entity_text(e.content)), @TextMax), @Disguised,
                    @Brackets),
                core.search_query(s.config::regconfig, @Query, @AnyWord), @Options) as snippet,
            e.type, e.status, e.visibility, e.tags, s.language, e.owner_id, e.version, e.created_at,
            e.valid_from as changed_at, null::uuid as document_id, null::text[] as heading_path,
            null::integer as chunk_index, null::integer as start_offset, null::integer as end_offset
        from core.entity e
        join core.entity_search s on s.entity_id = e.id
        where e.id = any (@Entities) and e.deleted_at is null
        union all
        select c.id, d.title,
            ts_headline(c.config::regconfig, translate(c.content, @Disguised, @Brackets),
                core.search_query(c.config::regconfig, @Query, @AnyWord), @Options),
            null, null, null, null, null, null, null, null, null, d.id, c.heading_path, c.chunk_index, c.start_offset,
            c.end_offset
        from core.document_chunk c
        join core.document d on d.id = c.document_id and d.live_version = c.document_version
        where c.id = any (@Chunks) and d.deleted_at is null
        """;
}
