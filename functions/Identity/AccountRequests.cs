using System.ComponentModel.DataAnnotations;

namespace Assay;

/// <summary>The body of <c>POST /me/password</c>.</summary>
/// <param name="NewPassword">12 to 128 characters, not the address and not among the most common.</param>
/// <param name="CurrentPassword">An account that has none yet needs none, but a sign-in within ten minutes.</param>
public sealed record PasswordReplacement(
    [MaxLength(PasswordRules.LengthMax)] string NewPassword,
    [MaxLength(Passwords.LengthMax)] string? CurrentPassword = null)
{
    public static PasswordReplacement Example => new("correct staple 42 battery", "correct staple 41 battery");
}

/// <summary>The body of <c>POST /auth/password-reset</c>.</summary>
public sealed record PasswordResetRequest([MaxLength(EmailAddress.LengthMax)] string Email)
{
    public string Email { get; init; } = EmailAddress.NormalizedOrSame(Email);

    public static PasswordResetRequest Example => new("someone@example.com");
}

/// <summary>The body of <c>POST /auth/password-reset/confirm</c>.</summary>
/// <param name="Token">As it was mailed.</param>
/// <param name="Password">12 to 128 characters, not the address and not among the most common.</param>
public sealed record PasswordReset(
    [MaxLength(100)] string Token, [MaxLength(PasswordRules.LengthMax)] string Password)
{
    public static PasswordReset Example => new("the-token-of-the-mail", "correct staple 42 battery");
}

/// <summary>The body of <c>POST /me/email</c>.</summary>
/// <param name="CurrentPassword">An account that has none needs none, but a sign-in within ten minutes.</param>
public sealed record EmailChangeRequest(
    [MaxLength(EmailAddress.LengthMax)] string Email,
    [MaxLength(Passwords.LengthMax)] string? CurrentPassword = null)
{
    public string Email { get; init; } = EmailAddress.NormalizedOrSame(Email);

    public static EmailChangeRequest Example => new("someone.new@example.com", "correct staple 41 battery");
}

/// <summary>The body of <c>POST /me/email/confirm</c>.</summary>
/// <param name="Token">As it was mailed.</param>
public sealed record EmailChange([MaxLength(100)] string Token)
{
    public static EmailChange Example => new("the-token-of-the-mail");
}

/// <summary>The body of <c>POST /me/email-verification/confirm</c>.</summary>
/// <param name="Token">As it was mailed.</param>
public sealed record EmailVerification([MaxLength(100)] string Token)
{
    public static EmailVerification Example => new("the-token-of-the-mail");
}

/// <param name="Private">
/// <c>seal</c> where the person owns private entities: with the account gone, nobody reaches them ever again.
/// </param>
public sealed record AccountDeletionQuery([AllowedValues("seal", null)] string? Private)
{
    internal static string Expected(long count) =>
        $"expected seal: you own private entities, {count:N0} in number, that nobody will reach any more. To hand them "
        + "over, leave their organization first";
}
