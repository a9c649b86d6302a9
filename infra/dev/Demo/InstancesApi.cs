using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Assay;

// What the Durable extension answers about orchestrations. Times of an instance are cut to seconds, those of steps not.

internal sealed record Instance(
    string Name, string InstanceId, string RuntimeStatus, DateTimeOffset CreatedTime, DateTimeOffset LastUpdatedTime,
    JsonElement CustomStatus, JsonElement Output, IReadOnlyList<Step>? HistoryEvents)
{
    public bool HasEnded => RuntimeStatus is "Completed" or "Failed" or "Canceled" or "Terminated";
}

internal sealed record Step(
    string EventType, DateTimeOffset Timestamp, DateTimeOffset? ScheduledTime, DateTimeOffset? FireAt,
    string? FunctionName, string? Name, string? InstanceId, string? OrchestrationStatus, string? Reason,
    StepFailure? FailureDetails);

internal sealed record StepFailure(string? ErrorType, string? ErrorMessage);

/// <summary>The management API of Durable Functions, which every host has.</summary>
internal sealed class InstancesApi : IDisposable
{
    private const int PageSize = 1_000;
    private const string Continuation = "x-ms-continuation-token";

    private static readonly TimeSpan?[] Ages =
        [TimeSpan.FromMinutes(15), TimeSpan.FromDays(1), TimeSpan.FromDays(30), null];

    private readonly HttpClient http;

    public InstancesApi(Uri address)
    {
        http = new HttpClient(new SocketsHttpHandler { UseProxy = false })
        {
            BaseAddress = new Uri(address, "runtime/webhooks/durabletask/"),
        };
        if (Setting.Optional("Host__MasterKey", "") is { Length: > 0 } key)
            http.DefaultRequestHeaders.Add("x-functions-key", key);
    }

    /// <summary>Newest first. Null takes all.</summary>
    public async Task<IReadOnlyList<Instance>> ListAsync(
        RunsOptions options, int? take, CancellationToken cancellation)
    {
        // Pages have no order to rely on, so the newest are looked for among the young ones first.
        foreach (var age in take is null ? [null] : Ages)
        {
            var found = await ListAsync(options, DateTimeOffset.UtcNow - age, cancellation);
            if (age is null || found.Count >= take)
                return [.. found.AsEnumerable().Reverse().OrderByDescending(one => one.CreatedTime)
                    .Take(take ?? found.Count)];
        }
        return [];
    }

    public async Task<Instance> FindAsync(string id, CancellationToken cancellation)
    {
        using var response = await GetAsync(
            $"instances/{Uri.EscapeDataString(id)}?showHistory=true&showInput=false", null, cancellation);
        return response.StatusCode == HttpStatusCode.NotFound
            ? throw new DemoException(
                $"There is no orchestration '{id}'. ./dev runs --prefix finds it by its beginning.")
            : await ReadAsync<Instance>(response, cancellation);
    }

    public void Dispose() => http.Dispose();

    private async Task<List<Instance>> ListAsync(
        RunsOptions options, DateTimeOffset? since, CancellationToken cancellation)
    {
        var path = $"instances?showInput=false&top={PageSize}"
            + (since is { } from ? $"&createdTimeFrom={from:yyyy-MM-ddTHH:mm:ssZ}" : "")
            + (options.Status is { } status ? $"&runtimeStatus={status}" : "")
            + (options.Prefix is { } prefix ? $"&instanceIdPrefix={Uri.EscapeDataString(prefix)}" : "");
        List<Instance> found = [];
        string? token = null;
        do
        {
            using var response = await GetAsync(path, token, cancellation);
            found.AddRange((await ReadAsync<List<Instance>>(response, cancellation)).Where(one =>
                options.Name is null || one.Name.Contains(options.Name, StringComparison.OrdinalIgnoreCase)));
            token = response.Headers.TryGetValues(Continuation, out var next) ? next.First() : null;
        }
        while (!string.IsNullOrEmpty(token));
        return found;
    }

    private async Task<HttpResponseMessage> GetAsync(string path, string? token, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (token is not null)
            request.Headers.Add(Continuation, token);
        return await http.SendAsync(request, cancellation);
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, CancellationToken cancellation) =>
        response.IsSuccessStatusCode
            ? (await response.Content.ReadFromJsonAsync<T>(JsonSerializerOptions.Web, cancellation))!
            : throw new DemoException(
                $"{response.RequestMessage?.RequestUri} answered {(int)response.StatusCode}. Is Host__MasterKey set?");
}
