using Microsoft.Extensions.Options;

namespace Assay;

/// <summary>Somebody is signed in, somewhere.</summary>
/// <param name="UserAgent">As the client named itself when it signed in.</param>
/// <param name="Address">Where it signed in from.</param>
/// <param name="LastSeenAt">To the minute.</param>
public sealed record Session(
    Guid Id, string? UserAgent, string? Address, DateTimeOffset CreatedAt, DateTimeOffset LastSeenAt,
    DateTimeOffset ExpiresAt);

/// <summary>A session with the token that proves it; the token is not kept.</summary>
public sealed record SignedSession(string Token, DateTimeOffset ExpiresAt);

/// <summary>The current person's sessions.</summary>
public sealed class SessionStore(
    Database database, SessionTokens tokens, OrganizationScope scope, IOptions<SessionOptions> options)
{
    private const int UserAgentLengthMax = 255;

    private static readonly TimeSpan Recent = TimeSpan.FromMinutes(10);

    private const string Live = "user_id = @UserId and revoked_at is null and expires_at > now()";

    /// <summary>Fails where no session could be opened, before anything else is done.</summary>
    /// <inheritdoc cref="SigningKeys.SignerAsync" path="exception"/>
    public Task PrepareAsync(CancellationToken cancellation) => tokens.PrepareAsync(cancellation);

    /// <summary>Begins a session of the person who was recognized.</summary>
    /// <param name="also">Done with it, in its transaction.</param>
    /// <inheritdoc cref="SigningKeys.SignerAsync" path="exception"/>
    public async Task<SignedSession> OpenAsync(
        string userAgent, Func<DatabaseTransaction, Task> also, CancellationToken cancellation) =>
        (await TryOpenAsync(
            userAgent,
            async transaction =>
            {
                await also(transaction);
                return true;
            },
            cancellation))!;

    /// <summary>The same, unless what is to be done first says no: then there is no session, and null.</summary>
    /// <inheritdoc cref="SigningKeys.SignerAsync" path="exception"/>
    public async Task<SignedSession?> TryOpenAsync(
        string userAgent, Func<DatabaseTransaction, Task<bool>> first, CancellationToken cancellation)
    {
        var claims = new SessionClaims(Guid.CreateVersion7(), Guid.NewGuid(), scope.Actor.UserId!.Value);
        await tokens.PrepareAsync(cancellation);
        var opened = await database.InTransactionAsync<DateTimeOffset?>(
            async transaction => await first(transaction)
                ? await InsertAsync(transaction, claims, userAgent, cancellation)
                : null,
            cancellation);
        return opened is { } expiresAt
            ? new(await tokens.IssueAsync(claims, expiresAt, cancellation), expiresAt)
            : null;
    }

    /// <summary>
    /// A new token for a session, which lives on for its whole lifetime. A token that was replaced a moment ago leads
    /// to the one that replaced it, so that two clients that refresh at once stay signed in. Null when the session has
    /// ended meanwhile.
    /// </summary>
    public async Task<SignedSession?> RefreshAsync(Guid id, Guid tokenId, CancellationToken cancellation)
    {
        var refreshed = await database.FindAsync<Refreshed>(
            $"""
            update ops.session
            set jwt_id = case jwt_id when @tokenId then @next else jwt_id end,
                replaced_jwt_id = case jwt_id when @tokenId then jwt_id else replaced_jwt_id end,
                replaced_at = case jwt_id when @tokenId then now() else replaced_at end,
                expires_at = now() + @Lifetime
            where id = @id and @tokenId in (jwt_id, replaced_jwt_id) and {Live}
            returning jwt_id, expires_at
            """,
            new { id, tokenId, next = Guid.NewGuid(), options.Value.Lifetime, scope.Actor.UserId }, cancellation);
        if (refreshed is null)
            return null;
        var claims = new SessionClaims(id, refreshed.JwtId, scope.Actor.UserId!.Value);
        return new(await tokens.IssueAsync(claims, refreshed.ExpiresAt, cancellation), refreshed.ExpiresAt);
    }

    /// <summary>Whether a session of the current person began lately, and so shows who is there.</summary>
    public Task<bool> IsRecentAsync(Guid id, CancellationToken cancellation) =>
        database.ValueAsync<bool>(
            $"select exists (select from ops.session where id = @id and created_at > now() - @Recent and {Live})",
            new { id, Recent, scope.Actor.UserId }, cancellation);

    /// <summary>Those that live, newest first.</summary>
    public Task<IReadOnlyList<Session>> ListAsync(Guid? after, int limit, CancellationToken cancellation) =>
        database.ListAsync<Session>(
            $"""
            select id, user_agent, host(address) as address, created_at, last_seen_at, expires_at
            from ops.session
            where {Live} and (@after::uuid is null or id < @after)
            order by id desc
            limit @limit
            """,
            new { scope.Actor.UserId, after, limit }, cancellation);

    /// <summary>False when there is no such session that lives.</summary>
    public Task<bool> TryRevokeAsync(Guid id, CancellationToken cancellation) =>
        database.ChangedAsync(
            $"update ops.session set revoked_at = now() where id = @id and {Live}",
            new { id, scope.Actor.UserId }, cancellation);

    /// <summary>Ends all of them.</summary>
    /// <param name="kept">The one that goes on; null for none.</param>
    public Task RevokeAllAsync(Guid? kept, CancellationToken cancellation) =>
        database.InTransactionAsync(
            transaction => RevokeAllAsync(transaction, kept, cancellation), cancellation);

    /// <inheritdoc cref="RevokeAllAsync(Guid?, CancellationToken)"/>
    internal Task RevokeAllAsync(DatabaseTransaction transaction, Guid? kept, CancellationToken cancellation) =>
        transaction.ExecuteAsync(
            $"update ops.session set revoked_at = now() where id is distinct from @kept and {Live}",
            new { kept, scope.Actor.UserId }, cancellation);

    // What ended a month ago is of no use to anybody; a sign-in is a good moment to forget it.
    private Task<DateTimeOffset> InsertAsync(
        DatabaseTransaction transaction, SessionClaims claims, string userAgent, CancellationToken cancellation) =>
        transaction.ValueAsync<DateTimeOffset>(
            """
            with forgotten as (
                delete from ops.session
                where user_id = @UserId and least(expires_at, revoked_at) < now() - interval '30 days'
            )
            insert into ops.session (id, user_id, jwt_id, expires_at, user_agent, address)
            values (@SessionId, @UserId, @TokenId, now() + @Lifetime, @agent, @Address::inet)
            returning expires_at
            """,
            new
            {
                claims.SessionId,
                claims.UserId,
                claims.TokenId,
                options.Value.Lifetime,
                agent = ShownText.Shorten(userAgent, UserAgentLengthMax),
                Address = scope.Actor.Address?.ToString(),
            },
            cancellation);

    private sealed record Refreshed(Guid JwtId, DateTimeOffset ExpiresAt);
}
