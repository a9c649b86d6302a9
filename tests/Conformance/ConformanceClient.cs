using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Assay.Conformance;

namespace Assay;

/// <summary>The conformance app's client functions, as seen by a test.</summary>
internal sealed class ConformanceClient(HttpClient http)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Returns the id.</summary>
    public Task<string> StartAsync(string name, object? input = null, StartRequest? request = null) =>
        AskAsync<string>(
            HttpMethod.Post, $"start/{name}",
            (request ?? new()) with { Input = JsonSerializer.SerializeToElement(input, Json) })!;

    public Task<Instance?> FindAsync(string id, bool contents = true) =>
        AskAsync<Instance>(HttpMethod.Get, $"get/{Uri.EscapeDataString(id)}?contents={(contents ? "true" : "false")}");

    /// <summary>Returns the instance when it has ended.</summary>
    public async Task<Instance> EndAsync(string id) =>
        (await AskAsync<Instance>(HttpMethod.Post, $"wait/{Uri.EscapeDataString(id)}"))!;

    /// <summary>Runs an orchestration to its end.</summary>
    public async Task<Instance> RunAsync(string name, object? input = null, StartRequest? request = null) =>
        await EndAsync(await StartAsync(name, input, request));

    /// <summary>Runs an orchestration that completes, and returns its output.</summary>
    public async Task<T> OutputAsync<T>(string name, object? input = null)
    {
        var ended = await RunAsync(name, input);
        Assert.Equal("Completed", ended.Status);
        return Output<T>(ended);
    }

    public static T Output<T>(Instance ended) => JsonSerializer.Deserialize<T>(ended.Output!, Json)!;

    public Task RaiseAsync(string id, string name, object? payload = null) => AskAsync<bool>(
        HttpMethod.Post, $"raise/{Uri.EscapeDataString(id)}/{name}", payload);

    private async Task<T?> AskAsync<T>(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, $"/api/{path}");
        if (method == HttpMethod.Post)
            request.Content = JsonContent.Create(body, options: Json);
        using var response = await http.SendAsync(request);
        if (response.StatusCode == HttpStatusCode.UnprocessableEntity)
            throw new RefusedException((await response.Content.ReadFromJsonAsync<Refusal>(Json))!);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadFromJsonAsync<T>(Json);
    }
}

/// <summary>The app's client threw.</summary>
internal sealed class RefusedException(Refusal refusal) : Exception($"{refusal.Exception}: {refusal.Message}")
{
    public Refusal Refusal { get; } = refusal;
}
