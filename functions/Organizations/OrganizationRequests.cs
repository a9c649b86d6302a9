using System.ComponentModel.DataAnnotations;

namespace Assay;

/// <summary>Newest first.</summary>
public sealed record OrganizationListQuery : PageQuery;

/// <param name="Name">What people call it.</param>
/// <param name="Slug">How it is named in addresses and in the inbox, for good; made from the name when absent.</param>
public sealed record NewOrganization(
    [Required, StringLength(255, MinimumLength = 1), Name] string Name,
    [StringLength(OrganizationRegistry.SlugLengthMax, MinimumLength = 1)]
    [RegularExpression("[a-z0-9]([a-z0-9-]*[a-z0-9])?", ErrorMessage =
        "1 to 100 lower-case letters, digits and hyphens, with no hyphen at either end")]
    string? Slug = null)
{
    public static NewOrganization Example => new("Support team");
}

/// <param name="Name">What people call it.</param>
public sealed record OrganizationChanges(
    [Required, StringLength(255, MinimumLength = 1), Name] string Name)
{
    public static OrganizationChanges Example => new("Customer care");
}

/// <param name="Role">Of this role only.</param>
/// <param name="Q">A part of the name, user name or e-mail address, in any case.</param>
public sealed record MemberListQuery(Role? Role, [MaxLength(200)] string? Q) : PageQuery;

public sealed record MemberChanges(Role Role)
{
    public static MemberChanges Example => new(Role.Admin);
}

/// <summary>What becomes of entities that only their owner sees, when their owner is removed.</summary>
public enum PrivateEntities
{
    Seal,
    HandOver,
}

/// <param name="Private">
/// What becomes of the member's private entities: <c>seal</c> leaves them where nobody reaches them until the person
/// comes back or an owner hands them over, <c>handOver</c> gives them to another member. Required where there are any.
/// </param>
/// <param name="To">The member whom they are handed over to.</param>
public sealed record RemovalQuery(PrivateEntities? Private, Guid? To) : IValidatableObject
{
    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (Private == PrivateEntities.HandOver && To is null)
            yield return new("required: the id of another member", [nameof(To)]);
        if (Private != PrivateEntities.HandOver && To is not null)
            yield return new("expected only where private is handOver", [nameof(To)]);
    }
}

/// <param name="To">The member who is to own them.</param>
public sealed record Handover(Guid To)
{
    public static Handover Example => new(Sample.Id);
}

/// <param name="Entities">How many there were.</param>
public sealed record HandedOver(long Entities);

/// <param name="Status">In this state only.</param>
public sealed record InvitationListQuery(
    [AllowedValues("open", "accepted", "revoked", "expired")] string? Status) : PageQuery;

/// <param name="Role">What the person will be; at most what the one who invites is.</param>
/// <param name="Email">
/// Where the invitation is mailed: only an account with this address can accept. When absent, whoever has the token.
/// </param>
/// <param name="ExpiresInDays">How long it stays open.</param>
public sealed record NewInvitation(
    Role Role,
    [MaxLength(EmailAddress.LengthMax)] string? Email = null,
    [Range(1, 30)] int ExpiresInDays = 7) : IValidatableObject
{
    public string? Email { get; init; } = Email is null ? null : EmailAddress.NormalizedOrSame(Email);

    public static NewInvitation Example => new(Role.Member, "someone@example.com");

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (Email is not null && !EmailAddress.IsValid(Email))
            yield return new(EmailAddress.Expected, [nameof(Email)]);
    }
}

/// <param name="Token">Of an invitation to no address, shown here and never again; null of one that is mailed.</param>
public sealed record CreatedInvitation(Invitation Invitation, string? Token);

/// <param name="Token">What the invitation was answered with.</param>
public sealed record InvitationAcceptance([Required, MaxLength(100)] string Token)
{
    public static InvitationAcceptance Example => new("the-token-of-the-invitation");
}
