using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>Credentials as one caller sees them; remembers all that was answered.</summary>
internal sealed class CredentialsApi(HttpClient client)
{
    private readonly List<string> answers = [];

    public string Answers => string.Concat(answers);

    public Task<(HttpStatusCode Status, JsonNode? Body)> AddAsync(
        string secret, bool isPersonal = false, string provider = "openai", string? name = null,
        string? baseUrl = null) =>
        SendAsync(HttpMethod.Post, "/api/credentials", new
        {
            provider, name = name ?? $"Key {Guid.NewGuid():n}", secret, isPersonal, baseUrl,
        });

    /// <summary>Adds one. Returns its id.</summary>
    public async Task<Guid> AddedAsync(
        string secret, bool isPersonal = false, string provider = "openai", string? baseUrl = null)
    {
        var (status, body) = await AddAsync(secret, isPersonal, provider, null, baseUrl);
        Assert.True(status == HttpStatusCode.Created, body?.ToJsonString());
        return (Guid)body!["id"]!;
    }

    public Task<(HttpStatusCode Status, JsonNode? Body)> GetAsync(Guid id) =>
        SendAsync(HttpMethod.Get, $"/api/credentials/{id}");

    /// <param name="version">Goes into <c>If-Match</c>; null sends none.</param>
    public Task<(HttpStatusCode Status, JsonNode? Body)> ChangeAsync(Guid id, object patch, int? version) =>
        SendAsync(HttpMethod.Patch, $"/api/credentials/{id}", patch, version);

    public Task<(HttpStatusCode Status, JsonNode? Body)> DeleteAsync(Guid id, int? version) =>
        SendAsync(HttpMethod.Delete, $"/api/credentials/{id}", null, version);

    public Task<(HttpStatusCode Status, JsonNode? Body)> ValidateAsync(Guid id) =>
        SendAsync(HttpMethod.Post, $"/api/credentials/{id}/validate");

    public async Task<IReadOnlyList<Guid>> ListAsync(string query = "")
    {
        var (_, body) = await SendAsync(HttpMethod.Get, $"/api/credentials{query}");
        return [.. body!["items"]!.AsArray().Select(item => (Guid)item!["id"]!)];
    }

    public async Task<(HttpStatusCode Status, JsonNode? Body)> SendAsync(
        HttpMethod method, string path, object? body = null, int? version = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
            request.Content = JsonContent.Create(body);
        if (version is not null)
            request.Headers.TryAddWithoutValidation("If-Match", $"\"{version}\"");
        using var answer = await client.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        answers.Add($"{answer}{text}");
        return (answer.StatusCode, text.Length > 0 ? JsonNode.Parse(text) : null);
    }
}
