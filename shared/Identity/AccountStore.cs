using Npgsql;

namespace Assay;

/// <summary>The current person's account.</summary>
public sealed class AccountStore(Database database, OrganizationScope scope)
{
    internal const string Columns =
        """
        id, email, email_verified_at is not null as email_verified, has_password, username, name, avatar_url, bio,
        is_admin, last_login_at, created_at, updated_at
        """;

    /// <summary>Null when it was deleted a moment ago.</summary>
    public Task<Account?> FindAsync(CancellationToken cancellation) =>
        database.FindAsync<Account>(
            $"select {Columns} from ops.user_account where id = @UserId", new { scope.Actor.UserId }, cancellation);

    /// <summary>Makes the account of the person who was just recognized. False when the address is another's.</summary>
    internal Task<bool> TryCreateAsync(
        DatabaseTransaction transaction, NewAccount account, CancellationToken cancellation) =>
        transaction.ChangedAsync(
            """
            insert into ops.user_account (id, email, email_verified_at, name, avatar_url, password_hash,
                password_changed_at)
            values (@UserId, @Email, case when @EmailVerified then now() end, @Name, @AvatarUrl, @PasswordHash,
                case when @PasswordHash is not null then now() end)
            on conflict (lower(email)) do nothing
            """,
            new
            {
                scope.Actor.UserId, account.Email, account.Name, account.AvatarUrl, account.PasswordHash,
                account.EmailVerified,
            },
            cancellation);

    /// <summary>Gives an anonymous account an address and a password.</summary>
    public Task<AccountChange> ClaimAsync(string email, string passwordHash, CancellationToken cancellation) =>
        ChangeAsync(
            transaction => transaction.FindAsync<Account>(
                $"""
                update ops.user_account
                set email = @email, password_hash = @passwordHash, password_changed_at = now(),
                    updated_at = clock_timestamp()
                where id = @UserId and email is null and not has_password
                returning {Columns}
                """,
                new { scope.Actor.UserId, email, passwordHash }, cancellation),
            cancellation);

    private async Task<AccountChange> ChangeAsync(
        Func<DatabaseTransaction, Task<Account?>> change, CancellationToken cancellation)
    {
        try
        {
            return await database.InTransactionAsync(change, cancellation) is { } account
                ? new AccountChange.Done(account)
                : new AccountChange.Stale();
        }
        catch (PostgresException e) when (e.ConstraintName == "user_account_email_unique")
        {
            return new AccountChange.EmailTaken();
        }
        catch (PostgresException e) when (e.ConstraintName == "user_account_username_unique")
        {
            return new AccountChange.UsernameTaken();
        }
    }
}
