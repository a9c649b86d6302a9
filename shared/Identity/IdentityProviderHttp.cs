using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>Requests to providers: JSON or a <see cref="IdentityProviderException"/>.</summary>
public sealed class IdentityProviderHttp(OutboundHttp outbound)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    public Task<JsonObject> GetAsync(string url, string? bearer, CancellationToken cancellation) =>
        SendAsync<JsonObject>(new HttpRequestMessage(HttpMethod.Get, url), bearer, cancellation);

    public Task<JsonArray> ListAsync(string url, string bearer, CancellationToken cancellation) =>
        SendAsync<JsonArray>(new HttpRequestMessage(HttpMethod.Get, url), bearer, cancellation);

    /// <param name="basic">Id and secret of the client, where they go into a header.</param>
    public Task<JsonObject> PostAsync(
        string url, Dictionary<string, string> form, (string Id, string Secret)? basic, CancellationToken cancellation)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new FormUrlEncodedContent(form) };
        if (basic is var (id, secret))
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(
                Encoding.ASCII.GetBytes($"{Uri.EscapeDataString(id)}:{Uri.EscapeDataString(secret)}")));
        return SendAsync<JsonObject>(request, null, cancellation);
    }

    // Neither bodies nor inner messages go into what is thrown: a provider may repeat a secret in either.
    private async Task<T> SendAsync<T>(HttpRequestMessage request, string? bearer, CancellationToken cancellation)
        where T : JsonNode
    {
        using var owned = request;
        request.Headers.Accept.Add(new("application/json"));
        // GitHub refuses requests without one.
        request.Headers.UserAgent.Add(new("assay", null));
        if (bearer is not null)
            request.Headers.Authorization = new("Bearer", bearer);
        var host = request.RequestUri!.Host;
        try
        {
            using var client = outbound.NewClient(Patience);
            using var answer = await client.SendAsync(request, cancellation);
            var body = await answer.Content.ReadAsStringAsync(cancellation);
            if (!answer.IsSuccessStatusCode)
                throw new IdentityProviderException($"{host} answered {(int)answer.StatusCode}.");
            return JsonNode.Parse(JsonEscapes.Replaced(body), null, Strict) as T
                ?? throw new IdentityProviderException($"{host} answered something else.");
        }
        // An InvalidOperationException is about a character set that nobody knows.
        catch (Exception e) when (e is HttpRequestException or JsonException or InvalidOperationException
            || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            throw new IdentityProviderException($"{host} could not be asked, or answered no JSON.", e);
        }
    }
}
