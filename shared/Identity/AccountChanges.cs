using System.ComponentModel.DataAnnotations;

namespace Assay;

/// <summary>What people may change of their account.</summary>
public sealed record AccountChanges(
    [StringLength(100, MinimumLength = 3)]
    [RegularExpression("[A-Za-z0-9][A-Za-z0-9._-]*", ErrorMessage =
        "3 to 100 letters, digits, dots, hyphens and underscores, the first of them a letter or a digit")]
    string? Username = null,
    [StringLength(255, MinimumLength = 1), Name] string? Name = null,
    [MaxLength(512)] string? AvatarUrl = null,
    [MaxLength(2000)] string? Bio = null) : IValidatableObject
{
    public static AccountChanges Example => new("someone", "Someone");

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (AvatarUrl is not null && !OutboundUrl.IsValid(AvatarUrl))
            yield return new(OutboundUrl.Expected, [nameof(AvatarUrl)]);
    }
}

/// <summary>What became of a wish to delete one's account.</summary>
public enum AccountDeletion
{
    Done,

    /// <summary>It was changed meanwhile.</summary>
    Stale,

    /// <summary>An organization would have no owner left.</summary>
    LastOwner,
}
