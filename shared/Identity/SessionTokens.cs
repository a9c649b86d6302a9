using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;

namespace Assay;

/// <param name="TokenId">The token's own <c>jti</c>, which a refresh replaces.</param>
public sealed record SessionClaims(Guid SessionId, Guid TokenId, Guid UserId);

/// <summary>Signed tokens that name a session: JWTs with ES256.</summary>
public sealed class SessionTokens(SigningKeys keys, IOptions<SessionOptions> options, TimeProvider time)
{
    // Between the clocks of two processes.
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(1);

    /// <summary>Fails where no token could be issued, before anything else is done.</summary>
    /// <inheritdoc cref="SigningKeys.SignerAsync" path="exception"/>
    public Task PrepareAsync(CancellationToken cancellation) => keys.SignerAsync(cancellation);

    /// <inheritdoc cref="SigningKeys.SignerAsync" path="exception"/>
    public async Task<string> IssueAsync(
        SessionClaims claims, DateTimeOffset expiresAt, CancellationToken cancellation)
    {
        var key = await keys.SignerAsync(cancellation);
        return Jwt.Compact(
            $$"""{"alg":"ES256","typ":"JWT","kid":"{{key.Id}}"}""",
            new JsonObject
            {
                ["iss"] = options.Value.Issuer,
                ["sub"] = claims.UserId,
                ["sid"] = claims.SessionId,
                ["jti"] = claims.TokenId,
                ["iat"] = time.GetUtcNow().ToUnixTimeSeconds(),
                ["exp"] = expiresAt.ToUnixTimeSeconds(),
            }.ToJsonString(),
            key.Sign);
    }

    /// <summary>What a token says that was issued here and has not expired; null for any other.</summary>
    public async Task<SessionClaims?> ReadAsync(string token, CancellationToken cancellation)
    {
        if (Jwt.TryParse(token) is not { } jwt
            || Jwt.Text(jwt.Header, "alg") != "ES256"
            || Jwt.Text(jwt.Header, "typ") != "JWT"
            || Jwt.Text(jwt.Header, "kid") is not { } keyId
            || await keys.FindAsync(keyId, cancellation) is not { } key
            || !key.Verifies(jwt.Signed, jwt.Signature))
            return null;

        var now = time.GetUtcNow();
        return Jwt.Text(jwt.Claims, "iss") == options.Value.Issuer
            && Jwt.Time(jwt.Claims, "exp") > now
            && Jwt.Time(jwt.Claims, "iat") <= now + Skew
            && (!jwt.Claims.TryGetProperty("nbf", out _) || Jwt.Time(jwt.Claims, "nbf") <= now + Skew)
            && Jwt.Id(jwt.Claims, "sid") is { } session
            && Jwt.Id(jwt.Claims, "jti") is { } id
            && Jwt.Id(jwt.Claims, "sub") is { } user
            ? new SessionClaims(session, id, user)
            : null;
    }
}
