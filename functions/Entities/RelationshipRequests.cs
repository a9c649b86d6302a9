using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;

namespace Assay;

/// <param name="SourceId">What the type is said of: it <c>depends_on</c> the target.</param>
/// <param name="Metadata">Whatever else is to be kept, up to 64 KiB.</param>
public sealed record RelationshipBody(
    Guid SourceId,
    Guid TargetId,
    [AllowedValues(
        RelationshipType.DependsOn, RelationshipType.Overrides, RelationshipType.ConflictsWith,
        RelationshipType.PartOf, RelationshipType.DerivedFrom, RelationshipType.Suggests)]
    string Type,
    [Range(0.0, 1.0)] double Strength = 1,
    [StringLength(1000)] string? Description = null,
    JsonObject? Metadata = null) : IValidatableObject
{
    public static RelationshipBody Example => new(
        Relationship.Example.SourceId, Relationship.Example.TargetId, RelationshipType.DependsOn,
        Description: "Who answers, and how");

    public NewRelationship ToNew() => new(SourceId, TargetId, Type, Strength, Description, Metadata ?? []);

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (SourceId == TargetId)
            yield return new("expected another entity than the source", [nameof(TargetId)]);
        foreach (var result in Check(Metadata))
            yield return result;
    }

    internal static IEnumerable<ValidationResult> Check(JsonObject? metadata)
    {
        if (metadata?.ToJsonString(Json.Options).Length > EntityLimits.MetadataMax)
            yield return new($"expected at most {EntityLimits.MetadataMax:N0} characters of JSON", [nameof(Metadata)]);
    }
}

/// <summary>What of a relationship can change: for other ends or another type, make another one.</summary>
public sealed record RelationshipChanges(
    [Range(0.0, 1.0)] double Strength = 1,
    [StringLength(1000)] string? Description = null,
    JsonObject? Metadata = null) : IValidatableObject
{
    public static RelationshipChanges Example => new(0.5);

    public IEnumerable<ValidationResult> Validate(ValidationContext context) => RelationshipBody.Check(Metadata);
}

/// <param name="AsOf">As they were at this moment.</param>
public sealed record RelationshipListQuery(
    Guid? SourceId,
    Guid? TargetId,
    [AllowedValues(
        RelationshipType.DependsOn, RelationshipType.Overrides, RelationshipType.ConflictsWith,
        RelationshipType.PartOf, RelationshipType.DerivedFrom, RelationshipType.Suggests, null)]
    string? Type,
    DateTimeOffset? AsOf) : PageQuery;

/// <param name="Depth">How many relationships far, 1–10.</param>
/// <param name="Types">Of the relationships to walk along, separated by commas; all when absent.</param>
/// <param name="Direction">
/// <c>out</c> goes from sources to targets, <c>in</c> from targets to sources, <c>both</c> either way.
/// </param>
/// <param name="AsOf">As everything was at this moment.</param>
public sealed record GraphQuery(
    [Range(1, 10)] int Depth = 2,
    [RegularExpression($"({GraphQuery.Known})(,({GraphQuery.Known}))*", ErrorMessage =
        "types of relationships, separated by commas")]
    string? Types = null,
    GraphDirection Direction = GraphDirection.Both,
    DateTimeOffset? AsOf = null)
{
    internal const string Known = "depends_on|overrides|conflicts_with|part_of|derived_from|suggests";
}
