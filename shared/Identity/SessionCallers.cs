using Microsoft.Extensions.Caching.Memory;

namespace Assay;

/// <summary>Whom a session stands for.</summary>
/// <param name="Caller">Acts for no organization where none was found.</param>
/// <param name="Organizations">How many the person belongs to.</param>
public sealed record SessionCaller(Caller Caller, int Organizations);

/// <summary>Callers by their session tokens.</summary>
public sealed class SessionCallers(Database database, SessionTokens tokens, IMemoryCache cache)
{
    // A session that is revoked, or a member who is removed, is refused within this time.
    private static readonly TimeSpan Remembered = TimeSpan.FromMilliseconds(900);

    /// <summary>The caller of a live session, or null.</summary>
    /// <param name="slug">The organization to act for; empty takes the person's only one.</param>
    public Task<SessionCaller?> FindAsync(string token, string slug, CancellationToken cancellation) =>
        cache.RememberAsync(("session", Convert.ToHexString(Secret.Hash(token)), slug), Remembered, async () =>
        {
            if (await tokens.ReadAsync(token, cancellation) is not { } claims)
                return null;
            var row = await database.FindAsync<Row>(
                "select * from ops.authenticate_session(@SessionId, @TokenId, @slug)",
                new { claims.SessionId, claims.TokenId, slug }, cancellation);
            return row?.UserId == claims.UserId ? row.ToCaller(claims) : null;
        });

    private sealed record Row(
        Guid UserId, bool IsAdmin, int Organizations, Guid? OrganizationId, string? OrganizationSlug, string? Role)
    {
        public SessionCaller ToCaller(SessionClaims claims) => new(
            new Caller(
                ActorKind.User, UserId, UserId, OrganizationId, OrganizationSlug,
                Role is null ? null : Enum.Parse<Role>(Role, ignoreCase: true), IsAdmin, Scopes: null,
                claims.SessionId, claims.TokenId),
            Organizations);
    }
}
