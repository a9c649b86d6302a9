using System.ComponentModel.DataAnnotations;
using System.Diagnostics;

namespace Assay;

/// <summary>How chunks are ranked.</summary>
public enum SearchMode
{
    /// <summary>By nearness of their vectors to the query's.</summary>
    Vector,

    /// <summary>By full text, in the syntax of web searches: quoted phrases, <c>or</c>, <c>-without</c>.</summary>
    Text,

    /// <summary>Both, fused by their ranks.</summary>
    Hybrid,
}

/// <summary>What to look for, and where. Filters that are null leave nothing out.</summary>
/// <param name="Query">
/// At most 16 different words that full text is searched for; a plain hybrid query may be longer, and its longest words
/// count.
/// </param>
/// <param name="Limit">The most hits, 1–100.</param>
/// <param name="MinScore">The least score of a hit.</param>
/// <param name="Headings">At least one of them is above the chunk.</param>
public sealed record SearchRequest(
    [Required] [StringLength(4000, MinimumLength = 1)] string Query,
    SearchMode Mode = SearchMode.Hybrid,
    [Range(1, 100)] int Limit = 10,
    [Range(-1.0, 1.0)] double? MinScore = null,
    [MaxLength(200)] IReadOnlyList<Guid>? DocumentIds = null,
    [MaxLength(255)] string? ContentType = null,
    DateTimeOffset? CreatedFrom = null,
    DateTimeOffset? CreatedTo = null,
    [MaxLength(200)] IReadOnlyList<string>? Headings = null) : IValidatableObject
{
    public static SearchRequest Example => new("How long are conversations kept?", Limit: 5);

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (CreatedFrom > CreatedTo)
            yield return new("expected a time not after createdTo", [nameof(CreatedFrom)]);
        if (QueryTerms.Problem(Query, Mode) is { } problem)
            yield return new(problem, [nameof(Query)]);
    }
}

/// <summary>A chunk that was found, best first.</summary>
/// <param name="Snippet">HTML: the text around the words found, escaped, with the words in <c>mark</c>.</param>
/// <param name="Score">
/// 0–1. Vector: cosine similarity (which may be negative). Text: the cover density rank. Hybrid: the sum of 1 / (60 +
/// rank) over both rankings, in parts of what the first of both would have.
/// </param>
public sealed record SearchHit(
    Guid ChunkId,
    Guid DocumentId,
    string Title,
    IReadOnlyList<string> HeadingPath,
    int ChunkIndex,
    int StartOffset,
    int EndOffset,
    string Content,
    string Snippet,
    double Score,
    VectorPart? Vector,
    TextPart? Text)
{
    public static SearchHit Example => new(
        Sample.Id, Sample.Id, "Handbook",
        ["Handbook", "Privacy and retention"], 7, 2_310, 2_349, "Conversations are kept for ninety days.",
        "<mark>Conversations</mark> are <mark>kept</mark> for ninety days.", 1, new(0.34, 1), new(0.2, 1));
}

/// <summary>What the vector ranking says of a hit.</summary>
public sealed record VectorPart(double Similarity, int Rank);

/// <summary>What the full-text ranking says of a hit.</summary>
public sealed record TextPart(double Score, int Rank);

/// <summary>
/// Finds chunks of the organization's documents, in one statement: candidates by vector and by text, each ranked by
/// itself, fused by reciprocal rank (Cormack, Clarke and Büttcher, SIGIR 2009, k = 60).
/// </summary>
public sealed class DocumentSearch(
    Database database,
    EmbeddingModels models,
    QueryEmbedding embedding,
    UsageLog usage)
{
    /// <summary>Fewer candidates than this from each ranking would make fusion arbitrary.</summary>
    private const int CandidatesMin = 50;

    public async Task<IReadOnlyList<SearchHit>> FindAsync(SearchRequest search, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        var vector = search.Mode is SearchMode.Text
            ? null
            : await embedding.OfAsync(search.Query, cancellation);
        var rows = await database.ListAsync<Row>(Statement, Parameters(search, models.Name, vector), cancellation);
        await usage.RecordAsync(
            new Usage(
                "document-search", models.Provider, models.Name,
                Tokenizer.Get(TokenEncoding.Cl100k).Count(search.Query, cancellation),
                Elapsed: Stopwatch.GetElapsedTime(started)),
            cancellation);
        return [.. rows.Select(Hit)];
    }

    internal static object Parameters(SearchRequest search, string model, float[]? vector) => new
    {
        Query = QueryTerms.Of(search.Query),
        Vector = vector is null ? null : HalfVectors.Of(vector),
        Model = model,
        Mode = search.Mode.ToString().ToLowerInvariant(),
        AnyWord = QueryTerms.IsAnyWord(search.Query, search.Mode),
        search.Limit,
        Take = Math.Max(CandidatesMin, 4 * search.Limit),
        search.MinScore,
        DocumentIds = search.DocumentIds?.ToArray(),
        search.ContentType,
        search.CreatedFrom,
        search.CreatedTo,
        Headings = search.Headings?.ToArray(),
        Snippets.Start,
        Snippets.Stop,
        Snippets.Brackets,
        Snippets.Options,
    };

    private static SearchHit Hit(Row row) => new(
        row.ChunkId,
        row.DocumentId,
        row.Title,
        row.HeadingPath,
        row.ChunkIndex,
        row.StartOffset,
        row.EndOffset,
        row.Content,
        Snippets.Highlight(row.Snippet),
        row.Score,
        row.VectorRank is { } vectorRank ? new(row.Similarity ?? 0, vectorRank) : null,
        row.TextRank is { } textRank ? new(row.TextScore ?? 0, textRank) : null);

    private sealed record Row(
        Guid ChunkId,
        Guid DocumentId,
        string Title,
        string[] HeadingPath,
        int ChunkIndex,
        int StartOffset,
        int EndOffset,
        string Content,
        string Snippet,
        double Score,
        double? Similarity,
        int? VectorRank,
        double? TextScore,
        int? TextRank);

    // 61 / 2 makes the score of a hit that is first in both rankings 1.
    internal const string Statement =
        """
        with filtered as materialized (
            select case
                when num_nonnulls(@DocumentIds::uuid[], @ContentType::text, @CreatedFrom::timestamptz,
                    @CreatedTo::timestamptz) > 0
                then array(
                    select d.id from core.document d
                    where d.deleted_at is null
                        and (@DocumentIds::uuid[] is null or d.id = any (@DocumentIds::uuid[]))
                        and (@ContentType::text is null or d.content_type = @ContentType)
                        and (@CreatedFrom::timestamptz is null or d.created_at >= @CreatedFrom)
                        and (@CreatedTo::timestamptz is null or d.created_at < @CreatedTo))
                end as documents
        ), by_vector as (
            select found.document_chunk_id, found.similarity,
                row_number() over (order by found.similarity desc, found.document_chunk_id)::int as place
            from filtered, core.search_embedding(
                (select id from core.embedding_model where name = @Model),
                @Vector, @Take, filtered.documents, @Headings::text[]) found
            where @Mode <> 'text'
        ), by_text as (
            select found.document_chunk_id, found.rank::float8 as score,
                row_number() over (order by found.rank desc, found.document_chunk_id)::int as place
            from filtered, core.search_document_chunk(
                @Query, @AnyWord, @Take, filtered.documents, @Headings::text[]) found
            where @Mode <> 'vector'
        ), fused as (
            select document_chunk_id, v.similarity, v.place as vector_rank, t.score as text_score, t.place as text_rank,
                case @Mode
                    when 'vector' then v.similarity
                    when 'text' then t.score
                    else (coalesce(1.0 / (60 + v.place), 0) + coalesce(1.0 / (60 + t.place), 0))::float8 * 61 / 2
                end as score
            from by_vector v
            full join by_text t using (document_chunk_id)
        ), best as (
            select * from fused
            where @MinScore::float8 is null or score >= @MinScore
            order by score desc, document_chunk_id
            limit @Limit
        )
        select c.id as chunk_id, d.id as document_id, d.title, c.heading_path, c.chunk_index, c.start_offset,
            c.end_offset, c.content,
            ts_headline(c.config::regconfig, translate(c.content, '<>' || @Start || @Stop, @Brackets),
                core.search_query(c.config::regconfig, @Query, @AnyWord), @Options) as snippet,
            best.score, best.similarity, best.vector_rank, best.text_score, best.text_rank
        from best
        join core.document_chunk c on c.id = best.document_chunk_id
        join core.document d on d.id = c.document_id
        order by best.score desc, c.id
        """;
}
