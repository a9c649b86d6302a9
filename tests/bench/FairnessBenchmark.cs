using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Assay.Bench;

/// <summary>
/// What one organization waits for, alone and beside others that are noisy: with receivers of webhooks that hang, with
/// a thousand documents dropped, and with five hundred analyses asked for at once.
/// </summary>
internal sealed class FairnessBenchmark : IBenchmark
{
    private const int SamplesWarm = 5;
    private const int Samples = 20;
    private const int Pings = 10;
    private const int NoisyOrganizations = 6;
    private const int WebhooksEach = 20;
    private const int Documents = 1000;
    private const int Analyses = 500;
    private const string Prompt =
        "You are a careful analyst. Be brief. Explain in great detail some of the findings in {{report}}. Never guess.";

    private static readonly TimeSpan WaitMax = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(10);

    private int number;

    public string Name => "fairness";

    public async Task<IReadOnlyList<Table>> RunAsync()
    {
        List<Measured> all =
        [
            await MeasureAsync("nobody", _ => Task.CompletedTask),
            await MeasureAsync($"{NoisyOrganizations * WebhooksEach} receivers that hang", HangAsync),
            await MeasureAsync($"{Documents:N0} documents dropped", DropAsync),
            await MeasureAsync($"{Analyses} analyses at once", AnalyzeAsync),
        ];
        return
        [
            TableOf("One analysis, from the request to its end", all, one => one.Analyses),
            TableOf("One small document, from the upload to where a search finds it", all, one => one.Documents),
            TableOf("A ping of a webhook, from the request to its receiver", all, one => one.Pings),
        ];
    }

    private static Table TableOf(string what, List<Measured> all, Func<Measured, List<double>> times)
    {
        var table = new Table(
            $"{what}, milliseconds", "beside", "p50", "p95", "p95 to that beside nobody", "left of the others' work");
        var alone = Measure.Percentile(times(all[0]), 95);
        foreach (var one in all)
        {
            var p95 = Measure.Percentile(times(one), 95);
            table.Add(
                one.Beside, Measure.Show(Measure.Percentile(times(one), 50)), Measure.Show(p95),
                Measure.ShowRatio(p95 / alone), $"{one.Left:N0}");
        }
        return table;
    }

    /// <summary>In an app of its own, once the noise has begun. Pings are sent beside the rest.</summary>
    private async Task<Measured> MeasureAsync(string beside, Func<FairnessSetting, Task> begin)
    {
        await using var setting = await FairnessSetting.StartAsync();
        using var quiet = setting.ClientOf(await setting.AddAsync("quiet"));
        await using var arrivals = await Arrivals.StartAsync();
        var webhook = await FairnessSetting.AddWebhookAsync(quiet, arrivals.Url);
        for (var warm = 0; warm < SamplesWarm; warm++)
        {
            await AnalyzeOneAsync(quiet);
            await UploadOneAsync(quiet);
        }

        var measured = new Measured(beside);
        await begin(setting);
        var pings = PingAllAsync(quiet, webhook, arrivals, measured);
        for (var sample = 0; sample < Samples; sample++)
        {
            measured.Analyses.Add(await Measure.SecondsAsync(() => AnalyzeOneAsync(quiet)) * 1e3);
            measured.Documents.Add(await Measure.SecondsAsync(() => UploadOneAsync(quiet)) * 1e3);
        }
        measured.Left = await setting.CountUnfinishedAsync();
        await pings;
        return measured;
    }

    private static async Task PingAllAsync(HttpClient quiet, Guid webhook, Arrivals arrivals, Measured measured)
    {
        for (var ping = 0; ping < Pings; ping++)
            measured.Pings.Add(await Measure.SecondsAsync(() => PingAsync(quiet, webhook, arrivals)) * 1e3);
    }

    private static async Task AnalyzeOneAsync(HttpClient quiet)
    {
        var run = await RequestAsync(quiet);
        await UntilAsync(async () => (string?)(await quiet.GetFromJsonAsync<JsonNode>(run))!["status"] == "succeeded");
    }

    private static async Task<Uri> RequestAsync(HttpClient client)
    {
        using var answer = await client.PostAsJsonAsync("/api/analyses", new { text = Prompt });
        return answer.EnsureSuccessStatusCode().Headers.Location!;
    }

    private async Task UploadOneAsync(HttpClient quiet)
    {
        var word = $"marker{++number}";
        using var answer = await quiet.PostAsync(
            $"/api/documents?name={word}.txt", new StringContent($"The word to be found is {word}."));
        answer.EnsureSuccessStatusCode();
        await UntilAsync(async () =>
        {
            using var found = await quiet.PostAsJsonAsync(
                "/api/documents/search", new { query = word, mode = "text", limit = 1 });
            return (await found.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonNode>())!["items"] is JsonArray
            {
                Count: > 0,
            };
        });
    }

    private static async Task PingAsync(HttpClient quiet, Guid webhook, Arrivals arrivals)
    {
        var before = arrivals.Count;
        using var answer = await quiet.PostAsync($"/api/webhooks/{webhook}/ping", null);
        answer.EnsureSuccessStatusCode();
        await UntilAsync(() => Task.FromResult(arrivals.Count > before));
    }

    private static async Task HangAsync(FairnessSetting setting)
    {
        for (var organization = 0; organization < NoisyOrganizations; organization++)
        {
            using var client = setting.ClientOf(await setting.AddAsync($"noisy-{organization}"));
            for (var webhook = 0; webhook < WebhooksEach; webhook++)
            {
                var id = await FairnessSetting.AddWebhookAsync(client, setting.Silent);
                for (var message = 0; message < 6; message++)
                    (await client.PostAsync($"/api/webhooks/{id}/ping", null)).EnsureSuccessStatusCode();
            }
        }
    }

    private static async Task DropAsync(FairnessSetting setting)
    {
        await setting.AddAsync("noisy");
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Documents), new ParallelOptions { MaxDegreeOfParallelism = 16 },
            async (number, cancellation) => await setting.Inbox.UploadBlobAsync(
                $"noisy/report-{number}.md",
                BinaryData.FromString(
                    string.Join('\n', Enumerable.Repeat($"# Part\n\nReport {number} says so. ", 100))),
                cancellation));
    }

    private static async Task AnalyzeAsync(FairnessSetting setting)
    {
        using var noisy = setting.ClientOf(await setting.AddAsync("noisy"));
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Analyses), new ParallelOptions { MaxDegreeOfParallelism = 16 },
            async (_, _) => await RequestAsync(noisy));
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        for (var watch = Stopwatch.StartNew(); !await condition(); await Task.Delay(PollInterval))
            if (watch.Elapsed > WaitMax)
                throw new TimeoutException($"Waited for {WaitMax}.");
    }

    /// <summary>Milliseconds that the quiet organization waited, beside whom.</summary>
    private sealed record Measured(string Beside)
    {
        public List<double> Analyses { get; } = [];

        public List<double> Documents { get; } = [];

        public List<double> Pings { get; } = [];

        /// <summary>Runs and messages that had not ended then.</summary>
        public long Left { get; set; }
    }
}
