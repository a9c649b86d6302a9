using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Dapper;
using Npgsql;

namespace Assay.Bench;

/// <summary>
/// The same requests among few entities and among a hundred times as many, in turns, by a member of the organization
/// that has most of them; and refreshes of the read model, also while it is read.
/// </summary>
internal sealed class ScaleBenchmark : IBenchmark
{
    private const int Requests = 300;
    private const int RequestsWarm = 20;
    private const int Ratio = 100;
    private const int Samples = 1000;

    // Smaller while something is looked for; a million otherwise.
    private static readonly int Entities = int.Parse(
        Environment.GetEnvironmentVariable("ASSAY_SCALE_ENTITIES") ?? "1000000", CultureInfo.InvariantCulture);

    private static readonly (string Name, Func<Sample, HttpRequestMessage> Request)[] Ways =
    [
        ("read one", sample => Get($"/api/prompts/{sample.Id}")),
        ("list, first page", _ => Get("/api/entities")),
        ("list of one type, first page", _ => Get("/api/templates")),
        ("the same in an organization of 5 %", _ => Get("/api/templates", ScaleData.SmallKey)),
        ("list, a page anywhere", sample => Get($"/api/entities?after={After(sample)}")),
        ("list of one type, a page anywhere", sample => Get($"/api/prompts?after={After(sample)}")),
        ("list by a tag of 10 %", sample => Get($"/api/prompts?tags=common&after={After(sample)}")),
        ("list by a tag of 0.1 %", _ => Get("/api/prompts?tags=topic-123")),
        ("list by a tag of 20 entities", _ => Get("/api/prompts?tags=rare")),
        ("list by either of two tags", _ => Get("/api/prompts?anyTags=rare,topic-123")),
        ("history", sample => Get($"/api/prompts/{sample.Id}/versions")),
        ("read as of a moment", sample => Get($"/api/prompts/{sample.Id}?asOf={Moment(sample)}")),
        ("list as of a moment, a page anywhere", sample => Get(
            $"/api/prompts?asOf={Moment(sample)}&after={After(sample)}")),
        ("graph, depth 3", sample => Get($"/api/prompts/{sample.Id}/graph?depth=3")),
        ("change", sample => Patch(sample.Id)),
        ("marts/entities, most relations", _ => Get("/api/marts/entities?sort=relations")),
    ];

    public string Name => "scale";

    public async Task<IReadOnlyList<Table>> RunAsync()
    {
        await using var few = await StartAsync(Entities / Ratio);
        await using var many = await StartAsync(Entities);
        var filled = new Table("Generated, indexed and analyzed", "entities", "versions", "seconds", "MB");
        foreach (var side in new[] { few, many })
            filled.Add($"{side.Count:N0}", $"{5 * side.Count:N0}", Measure.Show(side.FillSeconds), side.Megabytes);
        var refreshes = await RefreshAsync([few, many]);
        return [filled, await CompareAsync(few, many), await ListAsOfAsync(few, many), refreshes];
    }

    private static async Task<Side> StartAsync(int count)
    {
        var database = await BenchDatabase.CreateMigratedAsync();
        var seconds = await Measure.SecondsAsync(() => ScaleData.FillAsync(database, count));
        var app = await App.StartAsync(new Dictionary<string, string>(database.Settings)
        {
            ["InboxContainer"] = "bench-scale",
            ["RollupSchedule"] = "0 0 0 29 2 *",
            ["Assay__Settings__key-requests-per-minute"] = "1000000000",
            ["Assay__Settings__user-requests-per-minute"] = "1000000000",
            ["Assay__Settings__organization-requests-per-minute"] = "1000000000",
            ["Logging__LogLevel__Default"] = "Warning",
        });
        await using var connection = await database.OpenAsync();
        var samples = await connection.QueryAsync<(Guid, DateTime)>(
            $"""
            select e.id, e.created_at from core.entity e
            join ops.organization o on o.id = e.organization_id and o.slug = 'bench-1'
            where type = 'prompt' and visibility = 'organization'
            order by md5(e.id::text)
            limit {Samples}
            """);
        var megabytes = await connection.ExecuteScalarAsync<long>(
            "select pg_database_size(current_database()) / 1000000");
        return new(
            database, app, count, seconds, $"{megabytes:N0}",
            [.. samples.Select(sample => new Sample(sample.Item1, new(sample.Item2)))]);
    }

    private static async Task<Table> CompareAsync(Side few, Side many)
    {
        var times = Ways.Select(_ => (Few: new List<double>(), Many: new List<double>())).ToArray();
        for (var n = 0; n < RequestsWarm + Requests; n++)
            for (var way = 0; way < Ways.Length; way++)
            {
                var little = await SecondsAsync(few, Ways[way].Request, n);
                var much = await SecondsAsync(many, Ways[way].Request, n);
                if (n < RequestsWarm)
                    continue;
                times[way].Few.Add(little * 1e3);
                times[way].Many.Add(much * 1e3);
            }

        var table = new Table(
            $"The same requests among {few.Count:N0} and {many.Count:N0} entities, in turns over HTTP, milliseconds",
            "request", "p50, few", "p50, many", "p95, few", "p95, many", "p95, many to few");
        foreach (var (way, (little, much)) in Ways.Zip(times))
            table.Add(
                way.Name, Show(little, 50), Show(much, 50), Show(little, 95), Show(much, 95),
                Measure.ShowRatio(Measure.Percentile(much, 95) / Measure.Percentile(little, 95)));
        return table;
    }

    // What was made since has to be passed over: the one request whose time grows with the entities.
    private static async Task<Table> ListAsOfAsync(Side few, Side many)
    {
        var (little, much) = (new List<double>(), new List<double>());
        foreach (var number in Enumerable.Range(0, Measure.Rounds))
            foreach (var (side, times) in new[] { (few, little), (many, much) })
            {
                var sample = side.Samples.OrderBy(one => one.CreatedAt).ElementAt(side.Samples.Count / 2 + number);
                var path = $"/api/prompts?asOf={Moment(sample)}";
                times.Add(1e3 * await SecondsAsync(side, _ => Get(path), number));
            }

        var table = new Table(
            "The first page of a list as of a moment since when half of all was made, milliseconds", "p50, few",
            "p50, many", "many to few");
        table.Add(
            Show(little, 50), Show(much, 50),
            Measure.ShowRatio(Measure.Percentile(much, 50) / Measure.Percentile(little, 50)));
        return table;
    }

    private static async Task<Table> RefreshAsync(Side[] sides)
    {
        var table = new Table(
            "mart.refresh_read_model, and GET /api/marts/entities meanwhile", "entities", "all new, s",
            "nothing new, s", "reads alone, p95 ms", "reads meanwhile, p95 ms", "reads meanwhile");
        foreach (var side in sides)
        {
            var first = await Measure.SecondsAsync(side.RefreshAsync);
            await side.Database.ExecuteAsync("vacuum analyze mart.entity_stats");
            var alone = new List<double>();
            for (var n = 0; n < Requests; n++)
                alone.Add(await ReadAsync(side));
            var meanwhile = new List<double>();
            var again = Measure.SecondsAsync(side.RefreshAsync);
            while (!again.IsCompleted)
                meanwhile.Add(await ReadAsync(side));
            table.Add(
                $"{side.Count:N0}", Measure.Show(first), Measure.Show(await again), Show(alone, 95),
                Show(meanwhile, 95), $"{meanwhile.Count:N0}");
        }
        return table;
    }

    private static async Task<double> ReadAsync(Side side) =>
        1e3 * await SecondsAsync(side, _ => Get("/api/marts/entities?sort=versions"), 0);

    // Each sample is changed once at most.
    private static async Task<double> SecondsAsync(Side side, Func<Sample, HttpRequestMessage> way, int number)
    {
        using var request = way(side.Samples[number % side.Samples.Count]);
        return await Measure.SecondsAsync(async () =>
        {
            using var answer = await side.App.Client.SendAsync(request);
            if (!answer.IsSuccessStatusCode)
                throw new InvalidOperationException(
                    $"{request.RequestUri}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
            await answer.Content.ReadAsByteArrayAsync();
        });
    }

    private static string Show(IEnumerable<double> times, int percent) =>
        Measure.Show(Measure.Percentile(times, percent));

    // When its third version was true.
    private static string Moment(Sample sample) =>
        sample.CreatedAt.AddDays(25).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string After(Sample sample) => Cursor.Encode([$"{sample.Id}"]);

    private static HttpRequestMessage Get(string path, string key = ScaleData.Key) => new(HttpMethod.Get, path)
    {
        Headers = { Authorization = new("Bearer", key) },
    };

    private static HttpRequestMessage Patch(Guid id) => new(HttpMethod.Patch, $"/api/prompts/{id}")
    {
        Content = JsonContent.Create(
            new { title = $"Changed {id}", note = "Changed" },
            new MediaTypeHeaderValue("application/merge-patch+json")),
        Headers = { { "If-Match", "*" }, { "Authorization", $"Bearer {ScaleData.Key}" } },
    };

    private sealed record Sample(Guid Id, DateTimeOffset CreatedAt);

    private sealed record Side(
        BenchDatabase Database, App App, int Count, double FillSeconds, string Megabytes, IReadOnlyList<Sample> Samples)
        : IAsyncDisposable
    {
        public async Task RefreshAsync()
        {
            await using var connection = new NpgsqlConnection(Database.Settings["Assay__JobDatabase"]);
            await connection.OpenAsync();
            await connection.ExecuteAsync("select mart.refresh_read_model()", commandTimeout: 0);
        }

        public async ValueTask DisposeAsync()
        {
            await App.DisposeAsync();
            await Database.DisposeAsync();
        }
    }
}
