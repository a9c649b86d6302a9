using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>What an OpenID provider says of itself.</summary>
/// <param name="NamesItself">Whether each answer carries <c>iss</c> (RFC 9207).</param>
internal sealed record OpenIdDocument(
    string AuthorizationEndpoint, string TokenEndpoint, string? UserInfoEndpoint, string KeysEndpoint, bool NamesItself,
    bool TakesBasic);

/// <summary>The discovery document and the signing keys of an OpenID provider, remembered for an hour.</summary>
internal sealed class OpenIdMetadata(string issuer, IdentityProviderHttp http, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan FreshFor = TimeSpan.FromHours(1);

    // A token may name any key: how often that leads to a request must not be up to who sends tokens.
    private static readonly TimeSpan LooksApart = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim asking = new(1, 1);
    private (OpenIdDocument Document, DateTimeOffset At)? document;
    private (IReadOnlyList<IssuerKey> Keys, DateTimeOffset At)? keys;
    private DateTimeOffset lookedAgainAt = DateTimeOffset.MinValue;

    /// <exception cref="IdentityProviderException">It cannot be had, or is of another issuer.</exception>
    public async Task<OpenIdDocument> DocumentAsync(CancellationToken cancellation)
    {
        await asking.WaitAsync(cancellation);
        try
        {
            if (document is { } known && time.GetUtcNow() - known.At < FreshFor)
                return known.Document;
            var read = Read(await http.GetAsync(
                $"{issuer.TrimEnd('/')}/.well-known/openid-configuration", null, cancellation));
            document = (read, time.GetUtcNow());
            return read;
        }
        finally
        {
            asking.Release();
        }
    }

    /// <summary>The keys that may have signed a token; several where it names none. Empty when there is none.</summary>
    /// <inheritdoc cref="DocumentAsync" path="exception"/>
    public async Task<IReadOnlyList<IssuerKey>> KeysAsync(
        string? id, string algorithm, CancellationToken cancellation)
    {
        var endpoint = (await DocumentAsync(cancellation)).KeysEndpoint;
        await asking.WaitAsync(cancellation);
        try
        {
            var now = time.GetUtcNow();
            if (keys is null || now - keys.Value.At >= FreshFor)
                keys = (await FetchAsync(endpoint, cancellation), now);
            if (Find() is [] && now - lookedAgainAt >= LooksApart)
            {
                lookedAgainAt = now;
                keys = (await FetchAsync(endpoint, cancellation), now);
            }
            return Find();
        }
        finally
        {
            asking.Release();
        }

        IReadOnlyList<IssuerKey> Find() =>
            [.. keys!.Value.Keys.Where(key => key.Algorithm == algorithm && (id is null || key.Id == id))];
    }

    public void Dispose() => asking.Dispose();

    private async Task<IReadOnlyList<IssuerKey>> FetchAsync(string endpoint, CancellationToken cancellation)
    {
        var set = await http.GetAsync(endpoint, null, cancellation);
        return set["keys"] is JsonArray listed
            ? [.. listed.OfType<JsonObject>().Select(IssuerKey.TryRead).OfType<IssuerKey>()]
            : throw new IdentityProviderException($"{issuer} lists no keys.");
    }

    private OpenIdDocument Read(JsonObject json)
    {
        if (Text(json, "issuer") != issuer)
            throw new IdentityProviderException($"The document of {issuer} is of another issuer.");
        var methods = (json["token_endpoint_auth_methods_supported"] as JsonArray)?
            .Select(method => $"{method}").ToList();
        return new(
            Endpoint(json, "authorization_endpoint"),
            Endpoint(json, "token_endpoint"),
            json.ContainsKey("userinfo_endpoint") ? Endpoint(json, "userinfo_endpoint") : null,
            Endpoint(json, "jwks_uri"),
            json["authorization_response_iss_parameter_supported"]?.GetValueKind() is JsonValueKind.True,
            methods is null || methods.Contains("client_secret_basic"));
    }

    private string Endpoint(JsonObject json, string name) =>
        Text(json, name) is { } url && IdentityProviderOptions.IsSafe(url)
        ? url
        : throw new IdentityProviderException($"{issuer} names no safe {name}.");

    internal static string? Text(JsonObject json, string name) =>
        json[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}

/// <summary>A key that a provider signs with.</summary>
internal sealed class IssuerKey
{
    private readonly Func<byte[], byte[], bool> verifies;

    private IssuerKey(string? id, string algorithm, Func<byte[], byte[], bool> verifies) =>
        (Id, Algorithm, this.verifies) = (id, algorithm, verifies);

    public string? Id { get; }

    /// <summary>RS256 or ES256, told by the key's kind and never by the token.</summary>
    public string Algorithm { get; }

    public bool Verifies(byte[] data, byte[] signature) => verifies(data, signature);

    /// <summary>Null for what is no key to verify with, or too weak.</summary>
    public static IssuerKey? TryRead(JsonObject json)
    {
        string? Member(string name) => OpenIdMetadata.Text(json, name);
        if (Member("use") is not (null or "sig"))
            return null;
        try
        {
            return (Member("kty"), Member("crv")) switch
            {
                ("RSA", _) when Member("alg") is null or "RS256" => OfRsa(Member("kid"), new RSAParameters
                {
                    Modulus = Base64Url.DecodeFromChars(Member("n")),
                    Exponent = Base64Url.DecodeFromChars(Member("e")),
                }),
                ("EC", "P-256") when Member("alg") is null or "ES256" => OfEc(Member("kid"), new ECParameters
                {
                    Curve = ECCurve.NamedCurves.nistP256,
                    Q = new ECPoint
                    {
                        X = Base64Url.DecodeFromChars(Member("x")), Y = Base64Url.DecodeFromChars(Member("y")),
                    },
                }),
                _ => null,
            };
        }
        catch (Exception e) when (e is FormatException or CryptographicException)
        {
            return null;
        }
    }

    // Made anew for each use, which is rare: neither kind is safe to share among threads.
    private static IssuerKey? OfRsa(string? id, RSAParameters parameters) => parameters.Modulus!.Length < 256
        ? null
        : new(id, "RS256", (data, signature) =>
        {
            using var key = RSA.Create(parameters);
            return key.VerifyData(data, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        });

    private static IssuerKey OfEc(string? id, ECParameters parameters) => new(id, "ES256", (data, signature) =>
    {
        using var key = ECDsa.Create(parameters);
        return key.VerifyData(data, signature, HashAlgorithmName.SHA256);
    });
}
