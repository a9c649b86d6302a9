using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Assay;

// What the host answers about orchestrations.

internal sealed record Instance(
    string Id, string Name, string Status, string? Parent, DateTimeOffset CreatedAt, DateTimeOffset? EndedAt,
    string? WaitsFor, DateTimeOffset? WaitsSince, int Failures, int Attempts, string? Error);

internal sealed record Step(
    [property: JsonPropertyName("step")] int? Number, string Kind, string? Name, string? Target, DateTimeOffset At,
    DateTimeOffset? EndedAt, string? Outcome, int? Attempts, string? Worker, string? Error);

internal sealed record InstanceDetail(
    Instance Instance, string? Version, string? CustomStatus, IReadOnlyList<Step> Steps, int StepsLeftOut);

/// <summary>The local host's administration of orchestrations.</summary>
internal sealed class InstancesApi : IDisposable
{
    private const int PageSize = 1_000;

    private readonly HttpClient http;

    public InstancesApi(Uri address)
    {
        http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = address };
        if (Setting.Optional("Host__MasterKey", "") is { Length: > 0 } key)
            http.DefaultRequestHeaders.Add("x-functions-key", key);
    }

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<Instance>> ListAsync(
        RunsOptions options, int take, CancellationToken cancellation)
    {
        List<Instance> found = [];
        while (found.Count < take)
        {
            var page = await GetAsync<List<Instance>>(
                Path(options, Math.Min(take - found.Count, PageSize), found.LastOrDefault()?.Id), cancellation);
            found.AddRange(page!);
            if (page!.Count < PageSize)
                break;
        }
        return found;
    }

    public async Task<InstanceDetail> FindAsync(string id, CancellationToken cancellation) =>
        await GetAsync<InstanceDetail>($"admin/durable/instances/{Uri.EscapeDataString(id)}", cancellation)
        ?? throw new DemoException($"There is no orchestration '{id}'. ./dev runs --prefix finds it by its beginning.");

    public async Task<string> MetricsAsync(CancellationToken cancellation) =>
        await http.GetStringAsync("admin/host/metrics", cancellation);

    public void Dispose() => http.Dispose();

    private static string Path(RunsOptions options, int take, string? before)
    {
        var path = $"admin/durable/instances?take={take}";
        (string, string?)[] filter =
            [("status", options.Status), ("name", options.Name), ("prefix", options.Prefix), ("before", before)];
        foreach (var (name, value) in filter)
        {
            if (value is not null)
                path += $"&{name}={Uri.EscapeDataString(value)}";
        }
        return path;
    }

    private async Task<T?> GetAsync<T>(string path, CancellationToken cancellation)
        where T : class
    {
        using var response = await http.GetAsync(path, cancellation);
        if (response.StatusCode == HttpStatusCode.NotFound)
            return null;
        if (!response.IsSuccessStatusCode)
            throw new DemoException($"GET {path} answered {(int)response.StatusCode}. Is Host__MasterKey set?");
        return await response.Content.ReadFromJsonAsync<T>(JsonSerializerOptions.Web, cancellation);
    }
}
