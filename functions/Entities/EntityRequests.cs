using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>What an author says of an entity.</summary>
/// <param name="Content">What the type asks for.</param>
/// <param name="Type">Needed at <c>/entities</c>; elsewhere the path says it.</param>
/// <param name="Visibility">
/// <c>private</c> is seen by its owner and whom it is shared with, <c>public</c> by other organizations too.
/// </param>
/// <param name="Metadata">Whatever else is to be kept, up to 64 KiB.</param>
/// <param name="Note">What is new in this version.</param>
public sealed record EntityBody(
    [Required, StringLength(255)] string Title,
    JsonObject Content,
    [AllowedValues("prompt", "template", "context", "workflow", "library", null)] string? Type = null,
    [StringLength(4000)] string? Description = null,
    [AllowedValues(EntityStatus.Draft, EntityStatus.Active, EntityStatus.Archived)] string Status = EntityStatus.Draft,
    [AllowedValues(EntityVisibility.Private, EntityVisibility.Organization, EntityVisibility.Public)]
    string Visibility = EntityVisibility.Organization,
    [MaxLength(EntityLimits.TagsMax), StringLength(100), RegularExpression(@"[^,\s]([^,]*[^,\s])?", ErrorMessage =
        "text without commas, and without spaces around it")]
    IReadOnlyList<string>? Tags = null,
    JsonObject? Metadata = null,
    [StringLength(500)] string? Note = null) : IValidatableObject
{
    public static EntityBody Example => new(
        "Answer a support question", JsonObject(PromptContent.Example), "prompt", Tags: ["support"]);

    public static EntityBody Of(Entity entity) => new(
        entity.Title, entity.Content, entity.Type, entity.Description, entity.Status, entity.Visibility, entity.Tags,
        entity.Metadata);

    public EntityDraft ToDraft() => new(
        Title, Description, Status, Visibility, Content, [.. (Tags ?? []).Distinct()], Metadata ?? [], Note);

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (Metadata is not null && Metadata.ToJsonString(Json.Options).Length > EntityLimits.MetadataMax)
            yield return new($"expected at most {EntityLimits.MetadataMax:N0} characters of JSON", [nameof(Metadata)]);
    }

    private static JsonObject JsonObject<T>(T content) =>
        (JsonObject)System.Text.Json.JsonSerializer.SerializeToNode(content, Json.Options)!;
}

/// <param name="Type">At <c>/entities</c> only.</param>
/// <param name="Tags">Tags, separated by commas, all of which an entity has.</param>
/// <param name="AnyTags">Tags, separated by commas, at least one of which an entity has.</param>
/// <param name="Text">In the title, in any case.</param>
/// <param name="Label">Those that have this label, on whatever version.</param>
/// <param name="Deleted">Those that are deleted and can be brought back, instead of all others.</param>
/// <param name="AsOf">As they were at this moment.</param>
/// <param name="Favorite">The caller's favorites only.</param>
public sealed record EntityListQuery(
    [AllowedValues("prompt", "template", "context", "workflow", "library", null)] string? Type,
    [AllowedValues(EntityStatus.Draft, EntityStatus.Active, EntityStatus.Archived, null)] string? Status,
    [AllowedValues(EntityVisibility.Private, EntityVisibility.Organization, EntityVisibility.Public, null)]
    string? Visibility,
    Guid? OwnerId,
    [MaxLength(2000)] string? Tags,
    [MaxLength(2000)] string? AnyTags,
    [MaxLength(255)] string? Text,
    [MaxLength(50)] string? Label,
    DateTimeOffset? CreatedFrom,
    DateTimeOffset? CreatedTo,
    DateTimeOffset? ChangedFrom,
    DateTimeOffset? ChangedTo,
    bool? Deleted,
    DateTimeOffset? AsOf,
    bool Favorite = false) : PageQuery
{
    /// <param name="type">That of the door.</param>
    internal EntityFilter ToFilter(EntityType? type) => new(
        type?.Name ?? Type, Status, Visibility, OwnerId, Split(Tags), Split(AnyTags), Text, Label, CreatedFrom,
        CreatedTo, ChangedFrom, ChangedTo, Deleted ?? false, AsOf, Favorite);

    public override IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        foreach (var result in base.Validate(context))
            yield return result;
        if (CreatedFrom > CreatedTo)
            yield return new("expected a time not after createdTo", [nameof(CreatedFrom)]);
        if (ChangedFrom > ChangedTo)
            yield return new("expected a time not after changedTo", [nameof(ChangedFrom)]);
        if (Deleted is true && AsOf is not null)
            yield return new("expected not to be there together with asOf", [nameof(Deleted)]);
    }

    private static string[]? Split(string? tags) =>
        tags?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is { Length: > 0 } all
            ? all
            : null;
}

/// <param name="AsOf">As it was at this moment.</param>
/// <param name="Label">The version that this label points at.</param>
public sealed record EntityReadQuery(DateTimeOffset? AsOf, [MaxLength(50)] string? Label) : IValidatableObject
{
    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (AsOf is not null && Label is not null)
            yield return new("expected not to be there together with asOf", [nameof(Label)]);
    }
}

/// <param name="Cascade">Deletes also what depends on it, and what depends on that.</param>
public sealed record DeletionQuery(bool? Cascade);

public sealed record EntityVersionListQuery : PageQuery
{
    internal int? Before => Page().After is [var version] ? Number(version) : null;

    protected override bool IsKey(string[] key) => key is [var version] && Number(version) is > 0;

    private static int? Number(string text) => int.TryParse(text, out var number) ? number : null;
}

/// <param name="From">A version; the one before <c>to</c> when absent.</param>
/// <param name="To">A version; the present one when absent.</param>
/// <param name="Context">How many lines around those that differ are shown, too.</param>
public sealed record EntityDiffQuery(
    [Range(1, int.MaxValue)] int? From, [Range(1, int.MaxValue)] int? To, [Range(0, 1000)] int Context = 3);

/// <param name="Version">The version whose content becomes that of the next one.</param>
/// <param name="Note">What is said of it; by itself that it was restored.</param>
public sealed record EntityRestoration([Range(1, int.MaxValue)] int Version, [StringLength(500)] string? Note = null)
{
    public static EntityRestoration Example => new(2);
}
