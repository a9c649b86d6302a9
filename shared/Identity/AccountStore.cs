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

    /// <summary>Stale when somebody changed it after <paramref name="known"/> was read.</summary>
    public Task<AccountChange> ChangeAsync(
        Account known, AccountChanges wanted, CancellationToken cancellation) =>
        ChangeAsync(
            transaction => transaction.FindAsync<Account>(
                $"""
                update ops.user_account
                set username = @Username, name = @Name, avatar_url = @AvatarUrl, bio = @Bio,
                    updated_at = clock_timestamp()
                where id = @Id and updated_at = @UpdatedAt
                returning {Columns}
                """,
                new { known.Id, known.UpdatedAt, wanted.Username, wanted.Name, wanted.AvatarUrl, wanted.Bio },
                cancellation),
            cancellation);

    /// <summary>How many entities only the person sees, in all of their organizations.</summary>
    public Task<long> CountPrivateAsync(CancellationToken cancellation) =>
        database.ValueAsync<long>("select core.count_own_private()", null, cancellation);

    /// <summary>
    /// The account, with everything that is the person's alone. What they handed out is withdrawn, and private entities
    /// of theirs are sealed.
    /// </summary>
    public async Task<AccountDeletion> DeleteAsync(Account known, CancellationToken cancellation)
    {
        try
        {
            return await database.ChangedAsync(
                "delete from ops.user_account where id = @Id and updated_at = @UpdatedAt",
                new { known.Id, known.UpdatedAt }, cancellation)
                    ? AccountDeletion.Done
                    : AccountDeletion.Stale;
        }
        catch (PostgresException e) when (e.ConstraintName == "organization_keeps_an_owner")
        {
            return AccountDeletion.LastOwner;
        }
    }

    /// <summary>Null when the token was not mailed to this account's address, or was used, or expired.</summary>
    public Task<Account?> VerifyEmailAsync(string token, CancellationToken cancellation) =>
        database.FindAsync<Account>(
            $"""
            with used as (
                delete from ops.account_token
                where user_id = @UserId and purpose = 'email_verification' and token_hash = @hash
                    and expires_at > now()
                returning user_id, email
            )
            update ops.user_account u set email_verified_at = now(), updated_at = clock_timestamp()
            from used
            where u.id = used.user_id and u.email = used.email
            returning {Columns.Replace("id, email,", "u.id, u.email,")}
            """,
            new { scope.Actor.UserId, hash = Secret.Hash(token) }, cancellation);

    /// <summary>
    /// Takes the address that a token was mailed to. What else was mailed for the account ends. Stale when the token
    /// was not mailed for this account, or was used, or expired.
    /// </summary>
    public Task<AccountChange> ChangeEmailAsync(string token, CancellationToken cancellation) =>
        ChangeAsync(
            async transaction =>
            {
                var account = await transaction.FindAsync<Account>(
                    $"""
                    with used as (
                        delete from ops.account_token
                        where user_id = @UserId and purpose = 'email_change' and token_hash = @hash
                            and expires_at > now()
                        returning user_id, email
                    )
                    update ops.user_account u
                    set email = used.email, email_verified_at = now(), updated_at = clock_timestamp()
                    from used
                    where u.id = used.user_id
                    returning {Columns.Replace("id, email,", "u.id, u.email,")}
                    """,
                    new { scope.Actor.UserId, hash = Secret.Hash(token) }, cancellation);
                if (account is not null)
                    await transaction.ExecuteAsync(
                        "delete from ops.account_token where user_id = @UserId", new { scope.Actor.UserId },
                        cancellation);
                return account;
            },
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
