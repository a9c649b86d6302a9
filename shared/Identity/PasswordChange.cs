namespace Assay;

/// <summary>New passwords: by who knows the old one, and by who can read the account's mail.</summary>
public sealed class PasswordChange(
    Database database, Passwords passwords, SessionStore sessions, OrganizationScope scope)
{
    /// <summary>The current person's password becomes another. Their other sessions end.</summary>
    /// <param name="session">The one that goes on.</param>
    /// <inheritdoc cref="Passwords.HashAsync" path="exception"/>
    public async Task ChangeAsync(string password, Guid session, CancellationToken cancellation)
    {
        var hash = await passwords.HashAsync(password, cancellation);
        await database.InTransactionAsync(
            async transaction =>
            {
                await transaction.ExecuteAsync(
                    """
                    update ops.user_account
                    set password_hash = @hash, password_changed_at = now(), updated_at = clock_timestamp()
                    where id = @UserId;
                    delete from ops.account_token where user_id = @UserId and purpose = 'email_change';
                    """,
                    new { hash, scope.Actor.UserId }, cancellation);
                await sessions.RevokeAllAsync(transaction, session, cancellation);
            },
            cancellation);
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
        return await database.InTransactionAsync(
            async transaction =>
            {
                if (!await transaction.ChangedAsync(
                        """
                        delete from ops.account_token
                        where user_id = @UserId and purpose = 'password_reset' and token_hash = @token
                            and expires_at > now()
                        """,
                        new { account.UserId, token = Secret.Hash(token) }, cancellation))
                    return false;
                if (await transaction.ValueAsync<bool>(
                        "select email_verified_at is null from ops.user_account where id = @UserId for update",
                        new { account.UserId }, cancellation))
                    await EndOtherWaysAsync(transaction, cancellation);
                await transaction.ExecuteAsync(
                    """
                    update ops.user_account
                    set password_hash = @hash, password_changed_at = now(),
                        email_verified_at = coalesce(email_verified_at, now()), updated_at = clock_timestamp()
                    where id = @UserId;
                    delete from ops.account_token where user_id = @UserId and purpose = 'email_change';
                    """,
                    new { hash, account.UserId }, cancellation);
                await sessions.RevokeAllAsync(transaction, null, cancellation);
                return true;
            },
            cancellation);
    }

    private static Task EndOtherWaysAsync(DatabaseTransaction transaction, CancellationToken cancellation) =>
        transaction.ExecuteAsync(
            """
            select ops.revoke_own_keys();
            delete from ops.auth_account where user_id = ops.current_user_id();
            """,
            null, cancellation);
}

/// <summary>An account whose owner may set a new password.</summary>
public sealed record ResetAccount(Guid UserId, string Email);
