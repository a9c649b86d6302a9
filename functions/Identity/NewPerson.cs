using System.ComponentModel.DataAnnotations;

namespace Assay;

/// <summary>The body of <c>POST /auth/register</c>. Without e-mail and password the account is anonymous.</summary>
/// <param name="Password">12 to 128 characters, not the address and not among the most common.</param>
/// <param name="Invitation">
/// The token of an invitation, to be a member at once. One that was mailed says which address it is, which is verified.
/// </param>
public sealed record NewPerson(
    [MaxLength(EmailAddress.LengthMax)] string? Email = null,
    [MaxLength(PasswordRules.LengthMax)] string? Password = null,
    [MaxLength(NewPerson.NameLengthMax), Name] string? Name = null,
    [MaxLength(100)] string? Invitation = null) : IValidatableObject
{
    public const int NameLengthMax = 255;

    public string? Email { get; init; } = Email is null ? null : EmailAddress.NormalizedOrSame(Email);

    public static NewPerson Example => new("someone@example.com", "correct staple 41 battery", "Someone");

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (Invitation is not null && Password is null)
            yield return new("expected a password", [nameof(Password)]);
        else if (Email is null != Password is null && Invitation is null)
            yield return new(
                "expected both email and password, or neither", [Email is null ? nameof(Email) : nameof(Password)]);
        else if (Email is not null)
            foreach (var error in new NewCredentials(Email, Password!).Validate(context))
                yield return error;
    }
}

/// <summary>An address and a password to sign in with from now on; the body of <c>POST /auth/claim</c>.</summary>
/// <param name="Password">12 to 128 characters, not the address and not among the most common.</param>
public sealed record NewCredentials(
    [MaxLength(EmailAddress.LengthMax)] string Email,
    [MaxLength(PasswordRules.LengthMax)] string Password) : IValidatableObject
{
    public string Email { get; init; } = EmailAddress.NormalizedOrSame(Email);

    public static NewCredentials Example => new("someone@example.com", "correct staple 41 battery");

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (!EmailAddress.IsValid(Email))
            yield return new(EmailAddress.Expected, [nameof(Email)]);
        if (PasswordRules.Error(Password, Email) is { } error)
            yield return new(error, [nameof(Password)]);
    }
}

/// <summary>The body of <c>POST /auth/login</c>.</summary>
public sealed record Credentials(
    [MaxLength(EmailAddress.LengthMax)] string Email, [MaxLength(Passwords.LengthMax)] string Password)
{
    public string Email { get; init; } = EmailAddress.NormalizedOrSame(Email);

    public static Credentials Example => new("someone@example.com", "correct staple 41 battery");
}
