using System.ComponentModel.DataAnnotations;

namespace Assay;

/// <summary>What can be found.</summary>
public enum ContentKind
{
    /// <summary>A prompt, template, context, workflow or library.</summary>
    Entity,

    /// <summary>A part of a document.</summary>
    Chunk,
}

/// <summary>What to look for.</summary>
/// <param name="Query">
/// Words, "phrases", <c>word*</c>, <c>or</c> between alternatives, <c>-without</c>; 16 different words at most. Of a
/// plain hybrid query, which may be longer, full text is searched for the longest ones.
/// </param>
/// <param name="Kinds">By itself all that the caller may read, and entities alone where there is a filter.</param>
/// <param name="Facets">Whether to count what was found, on the first page.</param>
/// <param name="Limit">The most hits of a page, 1–100. There are ten pages at most.</param>
/// <param name="After">The cursor that the page before gave as <c>next</c>.</param>
public sealed record ContentQuery(
    [Required] [StringLength(4000, MinimumLength = 1)] string Query,
    SearchMode Mode = SearchMode.Hybrid,
    [MinLength(1), MaxLength(2)] IReadOnlyList<ContentKind>? Kinds = null,
    ContentFilter? Filter = null,
    bool Facets = false,
    [Range(1, 100)] int Limit = 10,
    [MaxLength(40_000)] string? After = null) : IValidatableObject
{
    public static ContentQuery Example => new(
        "refund* \"two sentences\" -draft", Filter: new(Types: ["prompt"], AnyTags: ["support"]), Facets: true);

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (QueryTerms.Problem(Query, Mode) is { } problem)
            yield return new(problem, [nameof(Query)]);
        if (Filter is not null && Kinds?.Contains(ContentKind.Chunk) is true)
            yield return new("expected not to be there when chunks are asked for, which have none of it",
                [nameof(Filter)]);
        if (After is not null && SearchCursor.Read(this) is null)
            yield return new("expected a cursor that an earlier page of the same search gave as next",
                [nameof(After)]);
    }
}

/// <summary>Which entities are wanted. What is null leaves nothing out.</summary>
/// <param name="Tags">All of them.</param>
/// <param name="AnyTags">At least one of them.</param>
/// <param name="Languages">Such as <c>en</c>; <c>und</c> is what is too short or too mixed to tell.</param>
/// <param name="ChangedFrom">When the present version began.</param>
/// <param name="Labels">One of them is on a version of the entity, whichever.</param>
public sealed record ContentFilter(
    [MinLength(1), AllowedValues("prompt", "template", "context", "workflow", "library")]
    IReadOnlyList<string>? Types = null,
    [MinLength(1), MaxLength(EntityLimits.TagsMax)] IReadOnlyList<string>? Tags = null,
    [MinLength(1), MaxLength(EntityLimits.TagsMax)] IReadOnlyList<string>? AnyTags = null,
    [MinLength(1), MaxLength(200)] IReadOnlyList<Guid>? OwnerIds = null,
    [MinLength(1), AllowedValues(EntityStatus.Draft, EntityStatus.Active, EntityStatus.Archived)]
    IReadOnlyList<string>? Statuses = null,
    [MinLength(1), AllowedValues(EntityVisibility.Private, EntityVisibility.Organization, EntityVisibility.Public)]
    IReadOnlyList<string>? Visibilities = null,
    [MinLength(1), MaxLength(50), RegularExpression("[a-z]{2,3}", ErrorMessage = "a language such as en, or und")]
    IReadOnlyList<string>? Languages = null,
    DateTimeOffset? CreatedFrom = null,
    DateTimeOffset? CreatedTo = null,
    DateTimeOffset? ChangedFrom = null,
    DateTimeOffset? ChangedTo = null,
    [MinLength(1), MaxLength(50), StringLength(50)] IReadOnlyList<string>? Labels = null) : IValidatableObject
{
    /// <summary>The filter as Postgres takes it, of the parameters that a ranking has.</summary>
    internal const string Sql =
        """
        row(@Types::text[], @Tags::text[], @AnyTags::text[], @OwnerIds::uuid[], @Statuses::text[],
            @Visibilities::text[], @Languages::text[], @CreatedFrom::timestamptz, @CreatedTo::timestamptz,
            @ChangedFrom::timestamptz, @ChangedTo::timestamptz, @Labels::text[])::core.entity_filter
        """;

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (CreatedFrom > CreatedTo)
            yield return new("expected a time not after createdTo", [nameof(CreatedFrom)]);
        if (ChangedFrom > ChangedTo)
            yield return new("expected a time not after changedTo", [nameof(ChangedFrom)]);
    }
}
