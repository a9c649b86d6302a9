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
    IdentityDatabase database, SessionTokens tokens, OrganizationScope scope, IOptions<SessionOptions> options)
{
    private const int UserAgentLengthMax = 255;

    private static readonly TimeSpan Recent = TimeSpan.FromMinutes(10);

    private const string Live = "user_id = @UserId and revoked_at is null and expires_at > now()";

    /// <summary>Fails where no session could be opened, before anything else is done.</summary>
    /// <inheritdoc cref="SigningKeys.SignerAsync" path="exception"/>
    public Task PrepareAsync(CancellationToken cancellation) => tokens.PrepareAsync(cancellation);

    /// <summary>Begins a session of the person who was recognized.</summary>
    /// <inheritdoc cref="SigningKeys.SignerAsync" path="exception"/>
    public async Task<SignedSession> OpenAsync(string userAgent, CancellationToken cancellation) =>
        await TryOpenAsync(userAgent, null, null, cancellation)
        ?? throw new InvalidOperationException("Whoever was recognized has no account.");

    /// <summary>The same by a password. Null when the password was changed, or its hash upgraded, meanwhile.</summary>
    /// <param name="known">The hash of the password that was given.</param>
    /// <param name="upgraded">A newer hash of it, to be kept from now on; null for none.</param>
    /// <inheritdoc cref="SigningKeys.SignerAsync" path="exception"/>
    public async Task<SignedSession?> TryOpenAsync(
        string userAgent, string? known, string? upgraded, CancellationToken cancellation)
    {
        var claims = new SessionClaims(Guid.CreateVersion7(), Guid.NewGuid(), scope.Actor.UserId!.Value);
        await tokens.PrepareAsync(cancellation);
        var opened = await database.FindAsync<DateTimeOffset?>(
            """
            select * from ops.open_session(
                @SessionId, @TokenId, @Lifetime, @agent, @Address::inet, @known, @upgraded)
            """,
            new
            {
                claims.SessionId,
                claims.TokenId,
                options.Value.Lifetime,
                agent = ShownText.Shorten(userAgent, UserAgentLengthMax),
                Address = scope.Actor.Address?.ToString(),
                known,
                upgraded,
            },
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
            "select * from ops.refresh_session(@id, @tokenId, @next, @Lifetime)",
            new { id, tokenId, next = Guid.NewGuid(), options.Value.Lifetime }, cancellation);
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
        database.ValueAsync<bool>("select ops.revoke_session(@id)", new { id }, cancellation);

    /// <summary>Ends all of them.</summary>
    /// <param name="kept">The one that goes on; null for none.</param>
    public Task RevokeAllAsync(Guid? kept, CancellationToken cancellation) =>
        database.ExecuteAsync("select ops.revoke_sessions(@kept)", new { kept }, cancellation);

    private sealed record Refreshed(Guid JwtId, DateTimeOffset ExpiresAt);
}
