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
        AskAsync<Instance>(HttpMethod.Get, $"get/{Uri.EscapeDataString(id)}?contents={Flag(contents)}");

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

    public Task SuspendAsync(string id) => AskAsync<bool>(HttpMethod.Post, $"suspend/{Uri.EscapeDataString(id)}");

    public Task ResumeAsync(string id) => AskAsync<bool>(HttpMethod.Post, $"resume/{Uri.EscapeDataString(id)}");

    public Task TerminateAsync(string id, string? output = null, bool recursive = false) => AskAsync<bool>(
        HttpMethod.Post, $"terminate/{Uri.EscapeDataString(id)}?recursive={Flag(recursive)}", output);

    /// <summary>Returns the id of the new run.</summary>
    public Task<string?> RestartAsync(string id, bool newId) => AskAsync<string>(
        HttpMethod.Post, $"restart/{Uri.EscapeDataString(id)}?newId={Flag(newId)}");

    public Task RewindAsync(string id) => AskAsync<bool>(HttpMethod.Post, $"rewind/{Uri.EscapeDataString(id)}");

    /// <summary>Returns how many were purged.</summary>
    public Task<int> PurgeAsync(string id, bool recursive = false) => AskAsync<int>(
        HttpMethod.Post, $"purge/{Uri.EscapeDataString(id)}?recursive={Flag(recursive)}");

    /// <summary>Returns how many were purged.</summary>
    public Task<int> PurgeAsync(InstanceFilter filter) => AskAsync<int>(HttpMethod.Post, "purge", filter);

    public async Task<List<InstancePage>> ListAsync(InstanceFilter filter) =>
        (await AskAsync<List<InstancePage>>(HttpMethod.Post, "list", filter))!;

    /// <summary>Returns what happened, each thing as <see cref="HistoryLine"/> says it.</summary>
    public async Task<List<string>> HistoryAsync(string id) =>
        (await AskAsync<List<string>>(HttpMethod.Get, $"history/{Uri.EscapeDataString(id)}"))!;

    public Task<Instance?> WaitForStartAsync(string id) =>
        AskAsync<Instance>(HttpMethod.Post, $"wait-for-start/{Uri.EscapeDataString(id)}");

    /// <summary>Waits until an instance has the status, and the custom status if one is given.</summary>
    public Task<Instance> ReachesAsync(string id, string status, string? customStatus = null) => Eventually.GetAsync(
        async () => await FindAsync(id) is { } found && found.Status == status
            && (customStatus is null || found.CustomStatus == $"\"{customStatus}\"")
            ? found
            : null,
        ConformanceHost.Patience, () => $"'{id}' did not become {status} {customStatus}.");

    public Task RaiseAsync(string id, string name, object? payload = null) => AskAsync<bool>(
        HttpMethod.Post, $"raise/{Uri.EscapeDataString(id)}/{name}", payload);

    private static string Flag(bool value) => value ? "true" : "false";

    private async Task<T?> AskAsync<T>(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, $"/api/{path}");
        if (method == HttpMethod.Post)
            request.Content = JsonContent.Create(body, options: Json);
        using var response = await http.SendAsync(request);
        if (response.StatusCode == HttpStatusCode.UnprocessableEntity)
            throw new RefusedException((await response.Content.ReadFromJsonAsync<Refusal>(Json))!);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<Returned<T?>>(Json))!.Value;
    }
}

/// <summary>The app's client threw.</summary>
internal sealed class RefusedException(Refusal refusal) : Exception($"{refusal.Exception}: {refusal.Message}")
{
    public Refusal Refusal { get; } = refusal;
}
