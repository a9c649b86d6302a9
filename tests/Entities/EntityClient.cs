using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>Sends what tests of entities send, and reads what is answered.</summary>
internal static class EntityClient
{
    /// <summary>Adds a prompt. Returns it.</summary>
    public static Task<Entity> AddPromptAsync(this HttpClient client, string title, string text = "Say hello.") =>
        client.AddAsync("prompts", new { title, content = new { text } });

    /// <summary>Adds an entity by the door of its type. Returns it.</summary>
    public static async Task<Entity> AddAsync(this HttpClient client, string door, object body)
    {
        var answer = await client.PostAsync($"/api/{door}", Json(body));
        return await answer.ReadAsync<Entity>(HttpStatusCode.Created);
    }

    /// <param name="ifMatch">A version; null is any.</param>
    public static Task<HttpResponseMessage> PatchAsync(
        this HttpClient client, string path, object patch, int? ifMatch = null) =>
        client.SendAsync(HttpMethod.Patch, path, patch, ifMatch);

    public static Task<HttpResponseMessage> SendAsync(
        this HttpClient client, HttpMethod method, string path, object? body = null, int? ifMatch = null)
    {
        var request = new HttpRequestMessage(method, path);
        if (body is not null)
            request.Content = Json(body);
        request.Headers.TryAddWithoutValidation("If-Match", ifMatch is null ? "*" : $"\"{ifMatch}\"");
        return client.SendAsync(request);
    }

    public static async Task<T> GetAsync<T>(this HttpClient client, string path) =>
        await (await client.GetAsync(path)).ReadAsync<T>(HttpStatusCode.OK);

    public static async Task<T> ReadAsync<T>(this HttpResponseMessage answer, HttpStatusCode status)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == status, $"{(int)answer.StatusCode}: {text}");
        return JsonSerializer.Deserialize<T>(text, Assay.Json.Options)!;
    }

    /// <summary>What a problem says of each field.</summary>
    public static async Task<Dictionary<string, string>> ErrorsAsync(
        this HttpResponseMessage answer, HttpStatusCode status)
    {
        var problem = await answer.ReadAsync<JsonObject>(status);
        return problem["errors"]?.AsObject().ToDictionary(error => error.Key, error => (string)error.Value![0]!) ?? [];
    }

    public static JsonContent Json(object body) =>
        JsonContent.Create(body, new MediaTypeHeaderValue("application/json"), Assay.Json.Options);
}
