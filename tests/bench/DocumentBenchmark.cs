using System.Diagnostics;
using System.Net.Http.Json;
using Azure.Storage.Blobs;

namespace Assay.Bench;

/// <summary>
/// Documents from the upload to where a search finds them, in the app as its users run it; then searches over HTTP
/// beside the very statement that they run, alone on a connection of the app's role.
/// </summary>
internal sealed class DocumentBenchmark : IBenchmark
{
    private const int DocumentsPerRound = 40;
    private const int DocumentCharacters = 8_000;
    private const int Uploaders = 8;
    private const int Searches = 200;
    private const int SearchesWarm = 40;

    private static readonly TimeSpan IngestMax = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);

    private readonly string text = Repository.Text(".cs", 2_000_000);
    private int documents;

    public string Name => "documents";

    public async Task<IReadOnlyList<Table>> RunAsync()
    {
        await using var database = await BenchDatabase.CreateMigratedAsync();
        await using var inbox = new BenchInbox();
        var organization = await database.AddOrganizationAsync("bench");
        await using var app = await App.StartAsync(new Dictionary<string, string>(database.Settings)
        {
            ["InboxContainer"] = inbox.Container,
            ["Assay__TrustOrganizationHeader"] = "true",
        });
        app.Client.DefaultRequestHeaders.Add("Assay-Organization", "bench");

        var ingest = await IngestAsync(app, database);
        var search = await SearchAsync(app, database, organization);
        var memory = new Table("Memory of the app's process", "after", "MB");
        memory.Add($"{documents} documents and {Searches} searches", Measure.Show(app.Megabytes));
        return [ingest, search, memory];
    }

    private async Task<Table> IngestAsync(App app, BenchDatabase database)
    {
        var (rates, chunkRates) = (new List<double>(), new List<double>());
        for (var round = 0; round <= Measure.Rounds; round++)
        {
            var chunksBefore = await CountChunksAsync(database);
            var seconds = await Measure.SecondsAsync(() => IngestRoundAsync(app, database));
            if (round == 0)
                continue; // The first compiles the code.

            rates.Add(DocumentsPerRound / seconds);
            chunkRates.Add((await CountChunksAsync(database) - chunksBefore) / seconds);
        }

        var table = new Table(
            $"{DocumentsPerRound} C# files as text of {DocumentCharacters} characters, " +
            $"{Uploaders} uploads at a time: from the first upload until the last is found by searches",
            "measure", "per second");
        table.Add("documents", Measure.Show(Measure.Percentile(rates, 50)));
        table.Add("chunks embedded and indexed", Measure.Show(Measure.Percentile(chunkRates, 50)));
        return table;
    }

    private async Task IngestRoundAsync(App app, BenchDatabase database)
    {
        var watch = Stopwatch.StartNew();
        var (first, wanted) = (documents, documents + DocumentsPerRound);
        documents = wanted;
        await Parallel.ForEachAsync(
            Enumerable.Range(first, DocumentsPerRound),
            new ParallelOptions { MaxDegreeOfParallelism = Uploaders },
            async (number, cancellation) => await UploadAsync(app, number, cancellation));

        while (await database.ValueAsync<long>(
            "select count(*) from core.document where status = 'completed'") < wanted)
        {
            if (watch.Elapsed > IngestMax)
                throw new TimeoutException($"{DocumentsPerRound} documents were not ingested in {IngestMax}.");
            await Task.Delay(PollInterval);
        }
    }

    private async Task UploadAsync(App app, int number, CancellationToken cancellation)
    {
        var start = number * DocumentCharacters % (text.Length - DocumentCharacters);
        var content = $"Document {number}\n\n{text.AsSpan(start, DocumentCharacters)}";
        using var form = new MultipartFormDataContent
        {
            { new StringContent(content), "file", $"document-{number}.txt" },
        };
        using var answer = await app.Client.PostAsync("/api/documents", form, cancellation);
        answer.EnsureSuccessStatusCode();
    }

    private async Task<Table> SearchAsync(App app, BenchDatabase database, Guid organization)
    {
        await using var bare = await BareSearch.OpenAsync(database, organization);
        var (overHttp, alone) = (new List<double>(), new List<double>());
        for (var number = 0; number < SearchesWarm + Searches; number++)
        {
            var search = new { query = Query(number), limit = 10 };
            var http = await Measure.SecondsAsync(async () =>
            {
                using var answer = await app.Client.PostAsJsonAsync("/api/documents/search", search);
                await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync();
            });
            var sql = await Measure.SecondsAsync(() => bare.FindAsync(search.query, search.limit));
            if (number < SearchesWarm)
                continue;

            overHttp.Add(http * 1e3);
            alone.Add(sql * 1e3);
        }

        var chunks = await CountChunksAsync(database);
        var table = new Table(
            $"Hybrid search over {chunks} chunks, one at a time, milliseconds", "way", "p50", "p95");
        foreach (var (way, times) in new[] { ("POST /api/documents/search", overHttp), ("its SQL alone", alone) })
            table.Add(way, Measure.Show(Measure.Percentile(times, 50)), Measure.Show(Measure.Percentile(times, 95)));
        return table;
    }

    /// <summary>A few words that follow one another somewhere in the documents.</summary>
    private string Query(int number)
    {
        var start = number * 7919 % Math.Min(documents * DocumentCharacters, text.Length - 120);
        return string.Join(' ', text.Substring(start, 120)
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .Select(word => new string([.. word.Where(char.IsLetter)]))
            .Where(word => word.Length > 2)
            .Take(4)
            .DefaultIfEmpty("document"));
    }

    private static Task<long> CountChunksAsync(BenchDatabase database) =>
        database.ValueAsync<long>("select count(*) from core.document_chunk");

    /// <summary>A blob container of the benchmark's own.</summary>
    private sealed class BenchInbox : IAsyncDisposable
    {
        public string Container { get; } = $"bench-{Guid.NewGuid():n}";

        public async ValueTask DisposeAsync()
        {
            var storage = Environment.GetEnvironmentVariable("AzureWebJobsStorage")
                ?? throw new InvalidOperationException("AzureWebJobsStorage is not set: run ./dev bench.");
            await new BlobContainerClient(storage, Container).DeleteIfExistsAsync();
        }
    }
}
