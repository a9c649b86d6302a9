namespace Assay;

/// <summary>What could be said of two entities.</summary>
/// <param name="Kind">One of <see cref="SuggestionKind"/>.</param>
/// <param name="RelationshipType">The relationship that accepting makes; null when it makes none.</param>
/// <param name="Score">0–1, how much speaks for it.</param>
/// <param name="Status"><c>open</c>, <c>accepted</c> or <c>dismissed</c>.</param>
public sealed record Suggestion(
    Guid Id,
    string Kind,
    Guid SourceId,
    Guid TargetId,
    string? RelationshipType,
    double Score,
    string Reason,
    string Status,
    Guid? DecidedBy,
    DateTimeOffset? DecidedAt,
    DateTimeOffset CreatedAt)
{
    internal const string Columns =
        """
        id, kind, source_id, target_id, relationship_type, score, reason, status, decided_by, decided_at, created_at
        """;

    public static Suggestion Example => new(
        new("01890a5d-5a99-7abc-8123-445566778899"), SuggestionKind.MissingRelation, Relationship.Example.SourceId,
        Relationship.Example.TargetId, Assay.RelationshipType.DependsOn, 0.7, "It mentions “House style”.",
        SuggestionStatus.Open, null, null, new(2026, 3, 2, 2, 40, 0, TimeSpan.Zero));
}

public static class SuggestionKind
{
    /// <summary>
    /// Their vectors are near, or, while one has none, at least half of their sequences of three words are the same.
    /// </summary>
    public const string Similar = "similar";

    /// <summary>At least nine tenths of their sequences of three words are the same.</summary>
    public const string Duplicate = "duplicate";

    /// <summary>The source looks as if it depended on the target.</summary>
    public const string MissingRelation = "missing_relation";
}

public static class SuggestionStatus
{
    public const string Open = "open";
    public const string Accepted = "accepted";
    public const string Dismissed = "dismissed";
}

/// <summary>What <see cref="SuggestionFinder"/> found.</summary>
public sealed record FoundSuggestion(
    string Kind, Guid SourceId, Guid TargetId, string? RelationshipType, double Score, string Reason);

/// <summary>What an entity can be mentioned by.</summary>
public sealed record SuggestionTitle(Guid Id, string Title);
