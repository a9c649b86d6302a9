using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Azure.Core;
using Azure.Identity;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;

namespace Assay;

/// <summary>
/// RSA keys of an Azure Key Vault: <c>POST {vault}/keys/{name}/{version}/wrapkey</c> and <c>unwrapkey</c> of its REST
/// API 7.4 with RSA-OAEP-256. The identity needs just these two rights. Unwrapped data keys are kept in memory, a
/// thousand for five minutes each, so that the vault is not asked for every use of a secret: for so long a key that was
/// revoked goes on working.
/// </summary>
internal sealed partial class KeyVaultKeys(
    HttpClient http, TokenCredential identity, IOptions<SecretsOptions> options)
    : IKeyEncryption, IDisposable
{
    private const string Api = "7.4";
    private const string Algorithm = "RSA-OAEP-256";
    private const int RememberedMax = 1000;
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(5);

    private readonly MemoryCache known = new(new MemoryCacheOptions { SizeLimit = RememberedMax });

    public Task<byte[]> WrapAsync(string keyId, byte[] dataKey, CancellationToken cancellation) =>
        CallAsync("wrapkey", keyId, dataKey, cancellation);

    public async Task<byte[]> UnwrapAsync(string keyId, byte[] wrapped, CancellationToken cancellation)
    {
        var name = (keyId, Convert.ToBase64String(SHA256.HashData(wrapped)));
        if (known.TryGetValue(name, out byte[]? dataKey))
            return [.. dataKey!];

        dataKey = await CallAsync("unwrapkey", keyId, wrapped, cancellation);
        known.Set(name, dataKey, new MemoryCacheEntryOptions
        {
            Size = 1,
            AbsoluteExpirationRelativeToNow = Remembered,
        });
        return [.. dataKey];
    }

    public void Dispose() => known.Dispose();

    private async Task<byte[]> CallAsync(
        string operation, string keyId, byte[] value, CancellationToken cancellation)
    {
        if (options.Value.KeyVault is not { Length: > 0 } vault)
            throw new SecretsUnavailableException(
                $"Assay__Secrets__KeyVault is not set; the key {keyId} is in a vault.");

        var address = new Uri($"{vault.TrimEnd('/')}/keys/{keyId}/{operation}?api-version={Api}");
        try
        {
            using var response = await SendAsync(address, value, cancellation);
            return response.StatusCode switch
            {
                HttpStatusCode.OK => await ReadAsync(response, cancellation),
                HttpStatusCode.BadRequest when operation == "unwrapkey" => throw new SecretUnreadableException(),
                var status => throw new SecretsUnavailableException(
                    $"The key vault answers {operation} with the key {keyId} by {(int)status}."),
            };
        }
        catch (AuthenticationFailedException e)
        {
            throw new SecretsUnavailableException("The managed identity gets no token for the key vault.", e);
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or FormatException
            || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            throw new SecretsUnavailableException("The key vault cannot be reached.", e);
        }
    }

    // A vault that no longer takes a token before its time says what another one has to claim.
    private async Task<HttpResponseMessage> SendAsync(Uri address, byte[] value, CancellationToken cancellation)
    {
        string[] scopes = [$"{options.Value.KeyVaultResource}/.default"];
        for (string? claims = null; ;)
        {
            var token = await identity.GetTokenAsync(new TokenRequestContext(scopes, claims: claims), cancellation);
            using var request = new HttpRequestMessage(HttpMethod.Post, address)
            {
                Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token.Token) },
                Content = JsonContent.Create(new { alg = Algorithm, value = Base64Url.EncodeToString(value) }),
            };
            var response = await http.SendAsync(request, cancellation);
            if (claims is not null || (claims = ClaimsAskedBy(response)) is null)
                return response;
            response.Dispose();
        }
    }

    private static string? ClaimsAskedBy(HttpResponseMessage response) =>
        response.StatusCode == HttpStatusCode.Unauthorized
        && ClaimsChallenge().Match($"{response.Headers.WwwAuthenticate}") is { Success: true } challenge
            ? Encoding.UTF8.GetString(Convert.FromBase64String(challenge.Groups[1].Value))
            : null;

    private static async Task<byte[]> ReadAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var answer = await response.Content.ReadFromJsonAsync<Answer>(cancellation);
        return Base64Url.DecodeFromChars(answer?.Value ?? throw new JsonException("The key vault answered nothing."));
    }

    [GeneratedRegex("""\bclaims="([^"]+)""")]
    private static partial Regex ClaimsChallenge();

    private sealed record Answer(string? Value);
}
