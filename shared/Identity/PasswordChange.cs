namespace Assay;

/// <summary>New passwords: by who knows the old one, and by who can read the account's mail.</summary>
public sealed class PasswordChange(IdentityDatabase database, Passwords passwords, OrganizationScope scope)
{
    /// <summary>
    /// The current person's password becomes another. Their other sessions end. False when the present one was changed
    /// meanwhile.
    /// </summary>
    /// <param name="present">The hash of the present one; null where there is none.</param>
    /// <param name="session">The one that goes on.</param>
    /// <inheritdoc cref="Passwords.HashAsync" path="exception"/>
    public async Task<bool> TryChangeAsync(
        string? present, string password, Guid session, CancellationToken cancellation)
    {
        var hash = await passwords.HashAsync(password, cancellation);
        return await database.ValueAsync<bool>(
            "select ops.change_password(@present, @hash, @session)", new { present, hash, session }, cancellation);
    }

    /// <summary>Whose password a mailed token may set; null when it is unknown, used or expired.</summary>
    public Task<ResetAccount?> FindAsync(string token, CancellationToken cancellation) =>
        database.FindAsync<ResetAccount>(
            "select * from ops.find_password_reset(@hash)", new { hash = Secret.Hash(token) }, cancellation);

    /// <summary>
    /// Sets it, and ends all sessions and a change of address that waits. Whoever reads an address's mail owns the
    /// account: if the address was not verified before, somebody else may have made the account, so that their other
    /// ways in end as well. False when the token was used meanwhile.
    /// </summary>
    /// <inheritdoc cref="Passwords.HashAsync" path="exception"/>
    public async Task<bool> TryResetAsync(
        ResetAccount account, string token, string password, CancellationToken cancellation)
    {
        var hash = await passwords.HashAsync(password, cancellation);
        scope.Recognize(account.UserId);
        return await database.ValueAsync<bool>(
            "select ops.reset_password(@token, @hash)", new { token = Secret.Hash(token), hash }, cancellation);
    }
}

/// <summary>An account whose owner may set a new password.</summary>
public sealed record ResetAccount(Guid UserId, string Email);
