using System.Text.Json.Nodes;

namespace Assay;

/// <summary>A prompt, template, context, workflow or library, as it was in one of its versions.</summary>
/// <param name="Content">What its type says: see <see cref="EntityType"/>.</param>
/// <param name="ContentSchema">The number of the schema that the content was checked against.</param>
/// <param name="Note">What its author said of this version.</param>
/// <param name="Version">From 1, without gaps.</param>
/// <param name="ValidFrom">When this version began.</param>
/// <param name="ValidTo">When the next one began; null for the present one.</param>
/// <param name="OwnerId">The person who made it; null when a program did, or the account is gone.</param>
/// <param name="DeletedAt">Set while it is deleted, which is a version too.</param>
public sealed record Entity(
    Guid Id,
    string Type,
    string Title,
    string? Description,
    string Status,
    string Visibility,
    JsonObject Content,
    int ContentSchema,
    string[] Tags,
    JsonObject Metadata,
    string? Note,
    int Version,
    DateTimeOffset ValidFrom,
    DateTimeOffset? ValidTo,
    Guid? OwnerId,
    DateTimeOffset CreatedAt,
    DateTimeOffset? DeletedAt)
{
    internal const string Columns =
        """
        id, type, title, description, status, visibility, content, content_schema, tags, metadata, note, version,
        valid_from, valid_to, owner_id, created_at, deleted_at
        """;

    /// <summary>The same of the table itself, whose rows have no end yet.</summary>
    internal const string PresentColumns =
        """
        id, type, title, description, status, visibility, content, content_schema, tags, metadata, note, version,
        valid_from, null::timestamptz as valid_to, owner_id, created_at, deleted_at
        """;

    /// <summary>A page of rows with these columns, for <see cref="PortionOf"/>.</summary>
    internal static string Page(string rows, string order) =>
        Portion.Sql(Columns.Split(',', StringSplitOptions.TrimEntries), ["content"], rows, order);

    internal static IReadOnlyList<Entity> PortionOf(IReadOnlyList<Entity> rows) =>
        Portion.Of(rows, row => row.Content is null);

    /// <summary>Those of the table itself, without what may be long.</summary>
    internal static readonly string HeadColumns = PresentColumns
        .Replace(" content,", " '{}'::jsonb as content,").Replace(" metadata,", " '{}'::jsonb as metadata,");

    public static Entity Example => new(
        new("01890a5d-ac96-774b-bcce-b302099a8057"), "prompt", "Answer a support question", null,
        EntityStatus.Active, EntityVisibility.Organization,
        new JsonObject { ["text"] = "Answer {{question}} in two sentences." }, 1, ["support"], [],
        "Shorter answers", 3, new(2026, 3, 1, 9, 30, 0, TimeSpan.Zero), null, null,
        new(2026, 2, 27, 14, 0, 0, TimeSpan.Zero), null);
}

public static class EntityStatus
{
    public const string Draft = "draft";
    public const string Active = "active";
    public const string Archived = "archived";
}

public static class EntityVisibility
{
    /// <summary>Its owner sees it, and whom the owner shares it with.</summary>
    public const string Private = "private";

    /// <summary>Whoever may read entities of the organization sees it.</summary>
    public const string Organization = "organization";

    /// <summary>Other organizations see it too; they cannot change it.</summary>
    public const string Public = "public";
}

/// <summary>What an author says of an entity: all that a version holds.</summary>
public sealed record EntityDraft(
    string Title,
    string? Description,
    string Status,
    string Visibility,
    JsonObject Content,
    IReadOnlyList<string> Tags,
    JsonObject Metadata,
    string? Note);

/// <summary>Which entities are listed. Null leaves nothing out.</summary>
/// <param name="AnyTags">At least one of them.</param>
/// <param name="Tags">All of them.</param>
/// <param name="Text">In the title, in any case.</param>
/// <param name="Label">Those that have this label, on whatever version.</param>
/// <param name="Deleted">Those that are deleted, instead of all others.</param>
/// <param name="AsOf">As they were then.</param>
/// <param name="Favorite">Favorites of whoever acts.</param>
public sealed record EntityFilter(
    string? Type = null,
    string? Status = null,
    string? Visibility = null,
    Guid? OwnerId = null,
    string[]? Tags = null,
    string[]? AnyTags = null,
    string? Text = null,
    string? Label = null,
    DateTimeOffset? CreatedFrom = null,
    DateTimeOffset? CreatedTo = null,
    DateTimeOffset? ChangedFrom = null,
    DateTimeOffset? ChangedTo = null,
    bool Deleted = false,
    DateTimeOffset? AsOf = null,
    bool Favorite = false);
