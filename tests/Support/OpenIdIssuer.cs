using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;

namespace Assay;

/// <summary>
/// An OpenID provider on loopback, which lets in whoever the test says, and misbehaves as the test says. It holds
/// clients to the protocol: codes work once, only with their verifier, for their client, at their redirect address. It
/// plays GitHub, too, under the same address.
/// </summary>
internal sealed class OpenIdIssuer : IAsyncDisposable
{
    public const string ClientId = "assay-client";
    public const string ClientSecret = "client secret, with: signs";

    private readonly WebApplication app;
    private readonly ConcurrentDictionary<string, Grant> grants = new();
    private RSA rsa = RSA.Create(2048);
    private ECDsa ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private OpenIdIssuer(WebApplication app) => this.app = app;

    public string Address => app.Urls.First();

    /// <summary>Who signs in: claims of the identity token.</summary>
    public JsonObject User { get; set; } = new()
    {
        ["sub"] = "user-1", ["email"] = "ada@example.com", ["email_verified"] = true,
    };

    /// <summary>What is left to the user info instead of the identity token.</summary>
    public JsonObject? UserInfo { get; set; }

    public string Algorithm { get; set; } = "RS256";

    /// <summary>Changes the identity token's claims, or what is signed.</summary>
    public Action<JsonObject> Claims { get; set; } = _ => { };

    /// <summary>Changes the discovery document.</summary>
    public Action<JsonObject> Document { get; set; } = _ => { };

    public Func<string, string> Token { get; set; } = token => token;

    /// <summary>Changes the JSON of claims and of what is said of a user, to what no JSON writer writes.</summary>
    public Func<string, string> Text { get; set; } = json => json;

    /// <summary>The parameter <c>iss</c> of answers.</summary>
    public string? AnswersAs { get; set; }

    public string KeyId { get; private set; } = "key-1";

    public int KeyRequests { get; private set; }

    /// <summary>The last authorization request.</summary>
    public IReadOnlyDictionary<string, string> Asked { get; private set; } = new Dictionary<string, string>();

    public string? LastAccessToken { get; private set; }

    public static async Task<OpenIdIssuer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var issuer = new OpenIdIssuer(app);
        app.MapGet("/.well-known/openid-configuration", issuer.Discover);
        app.MapGet("/jwks", issuer.Keys);
        app.MapGet("/authorize", issuer.Authorize);
        app.MapPost("/token", issuer.RedeemAsync);
        app.MapGet("/userinfo", () => issuer.Said(issuer.UserInfo!));
        app.MapGet("/login/oauth/authorize", issuer.Authorize);
        app.MapPost("/login/oauth/access_token", issuer.RedeemAsync);
        app.MapGet("/user", () => issuer.Said(issuer.User));
        app.MapGet("/user/emails", () => Json(issuer.User["emails"]!));
        await app.StartAsync();
        return issuer;
    }

    public Dictionary<string, string?> SettingsAs(string name) => new()
    {
        [$"Assay__OAuth__{name}__Issuer"] = Address,
        [$"Assay__OAuth__{name}__ClientId"] = ClientId,
        [$"Assay__OAuth__{name}__ClientSecret"] = ClientSecret,
    };

    public void RotateKeys()
    {
        KeyId = $"key-{Guid.NewGuid():n}";
        (rsa, ec) = (RSA.Create(2048), ECDsa.Create(ECCurve.NamedCurves.nistP256));
    }

    /// <summary>Signs claims as the provider does.</summary>
    public string Sign(JsonObject claims, string? algorithm = null, string? keyId = null)
    {
        algorithm ??= Algorithm;
        return Jwt.Compact(
            new JsonObject { ["alg"] = algorithm, ["kid"] = keyId ?? $"{KeyId}-{algorithm}" }.ToJsonString(),
            Text(claims.ToJsonString()),
            signed => algorithm == "ES256"
                ? ec.SignData(signed, HashAlgorithmName.SHA256)
                : rsa.SignData(signed, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        rsa.Dispose();
        ec.Dispose();
    }

    private IResult Discover()
    {
        var document = new JsonObject
        {
            ["issuer"] = Address,
            ["authorization_endpoint"] = $"{Address}/authorize",
            ["token_endpoint"] = $"{Address}/token",
            ["userinfo_endpoint"] = $"{Address}/userinfo",
            ["jwks_uri"] = $"{Address}/jwks",
            ["authorization_response_iss_parameter_supported"] = AnswersAs is not null,
        };
        Document(document);
        return Json(document);
    }

    private IResult Keys()
    {
        KeyRequests++;
        var (r, e) = (rsa.ExportParameters(false), ec.ExportParameters(false));
        return Json(new JsonObject
        {
            ["keys"] = new JsonArray(
                new JsonObject
                {
                    ["kty"] = "RSA", ["use"] = "sig", ["kid"] = $"{KeyId}-RS256",
                    ["n"] = Base64Url.EncodeToString(r.Modulus), ["e"] = Base64Url.EncodeToString(r.Exponent),
                },
                new JsonObject
                {
                    ["kty"] = "EC", ["crv"] = "P-256", ["kid"] = $"{KeyId}-ES256",
                    ["x"] = Base64Url.EncodeToString(e.Q.X), ["y"] = Base64Url.EncodeToString(e.Q.Y),
                }),
        });
    }

    private IResult Authorize(HttpRequest request)
    {
        Asked = request.Query.ToDictionary(value => value.Key, value => value.Value.ToString());
        var code = $"code-{Guid.NewGuid():n}";
        grants[code] = new(Asked, User.DeepClone().AsObject());
        var answer = new Dictionary<string, string?>
        {
            ["code"] = code, ["state"] = Asked["state"], ["session_state"] = "as some add",
        };
        if (AnswersAs is not null)
            answer["iss"] = AnswersAs;
        return Results.Redirect(QueryHelpers.AddQueryString(Asked["redirect_uri"], answer));
    }

    private async Task<IResult> RedeemAsync(HttpRequest request)
    {
        var form = await request.ReadFormAsync();
        var isGitHub = request.Path.StartsWithSegments("/login");
        var basic = Convert.ToBase64String(Encoding.ASCII.GetBytes(
            $"{Uri.EscapeDataString(ClientId)}:{Uri.EscapeDataString(ClientSecret)}"));
        var isClient = isGitHub
            ? form["client_id"] == ClientId && form["client_secret"] == ClientSecret
            : request.Headers.Authorization == $"Basic {basic}";
        if (!isClient || !grants.TryRemove(form["code"].ToString(), out var grant)
            || form["redirect_uri"] != grant.Asked["redirect_uri"]
            || Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"].ToString())))
                != grant.Asked["code_challenge"])
            return Results.Json(
                new { error = "invalid_grant", error_description = ClientSecret }, statusCode: isGitHub ? 200 : 400);

        LastAccessToken = $"access-{Guid.NewGuid():n}";
        var answer = new JsonObject { ["access_token"] = LastAccessToken, ["token_type"] = "Bearer" };
        if (!isGitHub)
            answer["id_token"] = Token(Sign(ClaimsOf(grant)));
        return Json(answer);
    }

    private JsonObject ClaimsOf(Grant grant)
    {
        var claims = grant.User.DeepClone().AsObject();
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        claims["iss"] = Address;
        claims["aud"] = ClientId;
        claims["nonce"] = grant.Asked["nonce"];
        claims["iat"] = now;
        claims["exp"] = now + 300;
        claims["at_hash"] = Base64Url.EncodeToString(
            SHA256.HashData(Encoding.ASCII.GetBytes(LastAccessToken!)).AsSpan(0, 16));
        Claims(claims);
        return claims;
    }

    private IResult Said(JsonNode node) => Results.Content(Text(node.ToJsonString()), "application/json");

    private static IResult Json(JsonNode node) => Results.Content(node.ToJsonString(), "application/json");

    private sealed record Grant(IReadOnlyDictionary<string, string> Asked, JsonObject User);
}
