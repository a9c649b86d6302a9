using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Assay;

/// <summary>The part of Assay's HTTP API that the demonstration uses, in the name of the sample organization.</summary>
internal sealed class AssayApi : IDisposable
{
    private static readonly TimeSpan RunTimeMax = TimeSpan.FromMinutes(3);

    /// <summary>Of the seeded organization that everything here belongs to.</summary>
    public const string Organization = "sample";

    /// <summary>Its key, which is public.</summary>
    public const string Key = "ask_sample_local_only";

    private readonly HttpClient http;

    public AssayApi(Uri address)
    {
        // Never through a proxy: the app is on this machine.
        http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = address };
        http.DefaultRequestHeaders.Authorization = new("Bearer", Key);
    }

    public Uri Address => http.BaseAddress!;

    public async Task<IReadOnlyList<Document>> ListDocumentsAsync(CancellationToken cancellation) =>
        await ListAsync<Document>("api/documents", cancellation);

    public async Task<IReadOnlyList<Hit>> SearchAsync(string query, int limit, CancellationToken cancellation)
    {
        using var response = await http.PostAsJsonAsync("api/documents/search", new { query, limit }, cancellation);
        return (await ReadAsync<Page<Hit>>(response, cancellation)).Items;
    }

    public async Task<Analysis> AnalyzeAsync(string text, string name, CancellationToken cancellation)
    {
        using var response = await http.PostAsJsonAsync("api/analyses", new { text, name }, cancellation);
        var run = await FinishAsync(response, cancellation);
        var analysis = await GetAsync<Analysis>($"api/analyses/{run.SubjectId}", cancellation);
        return analysis with { Run = run };
    }

    public async Task<Run> RefreshMartsAsync(CancellationToken cancellation)
    {
        using var response = await http.PostAsync("api/marts/refresh", null, cancellation);
        return await FinishAsync(response, cancellation);
    }

    /// <summary>Every item of a list, page by page.</summary>
    public async Task<IReadOnlyList<T>> ListAsync<T>(string path, CancellationToken cancellation)
    {
        List<T> items = [];
        for (var next = $"{path}?limit=200"; ;)
        {
            var page = await GetAsync<Page<T>>(next, cancellation);
            items.AddRange(page.Items);
            if (page.Next is null)
                return items;
            next = $"{path}?limit=200&after={Uri.EscapeDataString(page.Next)}";
        }
    }

    public void Dispose() => http.Dispose();

    private async Task<T> GetAsync<T>(string path, CancellationToken cancellation)
    {
        using var response = await http.GetAsync(path, cancellation);
        return await ReadAsync<T>(response, cancellation);
    }

    /// <summary>Follows a 202 to its run until that has ended well.</summary>
    private async Task<Run> FinishAsync(HttpResponseMessage accepted, CancellationToken cancellation)
    {
        await ThrowProblemAsync(accepted, cancellation);
        var location = accepted.Headers.Location
            ?? throw new DemoException($"{accepted.RequestMessage?.RequestUri} answered without a run's Location.");

        var run = await Wait.ForAsync(
            $"the run {location}",
            RunTimeMax,
            () => GetAsync<Run>(location.ToString(), cancellation),
            run => run.FinishedAt is not null,
            cancellation);
        return run.Status == "succeeded"
            ? run
            : throw new DemoException($"The run {location} ended as {run.Status}: {run.Error ?? "no reason given"}");
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, CancellationToken cancellation)
    {
        await ThrowProblemAsync(response, cancellation);
        return await response.Content.ReadFromJsonAsync<T>(JsonSerializerOptions.Web, cancellation)
            ?? throw new DemoException($"{response.RequestMessage?.RequestUri} answered null.");
    }

    private static async Task ThrowProblemAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        if (response.IsSuccessStatusCode)
            return;
        var body = await response.Content.ReadAsStringAsync(cancellation);
        var what = $"{response.RequestMessage?.Method} {response.RequestMessage?.RequestUri?.PathAndQuery}";
        var hint = response.StatusCode == HttpStatusCode.NotFound && body.Length == 0 ? " (no such route)" : "";
        throw new DemoException($"{what} answered {(int)response.StatusCode}{hint}: {body}");
    }
}
