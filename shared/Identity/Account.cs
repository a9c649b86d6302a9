namespace Assay;

/// <summary>A person's account, as they see it themselves.</summary>
/// <param name="Email">Null for an anonymous account, which ends with its session unless it is claimed.</param>
/// <param name="EmailVerified">Whether its owner has shown that mail to the address arrives.</param>
public sealed record Account(
    Guid Id, string? Email, bool EmailVerified, bool HasPassword, string? Username, string? Name, string? AvatarUrl,
    string? Bio, bool IsAdmin, DateTimeOffset? LastLoginAt, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    public string Version => $"{UpdatedAt.UtcTicks:x}";
}

/// <summary>An account to be made.</summary>
/// <param name="PasswordHash">
/// Of <see cref="Passwords.HashAsync"/>; null for one that signs in otherwise or never.
/// </param>
public sealed record NewAccount(
    string? Email, string? Name, string? PasswordHash, bool EmailVerified = false, string? AvatarUrl = null);

/// <summary>What became of a change to an account.</summary>
public abstract record AccountChange
{
    public sealed record Done(Account Account) : AccountChange;

    /// <summary>The account is no longer as it was when the change was asked for.</summary>
    public sealed record Stale : AccountChange;

    public sealed record EmailTaken : AccountChange;

    public sealed record UsernameTaken : AccountChange;
}
