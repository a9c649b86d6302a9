using Npgsql;

namespace Assay;

/// <summary>The current person's account.</summary>
public sealed class AccountStore(IdentityDatabase database)
{
    /// <summary>Null when it was deleted a moment ago.</summary>
    public Task<Account?> FindAsync(CancellationToken cancellation) =>
        database.FindAsync<Account>("select * from ops.find_own_account()", null, cancellation);

    /// <summary>Makes the account of the person who was just recognized. False when the address is another's.</summary>
    internal Task<bool> TryCreateAsync(
        DatabaseTransaction transaction, NewAccount account, CancellationToken cancellation) =>
        transaction.ValueAsync<bool>(
            "select ops.create_account(@Email, @EmailVerified, @Name, @AvatarUrl, @PasswordHash)", account,
            cancellation);

    /// <summary>Gives an anonymous account an address and a password.</summary>
    public Task<AccountChange> ClaimAsync(string email, string passwordHash, CancellationToken cancellation) =>
        ChangeAsync(
            "select * from ops.claim_account(@email, @passwordHash)", new { email, passwordHash }, cancellation);

    /// <summary>Stale when somebody changed it after <paramref name="known"/> was read.</summary>
    public Task<AccountChange> ChangeAsync(
        Account known, AccountChanges wanted, CancellationToken cancellation) =>
        ChangeAsync(
            "select * from ops.change_account(@UpdatedAt, @Username, @Name, @AvatarUrl, @Bio)",
            new { known.UpdatedAt, wanted.Username, wanted.Name, wanted.AvatarUrl, wanted.Bio }, cancellation);

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
            return await database.ValueAsync<bool>(
                "select ops.delete_account(@UpdatedAt)", new { known.UpdatedAt }, cancellation)
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
            "select * from ops.verify_email(@hash)", new { hash = Secret.Hash(token) }, cancellation);

    /// <summary>
    /// Takes the address that a token was mailed to. What else was mailed for the account ends. Stale when the token
    /// was not mailed for this account, or was used, or expired.
    /// </summary>
    public Task<AccountChange> ChangeEmailAsync(string token, CancellationToken cancellation) =>
        ChangeAsync("select * from ops.change_email(@hash)", new { hash = Secret.Hash(token) }, cancellation);

    private async Task<AccountChange> ChangeAsync(string sql, object parameters, CancellationToken cancellation)
    {
        try
        {
            return await database.FindAsync<Account>(sql, parameters, cancellation) is { } account
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
