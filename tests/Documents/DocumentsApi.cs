using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>The documents of one organization, through the API.</summary>
internal sealed class DocumentsApi(HttpClient client)
{
    public HttpClient Client { get; } = client;

    public Task<HttpResponseMessage> UploadAsync(
        string name, byte[] content, params (string Key, string Value)[] fields)
    {
        var form = new MultipartFormDataContent { { new ByteArrayContent(content), "file", name } };
        foreach (var (key, value) in fields)
            form.Add(new StringContent(value), key);

        return Client.PostAsync("/api/documents", form);
    }

    /// <summary>Uploads text. Returns the document's id.</summary>
    public async Task<Guid> AddAsync(string name, string text, params (string Key, string Value)[] fields)
    {
        var response = await UploadAsync(name, Encoding.UTF8.GetBytes(text), fields);
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.Accepted, body);
        return (Guid)JsonNode.Parse(body)!["id"]!;
    }

    /// <summary>Uploads text and waits until it is searchable.</summary>
    public async Task<Guid> IngestAsync(string name, string text, params (string Key, string Value)[] fields)
    {
        var id = await AddAsync(name, text, fields);
        var document = await EndedAsync(id);
        Assert.True((string)document["status"]! == "completed", document.ToJsonString());
        return id;
    }

    public async Task<JsonNode> GetAsync(string path)
    {
        var response = await Client.GetAsync($"/api/{path}");
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, body);
        return JsonNode.Parse(body)!;
    }

    /// <summary>The document once it is completed or failed, at this version or a later one.</summary>
    public Task<JsonNode> EndedAsync(Guid id, int version = 1)
    {
        JsonNode? last = null;
        return Eventually.GetAsync(
            async () =>
            {
                last = await GetAsync($"documents/{id}");
                var ended = (string)last["status"]! is "completed" or "failed";
                return ended && (int)last["version"]! >= version ? last : null;
            },
            TimeSpan.FromSeconds(60),
            () => $"The document never ended: {last}.");
    }

    public async Task<JsonArray> SearchAsync(object request)
    {
        var response = await Client.PostAsJsonAsync("/api/documents/search", request);
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, body);
        return JsonNode.Parse(body)!["items"]!.AsArray();
    }

    public async Task<JsonArray> ChunksAsync(Guid id) =>
        (await GetAsync($"documents/{id}/chunks?limit=200"))["items"]!.AsArray();
}
