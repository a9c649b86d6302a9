using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Assay;

/// <summary>
/// Tokens of the identity that Azure gives the app, from the endpoint that App Service and Functions name in
/// <c>IDENTITY_ENDPOINT</c> and open with <c>IDENTITY_HEADER</c> (api-version 2019-08-01).
/// </summary>
/// <param name="clientId">Of a user-assigned identity; null for the app's own.</param>
internal sealed class ManagedIdentity(
    HttpClient http, string? endpoint, string? header, string? clientId, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(5);

    private readonly SemaphoreSlim turn = new(1);
    private Token? known;

    /// <exception cref="SecretsUnavailableException">There is no identity, or it gets no token.</exception>
    public async Task<string> GetTokenAsync(string resource, CancellationToken cancellation)
    {
        if (Volatile.Read(ref known) is { } token && token.ExpiresAt - Margin > time.GetUtcNow())
            return token.Value;

        await turn.WaitAsync(cancellation);
        try
        {
            if (known is null || known.ExpiresAt - Margin <= time.GetUtcNow())
                Volatile.Write(ref known, await AskAsync(resource, cancellation));
            return known!.Value;
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Has the next call ask anew, unless that happened already.</summary>
    public void Forget(string token)
    {
        if (Volatile.Read(ref known) is { } current && current.Value == token)
            Interlocked.CompareExchange(ref known, null, current);
    }

    public void Dispose() => turn.Dispose();

    private async Task<Token> AskAsync(string resource, CancellationToken cancellation)
    {
        if (string.IsNullOrEmpty(endpoint) || string.IsNullOrEmpty(header))
            throw new SecretsUnavailableException(
                "The key vault needs a managed identity, and IDENTITY_ENDPOINT and IDENTITY_HEADER are not set.");

        var address = $"{endpoint}?api-version=2019-08-01&resource={Uri.EscapeDataString(resource)}";
        if (!string.IsNullOrEmpty(clientId))
            address += $"&client_id={Uri.EscapeDataString(clientId)}";
        using var request = new HttpRequestMessage(HttpMethod.Get, address)
        {
            Headers = { { "X-IDENTITY-HEADER", header } },
        };
        using var response = await http.SendAsync(request, cancellation);
        if (!response.IsSuccessStatusCode)
            throw new SecretsUnavailableException(
                $"The managed identity gets no token for the key vault: status {(int)response.StatusCode}.");
        var answer = await response.Content.ReadFromJsonAsync<Answer>(cancellation)
            ?? throw new JsonException("The managed identity's endpoint answered nothing.");
        return new Token(answer.AccessToken, DateTimeOffset.FromUnixTimeSeconds(answer.ExpiresOn));
    }

    private sealed record Token(string Value, DateTimeOffset ExpiresAt);

    private sealed record Answer(
        [property: JsonPropertyName("access_token"), JsonRequired]
        string AccessToken,
        [property: JsonPropertyName("expires_on"), JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
        long ExpiresOn);
}
