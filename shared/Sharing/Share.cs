namespace Assay;

/// <summary>What somebody beside its owner may do with an entity.</summary>
/// <param name="Grantee"><c>user</c>, <c>organization</c> (all of its members) or <c>link</c> (whoever has it).</param>
/// <param name="UserId">The member whom it is shared with; null for others.</param>
/// <param name="Permission">One of <see cref="SharePermission"/>.</param>
/// <param name="Status"><c>live</c>, <c>expired</c> or <c>revoked</c>.</param>
/// <param name="ExpiresAt">Null lasts until it is revoked.</param>
public sealed record Share(
    Guid Id,
    Guid EntityId,
    string Grantee,
    Guid? UserId,
    string Permission,
    string Status,
    Guid? CreatedBy,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset CreatedAt)
{
    public static Share Example => new(
        new("01890a5d-d1ce-7abc-8123-445566778899"), Entity.Example.Id, ShareGrantee.Link, null, SharePermission.View,
        "live", null, new(2026, 4, 1, 0, 0, 0, TimeSpan.Zero), new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero));
}

/// <summary>Each includes those before it.</summary>
public static class SharePermission
{
    public const string View = "view";
    public const string Comment = "comment";
    public const string Edit = "edit";
}

public static class ShareGrantee
{
    public const string User = "user";
    public const string Organization = "organization";
    public const string Link = "link";
}

/// <summary>What a link leads to.</summary>
public sealed record SharedLink(Guid ShareId, Guid OrganizationId, Guid EntityId, string Permission);
