using System.ComponentModel.DataAnnotations;

namespace Assay;

public sealed record ShareListQuery : PageQuery;

/// <param name="Grantee">
/// <c>user</c> is one member, <c>organization</c> all of them, <c>link</c> whoever has the link.
/// </param>
/// <param name="UserId">The member; only for <c>user</c>.</param>
/// <param name="Permission"><c>comment</c> includes <c>view</c>, <c>edit</c> both.</param>
/// <param name="ExpiresAt">When it ends; when it is revoked if absent.</param>
public sealed record NewShare(
    [AllowedValues(ShareGrantee.User, ShareGrantee.Organization, ShareGrantee.Link)] string Grantee,
    [AllowedValues(SharePermission.View, SharePermission.Comment, SharePermission.Edit)]
    string Permission = SharePermission.View,
    Guid? UserId = null,
    DateTimeOffset? ExpiresAt = null) : IValidatableObject
{
    public static NewShare Example => new(ShareGrantee.Link, SharePermission.Comment);

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (Grantee == ShareGrantee.User && UserId is null)
            yield return new("required: the id of a member", [nameof(UserId)]);
        if (Grantee != ShareGrantee.User && UserId is not null)
            yield return new($"expected not to be there when the grantee is {Grantee}", [nameof(UserId)]);
    }
}

/// <summary>A share that was made.</summary>
/// <param name="Token">
/// That of a link, for <c>/api/shared/{token}</c>, which is shown here and never again; null for others.
/// </param>
public sealed record CreatedShare(Share Share, string? Token)
{
    public static CreatedShare Example => new(Share.Example, $"{ShareStore.Prefix}…");
}

public sealed record CommentListQuery : PageQuery;

public sealed record CommentBody([Required, StringLength(10_000)] string Text)
{
    public static CommentBody Example => new("Two sentences are few.");
}

/// <param name="Type">Of this type only.</param>
public sealed record PublicEntityListQuery(
    [AllowedValues("prompt", "template", "context", "workflow", "library", null)] string? Type) : PageQuery;
