using System.ComponentModel.DataAnnotations;

namespace Assay;

/// <param name="Status">In this state only.</param>
/// <param name="All">
/// Everybody's and the organization's own, which admins see, and not only the caller's.
/// </param>
public sealed record ApiKeyListQuery(
    [AllowedValues("active", "expired", "revoked")] string? Status, bool All = false) : PageQuery;

/// <param name="Name">What it is for.</param>
/// <param name="Scopes">What it may do, of what the one who makes it may do.</param>
/// <param name="ExpiresAt">When it ends; never when absent.</param>
/// <param name="ForOrganization">
/// The organization's own instead of the caller's: it outlives the membership of who made it. Admins only.
/// </param>
public sealed record NewKey(
    [Required, StringLength(255, MinimumLength = 1), Name] string Name,
    [MinLength(1), MaxLength(50)] IReadOnlyList<string> Scopes,
    DateTimeOffset? ExpiresAt = null,
    bool ForOrganization = false)
{
    public static NewKey Example => new("nightly import", [Permissions.DocumentsWrite]);
}

/// <param name="Name">What it is for.</param>
/// <param name="ExpiresAt">When it ends; never when absent.</param>
public sealed record KeyChanges(
    [Required, StringLength(255, MinimumLength = 1), Name] string Name, DateTimeOffset? ExpiresAt = null)
{
    public static KeyChanges Example => new("monthly import");
}

/// <param name="OverlapSeconds">How long the old key works beside the new one: up to 7 days.</param>
public sealed record KeyRotation([Range(0, 604_800)] int OverlapSeconds = 86_400)
{
    public static KeyRotation Example => new(3_600);
}

/// <summary>A key that was made.</summary>
/// <param name="Key">The secret itself, which is shown here and never again.</param>
public sealed record CreatedKey(ApiKey ApiKey, string Key);
