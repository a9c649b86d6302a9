using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>The routes of analyses as a test calls them.</summary>
public sealed class AnalysisClient(HttpClient http)
{
    public HttpClient Http => http;

    /// <returns>The id of the analysis, which is also its run's.</returns>
    public async Task<Guid> CreateAsync(object body)
    {
        using var response = await http.PostAsJsonAsync("/api/analyses", body);
        Assert.True(response.StatusCode == HttpStatusCode.Accepted, await response.Content.ReadAsStringAsync());
        return Guid.Parse(response.Headers.Location!.OriginalString.Split('/')[^1]);
    }

    /// <summary>Analyzes a text, which succeeds.</summary>
    public async Task SucceedAsync(string text)
    {
        var run = await FinishAsync(await CreateAsync(new { text }));
        Assert.True((string?)run["status"] == "succeeded", run.ToJsonString());
    }

    public Task<JsonObject> FinishAsync(Guid id) => Eventually.GetAsync(
        async () => await GetAsync($"/api/runs/{id}") is { } run && run["finishedAt"] is not null ? run : null,
        TimeSpan.FromSeconds(90), () => $"The analysis {id} never ended.");

    public async Task<JsonObject> GetAsync(string path)
    {
        using var response = await http.GetAsync(path);
        return await ReadAsync(response);
    }

    public async Task<JsonObject> PostAsync(string path, object body)
    {
        using var response = await http.PostAsJsonAsync(path, body);
        return await ReadAsync(response);
    }

    /// <param name="field">Named among the errors of the problem; null when no field can be named.</param>
    public async Task RejectsAsync(string path, string body, HttpStatusCode status, string? field)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await http.PostAsync(path, content);
        var problem = await response.Content.ReadFromJsonAsync<JsonObject>();

        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        if (field is not null)
            Assert.NotEmpty(problem!["errors"]!.AsObject()[field]!.AsArray());
    }

    public static IReadOnlyList<Guid> IdsOf(JsonObject page) =>
        [.. page["items"]!.AsArray().Select(item => (Guid)item!["id"]!)];

    private static async Task<JsonObject> ReadAsync(HttpResponseMessage response)
    {
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!;
    }
}
