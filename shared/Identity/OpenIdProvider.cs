using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;

namespace Assay;

/// <summary>An OpenID provider, by its issuer.</summary>
internal sealed class OpenIdProvider(
    string name, IdentityProviderOptions options, IdentityProviderHttp http, TimeProvider time)
    : IIdentityProvider, IDisposable
{
    private const string ScopesByDefault = "openid email profile";

    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(1);

    private readonly OpenIdMetadata metadata = new(options.Issuer!, http, time);

    public string Name => name;

    public async Task<Uri> AuthorizationAsync(ProviderVisit visit, CancellationToken cancellation)
    {
        var document = await metadata.DocumentAsync(cancellation);
        return new Uri(QueryHelpers.AddQueryString(document.AuthorizationEndpoint, new Dictionary<string, string?>
        {
            ["response_type"] = "code",
            ["client_id"] = options.ClientId,
            ["redirect_uri"] = visit.RedirectUri,
            ["scope"] = options.Scopes ?? ScopesByDefault,
            ["state"] = visit.State,
            ["nonce"] = visit.Nonce,
            ["code_challenge"] = visit.CodeChallenge,
            ["code_challenge_method"] = "S256",
        }));
    }

    public async Task<ExternalIdentity> RedeemAsync(
        ProviderVisit visit, string code, string? issuer, CancellationToken cancellation)
    {
        var document = await metadata.DocumentAsync(cancellation);
        // Or else a code of one provider could be sent to another that lured the browser there.
        if (issuer is null ? document.NamesItself : issuer != options.Issuer)
            throw new IdentityProviderException("The answer is of another issuer.");

        var tokens = await RedeemAsync(document, visit, code, cancellation);
        var accessToken = OpenIdMetadata.Text(tokens, "access_token");
        var claims = await ReadAsync(OpenIdMetadata.Text(tokens, "id_token"), accessToken, visit.Nonce, cancellation);
        if (!claims.ContainsKey("email") && document.UserInfoEndpoint is { } url && accessToken is not null)
            claims = await AddUserInfoAsync(claims, url, accessToken, cancellation);
        return new ExternalIdentity(
            name,
            OpenIdMetadata.Text(claims, "sub")!,
            OpenIdMetadata.Text(claims, "email"),
            $"{claims["email_verified"]}" is "true",
            OpenIdMetadata.Text(claims, "name"),
            OpenIdMetadata.Text(claims, "picture"),
            ExternalIdentity.ProfileOf(claims),
            tokens.ToJsonString());
    }

    public void Dispose() => metadata.Dispose();

    private Task<JsonObject> RedeemAsync(
        OpenIdDocument document, ProviderVisit visit, string code, CancellationToken cancellation)
    {
        var form = new Dictionary<string, string>
        {
            ["grant_type"] = "authorization_code",
            ["code"] = code,
            ["redirect_uri"] = visit.RedirectUri,
            ["code_verifier"] = visit.CodeVerifier,
        };
        if (options.ClientSecret is { Length: > 0 } secret && document.TakesBasic)
            return http.PostAsync(document.TokenEndpoint, form, (options.ClientId, secret), cancellation);

        form["client_id"] = options.ClientId;
        if (options.ClientSecret is { Length: > 0 })
            form["client_secret"] = options.ClientSecret;
        return http.PostAsync(document.TokenEndpoint, form, null, cancellation);
    }

    private async Task<JsonObject> ReadAsync(
        string? token, string? accessToken, string nonce, CancellationToken cancellation)
    {
        if (token is null || Jwt.TryParse(token) is not { } jwt || Jwt.Text(jwt.Header, "alg") is not { } algorithm)
            throw new IdentityProviderException("There is no identity token.");
        var keys = await metadata.KeysAsync(Jwt.Text(jwt.Header, "kid"), algorithm, cancellation);
        if (!keys.Any(key => key.Verifies(jwt.Signed, jwt.Signature)))
            throw new IdentityProviderException("The identity token is not signed by the provider.");

        var now = time.GetUtcNow();
        var wrong = Jwt.Text(jwt.Claims, "iss") != options.Issuer ? "iss"
            : !IsForUs(jwt.Claims) ? "aud"
            : !(Jwt.Time(jwt.Claims, "exp") > now - Skew) ? "exp"
            : !(Jwt.Time(jwt.Claims, "iat") <= now + Skew) ? "iat"
            : Jwt.Text(jwt.Claims, "nonce") != nonce ? "nonce"
            : !ExternalIdentity.IsSubject(Jwt.Text(jwt.Claims, "sub")) ? "sub"
            : !IsOf(accessToken, jwt.Claims) ? "at_hash"
            : null;
        return wrong is null
            ? JsonObject.Create(jwt.Claims)!
            : throw new IdentityProviderException($"The identity token's {wrong} is not as expected.");
    }

    private bool IsForUs(JsonElement claims)
    {
        if (!claims.TryGetProperty("aud", out var audience))
            return false;
        var names = audience.ValueKind == JsonValueKind.Array
            ? audience.EnumerateArray().Select(item => $"{item}").ToArray()
            : [$"{audience}"];
        // One that is for others as well must say that it was issued to us.
        return names.Contains(options.ClientId)
            && (claims.TryGetProperty("azp", out var party) ? $"{party}" == options.ClientId : names.Length == 1);
    }

    private static bool IsOf(string? accessToken, JsonElement claims)
    {
        if (!claims.TryGetProperty("at_hash", out var hash))
            return true;
        var half = SHA256.HashData(Encoding.ASCII.GetBytes(accessToken ?? "")).AsSpan(0, 16);
        return accessToken is not null && $"{hash}" == Base64Url.EncodeToString(half);
    }

    private async Task<JsonObject> AddUserInfoAsync(
        JsonObject claims, string url, string accessToken, CancellationToken cancellation)
    {
        var more = await http.GetAsync(url, accessToken, cancellation);
        if (OpenIdMetadata.Text(more, "sub") != OpenIdMetadata.Text(claims, "sub"))
            throw new IdentityProviderException("The user info is of somebody else.");
        foreach (var (member, value) in more)
            claims.TryAdd(member, value?.DeepClone());
        return claims;
    }
}
