namespace Assay;

/// <summary>What was found, as it is now.</summary>
/// <param name="Snippet">HTML: the text around the words found, escaped, with the words in <c>mark</c>.</param>
/// <param name="Score">
/// 0–1. Vector: cosine similarity (which may be negative). Text: the cover density rank. Hybrid: the sum of 1 / (60 +
/// rank) over both rankings, in parts of what the first of both would have.
/// </param>
/// <param name="VectorRank">Its place by vector, from 1; null where that ranking did not see it.</param>
/// <param name="TextRank">Its place by text.</param>
/// <param name="Entity">Null for a chunk.</param>
/// <param name="Chunk">Null for an entity.</param>
public sealed record ContentHit(
    ContentKind Kind,
    Guid Id,
    string Title,
    string Snippet,
    double Score,
    int? VectorRank,
    int? TextRank,
    FoundEntity? Entity,
    FoundChunk? Chunk)
{
    public static ContentHit Example => new(
        ContentKind.Entity, Sample.Id, "Answer a support question",
        "Explain the <mark>refund</mark> in <mark>two</mark> <mark>sentences</mark>.", 1, 1, 1,
        new("prompt", "active", "organization", ["support"], "en", null, 3, Sample.At, Sample.At), null);
}

/// <param name="Language">Null while nobody has looked; <c>und</c> when it cannot be told.</param>
/// <param name="ChangedAt">When its present version began.</param>
public sealed record FoundEntity(
    string Type,
    string Status,
    string Visibility,
    string[] Tags,
    string? Language,
    Guid? OwnerId,
    int Version,
    DateTimeOffset CreatedAt,
    DateTimeOffset ChangedAt);

/// <summary>Offsets count UTF-16 code units of the document's text, end exclusive.</summary>
public sealed record FoundChunk(
    Guid DocumentId, string[] HeadingPath, int ChunkIndex, int StartOffset, int EndOffset);

/// <summary>How many of the entities found have each value; of each the 50 most frequent.</summary>
/// <param name="Entities">How many were counted.</param>
/// <param name="IsCapped">Whether there are more, which were not counted.</param>
public sealed record SearchFacets(
    int Entities,
    bool IsCapped,
    IReadOnlyList<FacetCount> Types,
    IReadOnlyList<FacetCount> Tags,
    IReadOnlyList<FacetCount> Statuses,
    IReadOnlyList<FacetCount> Visibilities,
    IReadOnlyList<FacetCount> Owners)
{
    public static SearchFacets Example => new(
        2, false, [new("prompt", 2)], [new("support", 2), new("refunds", 1)], [new("active", 2)],
        [new("organization", 2)], []);
}

public sealed record FacetCount(string Value, int Count);
