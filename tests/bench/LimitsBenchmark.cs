using System.Net;

namespace Assay.Bench;

/// <summary>
/// The same request with and without limits that count it, in one process in turns: without a credential, which the
/// configuration trusts and nobody counts, and with an API key, which is looked up as well and counted four times.
/// </summary>
internal sealed class LimitsBenchmark : IBenchmark
{
    private const int Requests = 3000;
    private const int RequestsWarm = 500;
    private const int Clients = 8;
    private const int RequestsAtOnce = 4000;
    private const string Key = "ask_of_the_benchmark";

    public string Name => "limits";

    public async Task<IReadOnlyList<Table>> RunAsync()
    {
        await using var database = await BenchDatabase.CreateMigratedAsync();
        var organization = await database.AddOrganizationAsync("bench");
        await database.ExecuteAsync(
            $"""
            insert into ops.api_key (organization_id, name, prefix, key_hash, scopes)
            values ('{organization}', 'Benchmark', 'ask_of', sha256('{Key}'), '["admin"]')
            """);
        await using var counter = new ProtocolCounter(database.Host, database.Port);
        var settings = database.Settings.ToDictionary(
            setting => setting.Key,
            setting => $"{setting.Value};Host=127.0.0.1;Port={counter.Port};SSL Mode=Disable");
        settings["InboxContainer"] = "bench-limits";
        settings["RollupSchedule"] = "0 0 0 29 2 *";
        settings["Assay__TrustOrganizationHeader"] = "true";
        settings["Assay__Settings__key-requests-per-minute"] = "1000000000";
        settings["Assay__Settings__organization-requests-per-minute"] = "1000000000";
        settings["Logging__LogLevel__Default"] = "Warning";
        await using var app = await App.StartAsync(settings);
        return [await OneAtATimeAsync(app, counter), await AtOnceAsync(app)];
    }

    private static async Task<Table> OneAtATimeAsync(App app, ProtocolCounter counter)
    {
        var (free, limited) = (new List<double>(), new List<double>());
        var trips = (Free: 0L, Limited: 0L);
        for (var n = 0; n < RequestsWarm + Requests; n++)
        {
            var before = counter.RoundTrips;
            var without = await Measure.SecondsAsync(() => GetAsync(app, isLimited: false));
            var between = counter.RoundTrips;
            var with = await Measure.SecondsAsync(() => GetAsync(app, isLimited: true));
            if (n < RequestsWarm)
                continue;
            free.Add(without * 1e3);
            limited.Add(with * 1e3);
            trips = (trips.Free + between - before, trips.Limited + counter.RoundTrips - between);
        }

        var table = new Table(
            "GET /api/runs, one at a time, milliseconds", "request", "p50", "p95", "round trips a request");
        foreach (var (way, times, count) in new[]
        {
            ("not counted", free, trips.Free), ("with a key, counted by four limits", limited, trips.Limited),
        })
            table.Add(
                way, Measure.Show(Measure.Percentile(times, 50)), Measure.Show(Measure.Percentile(times, 95)),
                Measure.Show((double)count / Requests));
        return table;
    }

    private static async Task<Table> AtOnceAsync(App app)
    {
        var (free, limited) = (new List<double>(), new List<double>());
        for (var round = 0; round < Measure.Rounds; round++)
        {
            free.Add(await RateAsync(app, isLimited: false));
            limited.Add(await RateAsync(app, isLimited: true));
        }

        var (without, with) = (Measure.Percentile(free, 50), Measure.Percentile(limited, 50));
        var table = new Table($"The same, {Clients} at a time", "request", "per second", "ratio");
        table.Add("not counted", Measure.Show(without), "");
        table.Add("with a key, counted by four limits", Measure.Show(with), Measure.ShowRatio(with / without));
        return table;
    }

    private static async Task<double> RateAsync(App app, bool isLimited) =>
        RequestsAtOnce / await Measure.SecondsAsync(() => Parallel.ForEachAsync(
            Enumerable.Range(0, RequestsAtOnce),
            new ParallelOptions { MaxDegreeOfParallelism = Clients },
            async (_, _) => await GetAsync(app, isLimited)));

    private static async Task GetAsync(App app, bool isLimited)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/runs");
        if (isLimited)
            request.Headers.Authorization = new("Bearer", Key);
        else
            request.Headers.Add("Assay-Organization", "bench");
        using var answer = await app.Client.SendAsync(request);
        if (answer.StatusCode != HttpStatusCode.OK)
            throw new InvalidOperationException($"The app answered {answer.StatusCode}.");
        await answer.Content.ReadAsByteArrayAsync();
    }
}
