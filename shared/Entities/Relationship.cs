using System.Text.Json.Nodes;

namespace Assay;

/// <summary>What one entity is to another.</summary>
/// <param name="Type">
/// One of <see cref="RelationshipType"/>; the source is what the type is said of: it <c>depends_on</c> the target.
/// </param>
/// <param name="Strength">0–1.</param>
/// <param name="Version">From 1; one more with each change.</param>
/// <param name="ValidFrom">When this version began.</param>
public sealed record Relationship(
    Guid Id,
    Guid SourceId,
    Guid TargetId,
    string Type,
    double Strength,
    string? Description,
    JsonObject Metadata,
    int Version,
    DateTimeOffset ValidFrom,
    DateTimeOffset CreatedAt)
{
    internal const string Columns =
        "id, source_id, target_id, type, strength, description, metadata, version, valid_from, created_at";

    public static Relationship Example => new(
        new("01890a5d-b1c2-7d3e-8f40-112233445566"), new("01890a5d-ac96-774b-bcce-b302099a8057"),
        new("01890a5d-aaaa-7bbb-8ccc-ddddeeeeffff"), RelationshipType.DependsOn, 1, null, [], 1,
        new(2026, 3, 1, 9, 30, 0, TimeSpan.Zero), new(2026, 3, 1, 9, 30, 0, TimeSpan.Zero));
}

public static class RelationshipType
{
    /// <summary>The target's text comes before the source's in a composition.</summary>
    public const string DependsOn = "depends_on";

    /// <summary>Where both are in a composition, the source takes the target's place.</summary>
    public const string Overrides = "overrides";

    /// <summary>A composition that has both says so.</summary>
    public const string ConflictsWith = "conflicts_with";

    /// <summary>The source is in the target, such as a library.</summary>
    public const string PartOf = "part_of";

    /// <summary>The source was made from the target.</summary>
    public const string DerivedFrom = "derived_from";

    /// <summary>Whoever uses the source may want the target.</summary>
    public const string Suggests = "suggests";
}

/// <summary>Which relationships are listed. Null leaves nothing out.</summary>
/// <param name="EntityId">At either end.</param>
/// <param name="AsOf">As they were then.</param>
public sealed record RelationshipFilter(
    Guid? SourceId = null, Guid? TargetId = null, Guid? EntityId = null, string? Type = null,
    DateTimeOffset? AsOf = null);

/// <summary>A relationship to be.</summary>
public sealed record NewRelationship(
    Guid SourceId, Guid TargetId, string Type, double Strength, string? Description, JsonObject Metadata);

/// <summary>What became of a relationship that was to be made.</summary>
public abstract record RelationshipOutcome
{
    private RelationshipOutcome()
    {
    }

    public sealed record Made(Relationship Relationship) : RelationshipOutcome;

    /// <summary>There is one of this type between the two already.</summary>
    public sealed record Exists : RelationshipOutcome;

    /// <summary>The source can be reached from the target.</summary>
    public sealed record Cycle : RelationshipOutcome;

    /// <summary>An end is not there, or whoever acts does not see it.</summary>
    /// <param name="Id">Which.</param>
    public sealed record EndMissing(Guid Id) : RelationshipOutcome;

    /// <summary>It would change an entity that whoever acts may not change.</summary>
    public sealed record NotAllowed : RelationshipOutcome;
}
