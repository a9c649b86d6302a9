using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>The first line of a bundle.</summary>
public sealed record BundleHeader(string Format, int Version)
{
    public const string Name = "assay-bundle";

    /// <summary>The version that is written, and the only one that is read.</summary>
    public static BundleHeader Present { get; } = new(Name, 1);
}

/// <summary>What the lines of a bundle are about, in the order of the kinds.</summary>
public static class BundleKind
{
    public const string Entity = "entity";
    public const string Relationship = "relationship";
    public const string Label = "label";

    public static readonly string[] All = [Entity, Relationship, Label];
}

/// <summary>
/// A line of a bundle: one version of an entity. Those of one entity follow each other, oldest first.
/// </summary>
/// <param name="Version">From 1 without gaps.</param>
/// <param name="ValidFrom">When the version before ended; only a single version may leave it out.</param>
/// <param name="ValidTo">When the next version began; null for the present one.</param>
public sealed record EntityLine(
    [AllowedValues(BundleKind.Entity)] string Kind,
    Guid Id,
    [AllowedValues("prompt", "template", "context", "workflow", "library")] string Type,
    [Required, StringLength(255)] string Title,
    JsonObject Content,
    [StringLength(4000)] string? Description = null,
    [AllowedValues(EntityStatus.Draft, EntityStatus.Active, EntityStatus.Archived)] string Status = EntityStatus.Draft,
    [AllowedValues(EntityVisibility.Private, EntityVisibility.Organization, EntityVisibility.Public)]
    string Visibility = EntityVisibility.Organization,
    [Range(1, int.MaxValue)] int ContentSchema = 1,
    [MaxLength(EntityLimits.TagsMax), StringLength(100)] string[]? Tags = null,
    JsonObject? Metadata = null,
    [StringLength(500)] string? Note = null,
    [Range(1, int.MaxValue)] int Version = 1,
    DateTimeOffset? ValidFrom = null,
    DateTimeOffset? ValidTo = null,
    DateTimeOffset? CreatedAt = null,
    DateTimeOffset? DeletedAt = null) : IValidatableObject
{
    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (Metadata is not null && Metadata.ToJsonString().Length > EntityLimits.MetadataMax)
            yield return new($"expected at most {EntityLimits.MetadataMax:N0} characters of JSON", [nameof(Metadata)]);
        if (ValidFrom is null && (Version > 1 || ValidTo is not null))
            yield return new("required: expected a time, unless there is one version alone", [nameof(ValidFrom)]);
    }
}

/// <summary>A line of a bundle: one version of a relationship. The last has an end when it was removed.</summary>
public sealed record RelationshipLine(
    [AllowedValues(BundleKind.Relationship)] string Kind,
    Guid Id,
    Guid SourceId,
    Guid TargetId,
    [AllowedValues(
        RelationshipType.DependsOn, RelationshipType.Overrides, RelationshipType.ConflictsWith,
        RelationshipType.PartOf, RelationshipType.DerivedFrom, RelationshipType.Suggests)]
    string Type,
    [Range(0.0, 1.0)] double Strength = 1,
    [StringLength(1000)] string? Description = null,
    JsonObject? Metadata = null,
    [Range(1, int.MaxValue)] int Version = 1,
    DateTimeOffset? ValidFrom = null,
    DateTimeOffset? ValidTo = null,
    DateTimeOffset? CreatedAt = null) : IValidatableObject
{
    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (SourceId == TargetId)
            yield return new("expected another entity than the source", [nameof(TargetId)]);
        if (Metadata is not null && Metadata.ToJsonString().Length > EntityLimits.MetadataMax)
            yield return new($"expected at most {EntityLimits.MetadataMax:N0} characters of JSON", [nameof(Metadata)]);
        if (ValidFrom is null && (Version > 1 || ValidTo is not null))
            yield return new("required: expected a time, unless there is one version alone", [nameof(ValidFrom)]);
    }
}

/// <summary>A line of a bundle: a name that points at a version of an entity.</summary>
public sealed record LabelLine(
    [AllowedValues(BundleKind.Label)] string Kind,
    Guid EntityId,
    [RegularExpression("[a-z0-9][a-z0-9._-]{0,49}", ErrorMessage =
        "at most 50 lower-case letters, digits, dots, dashes and underscores, the first a letter or a digit")]
    string Name,
    [Range(1, int.MaxValue)] int Version);
