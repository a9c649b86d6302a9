namespace Assay;

/// <summary>People come in: by a password, or with a new account, one of their own or by an invitation.</summary>
public sealed class SignIn(
    IdentityDatabase database,
    Passwords passwords,
    AccountStore accounts,
    SessionStore sessions,
    OrganizationRegistry organizations,
    InvitationStore invitations,
    OrganizationScope scope)
{
    /// <summary>
    /// Makes an account with an organization of its own, named after the person, and signs in. Null when the address
    /// is another's.
    /// </summary>
    /// <param name="email">Null, as well as <paramref name="password"/>, for an anonymous account.</param>
    /// <inheritdoc cref="Passwords.HashAsync" path="exception"/>
    public async Task<SignedSession?> RegisterAsync(
        string? email, string? password, string? name, string userAgent, CancellationToken cancellation)
    {
        await sessions.PrepareAsync(cancellation);
        var hash = password is null ? null : await passwords.HashAsync(password, cancellation);
        scope.Recognize(Guid.CreateVersion7());
        return await TryCreateAsync(new NewAccount(email, name, hash), _ => Task.CompletedTask, cancellation)
            ? await OpenAsync(userAgent, cancellation)
            : null;
    }

    /// <summary>
    /// Makes an account that is a member of the organization that an invitation is to, and of no other. An address that
    /// the invitation was mailed to is the account's, and verified. <see cref="OpenAsync"/> signs in.
    /// </summary>
    /// <param name="email">For an invitation to no address.</param>
    /// <inheritdoc cref="Passwords.HashAsync" path="exception"/>
    public async Task<Acceptance> RegisterInvitedAsync(
        OpenInvitation invitation, string? email, string password, string? name, CancellationToken cancellation)
    {
        await sessions.PrepareAsync(cancellation);
        var hash = await passwords.HashAsync(password, cancellation);
        scope.Recognize(Guid.CreateVersion7());
        var account = new NewAccount(invitation.Email ?? email, name, hash, invitation.Email is not null);
        return await CreateInvitedAsync(invitation, account, _ => Task.CompletedTask, cancellation);
    }

    /// <summary>Makes the account of the person who was just recognized, a member by an invitation.</summary>
    /// <param name="also">Done with it, in its transaction.</param>
    internal Task<Acceptance> CreateInvitedAsync(
        OpenInvitation invitation, NewAccount account, Func<DatabaseTransaction, Task> also,
        CancellationToken cancellation) =>
        invitations.AcceptAsync(
            invitation, transaction => TryCreateAsync(transaction, account, also, cancellation), cancellation);

    /// <summary>
    /// Makes the account of the person who was just recognized, and an organization. False when the address is
    /// another's.
    /// </summary>
    /// <param name="also">Done with it, in its transaction.</param>
    internal async Task<bool> TryCreateAsync(
        NewAccount account, Func<DatabaseTransaction, Task> also, CancellationToken cancellation)
    {
        var created = await database.InTransactionAsync(
            transaction => TryCreateAsync(transaction, account, also, cancellation), cancellation);
        // A person whose organization could not be made any more has none, and can make one.
        if (created)
            await organizations.CreateAsync(OrganizationOf(account), cancellation);
        return created;
    }

    private async Task<bool> TryCreateAsync(
        DatabaseTransaction transaction, NewAccount account, Func<DatabaseTransaction, Task> also,
        CancellationToken cancellation)
    {
        if (!await accounts.TryCreateAsync(transaction, account, cancellation))
            return false;
        await also(transaction);
        return true;
    }

    /// <summary>A session of the person who was recognized.</summary>
    /// <inheritdoc cref="SessionStore.OpenAsync" path="exception"/>
    public Task<SignedSession> OpenAsync(string userAgent, CancellationToken cancellation) =>
        sessions.OpenAsync(userAgent, cancellation);

    /// <summary>Null when there is no such account, or this is not its password.</summary>
    /// <inheritdoc cref="Passwords.HashAsync" path="exception"/>
    public async Task<SignedSession?> WithPasswordAsync(
        string email, string password, string userAgent, CancellationToken cancellation)
    {
        for (var isFirst = true; ; isFirst = false)
        {
            var (address, login) = await FindAsync(email, cancellation);
            var derived = await passwords.DeriveAsync(login, password, cancellation);
            if (await CheckAsync(address, derived, cancellation) is not { } right)
                return null;

            var upgraded = derived.First(one => one.Hash == right.Hash).IsOld
                ? await passwords.HashAsync(password, cancellation)
                : null;
            if (scope.Actor.UserId is null)
                scope.Recognize(right.UserId);
            // An old hash may also have been upgraded by a login at the same moment: then that one is asked.
            var session = await sessions.TryOpenAsync(userAgent, right.Hash, upgraded, cancellation);
            if (session is not null || upgraded is null || !isFirst)
                return session;
        }
    }

    /// <summary>
    /// The hash of the current person's password, if this is it; null otherwise. One who has none knows none.
    /// </summary>
    /// <inheritdoc cref="Passwords.HashAsync" path="exception"/>
    public async Task<string?> HashOwnPasswordAsync(string password, CancellationToken cancellation)
    {
        var login = await database.FindAsync<StoredLogin>(
            "select * from ops.find_own_login()", null, cancellation);
        if (login is null)
            return null;
        var hashes = HashesOf(await passwords.DeriveAsync(login, password, cancellation));
        return await database.FindAsync<string>(
            "select ops.check_own_password(@hashes)", new { hashes }, cancellation);
    }

    private async Task<(string Address, StoredLogin Login)> FindAsync(string email, CancellationToken cancellation)
    {
        var login = await database.FindAsync<StoredLogin>(
            "select * from ops.find_login(@email)", new { email }, cancellation);
        return login!.Parameters is null && EmailAddress.FormerlyOf(email) is { } former
            ? await FindAsync(former, cancellation)
            : (email, login);
    }

    // Whose password it is, and as which of the hashes; a failure is recorded.
    private Task<RightPassword?> CheckAsync(
        string email, DerivedPassword[] derived, CancellationToken cancellation) =>
        database.FindAsync<RightPassword>(
            "select * from ops.check_login(@email, @hashes, @RequestId, @Address::inet)",
            new
            {
                email, hashes = HashesOf(derived), scope.Actor.RequestId, Address = scope.Actor.Address?.ToString(),
            },
            cancellation);

    private static string?[] HashesOf(DerivedPassword[] derived) => [.. derived.Select(password => password.Hash)];

    private static string OrganizationOf(NewAccount account) =>
        account.Name ?? account.Email?.Split('@')[0] ?? "Personal";

    private sealed record RightPassword(Guid UserId, string Hash);
}
