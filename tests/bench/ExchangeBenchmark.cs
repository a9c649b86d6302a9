using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Assay.Bench;

/// <summary>
/// Bundles that are made up while they are sent, brought in, and exported again, each in a process of its own: how much
/// more memory a larger one takes. What is over the limit is sent, too, and has to be refused.
/// </summary>
internal sealed class ExchangeBenchmark : IBenchmark
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ImportMax = TimeSpan.FromMinutes(15);

    public string Name => "exchange";

    public async Task<IReadOnlyList<Table>> RunAsync()
    {
        var table = new Table(
            "Import of a bundle, then its export, with the peak memory of the process in MB",
            "bundle", "lines", "lines per second", "peak", "ratio", "export, MB per second", "peak by then", "ratio");
        (double Import, double Export)? first = null;
        // The limit is 100 MiB, of which what stands between the chunks of a body takes a part.
        foreach (var (name, bundle) in new[]
        {
            ("10 MiB of prompts of 10 KB", new BundleContent(10, 1)),
            ("99 MiB of them", new BundleContent(99, 1)),
            ("30 MiB, all versions of one prompt", new BundleContent(30, 300)),
        })
        {
            var (seconds, imported, rate, exported) = await RunAsync(bundle);
            first ??= (imported, exported);
            Console.WriteLine($"… {name}: {seconds:0} s, {imported:0} MB, {exported:0} MB");
            table.Add(
                name, $"{bundle.Lines:N0}", Measure.Show(bundle.Lines / seconds), Measure.Show(imported),
                Measure.ShowRatio(imported / first.Value.Import), Measure.Show(rate), Measure.Show(exported),
                Measure.ShowRatio(exported / first.Value.Export));
        }
        return [table];
    }

    private static async Task<(double Seconds, double Imported, double Rate, double Exported)> RunAsync(
        BundleContent bundle)
    {
        await using var database = await BenchDatabase.CreateMigratedAsync();
        await database.AddOrganizationAsync("bench");
        await using var app = await App.StartAsync(new Dictionary<string, string>(database.Settings)
        {
            ["InboxContainer"] = "bench-exchange",
            ["Assay__TrustOrganizationHeader"] = "true",
            ["Logging__LogLevel__Default"] = "Warning",
        });
        app.Client.DefaultRequestHeaders.Add("Assay-Organization", "bench");

        var seconds = await Measure.SecondsAsync(() => ImportAsync(app, bundle));
        var imported = app.PeakMegabytes;
        var bytes = 0L;
        var exporting = await Measure.SecondsAsync(async () => bytes = await ExportAsync(app));
        var exported = app.PeakMegabytes;
        await RefusedAsync(app);
        return (seconds, imported, bytes / exporting / 1e6, exported);
    }

    private static async Task ImportAsync(App app, BundleContent bundle)
    {
        using var answer = await app.Client.PostAsync("/api/import", bundle);
        if (answer.StatusCode != HttpStatusCode.Accepted)
            throw new InvalidOperationException($"The app answered {await answer.Content.ReadAsStringAsync()}");
        var run = (string?)(await answer.Content.ReadFromJsonAsync<JsonObject>())!["runId"];
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < ImportMax; await Task.Delay(PollInterval))
        {
            var detail = (await app.Client.GetFromJsonAsync<JsonObject>($"/api/runs/{run}"))!;
            if (detail["finishedAt"] is null)
                continue;
            var failed = detail["metrics"]!.AsArray().Single(metric => (string?)metric!["name"] == "failed")!;
            if ((string?)detail["status"] != "succeeded" || (double)failed["number"]! > 0)
                throw new InvalidOperationException($"The import went wrong: {detail}");
            return;
        }
        throw new TimeoutException("The import did not end.");
    }

    private static async Task<long> ExportAsync(App app)
    {
        using var answer = await app.Client.GetAsync("/api/export", HttpCompletionOption.ResponseHeadersRead);
        await using var lines = await answer.Content.ReadAsStreamAsync();
        var (buffer, bytes) = (new byte[64 * 1024], 0L);
        for (int read; (read = await lines.ReadAsync(buffer)) > 0;)
            bytes += read;
        return bytes;
    }

    // Without saying how long it is: what comes is measured.
    private static async Task RefusedAsync(App app)
    {
        try
        {
            using var answer = await app.Client.PostAsync("/api/import", new BundleContent(101, 1));
            if (answer.StatusCode != HttpStatusCode.RequestEntityTooLarge)
                throw new InvalidOperationException($"The app answered {answer.StatusCode} to 101 MiB.");
        }
        catch (HttpRequestException e) when (e.InnerException is IOException)
        {
            // A server that refuses may close the connection while the client still sends.
        }
    }
}
