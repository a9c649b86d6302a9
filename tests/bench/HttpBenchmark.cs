using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Assay.Bench;

/// <summary>
/// Reading one row: by the app, which knows the caller, counts the request, enters the organization and compares
/// versions, and by a minimal API that sends the same statement to Postgres and does nothing else.
/// </summary>
internal sealed class HttpBenchmark : IBenchmark
{
    private const int Seconds = 5;
    private const int RequestsCounted = 500;
    private const string Key = "ask_of_the_benchmark";

    public string Name => "http";

    public async Task<IReadOnlyList<Table>> RunAsync()
    {
        await using var database = await BenchDatabase.CreateMigratedAsync();
        var organization = await database.AddOrganizationAsync("bench");
        var id = await database.ValueAsync<Guid>(
            $"""
            insert into ops.api_key (organization_id, name, prefix, key_hash, scopes)
            values ('{organization}', 'Benchmark', 'ask_of', sha256('{Key}'), '["admin"]') returning id
            """);
        await using var bare = await StartBareAsync(database.App, database.Prove(organization));
        var settings = database.Settings.ToDictionary(setting => setting.Key, setting => setting.Value);
        settings["InboxContainer"] = "bench-http";
        settings["RollupSchedule"] = "0 0 0 29 2 *";
        settings["Assay__Settings__key-requests-per-minute"] = "1000000000";
        settings["Assay__Settings__organization-requests-per-minute"] = "1000000000";
        settings["Logging__LogLevel__Default"] = "Warning";
        await using var app = await App.StartAsync(settings);
        return [await CompareAsync(app, new Uri(bare.Urls.Single()), id), await CountAsync(database, settings, id)];
    }

    private static async Task<Table> CompareAsync(App app, Uri bareAddress, Guid id)
    {
        var addresses = (
            App: new Uri(app.Client.BaseAddress!, $"/api/keys/{id}"), Bare: new Uri(bareAddress, $"/{id}"));
        var (apps, bares) = (new List<double>(), new List<double>());
        for (var round = 0; round <= Measure.Rounds; round++)
        {
            var bare = await Wrk.RateAsync(addresses.Bare, Seconds);
            var full = await Wrk.RateAsync(addresses.App, Seconds, $"Bearer {Key}");
            // The first round warms both up.
            if (round == 0)
                continue;
            bares.Add(bare);
            apps.Add(full);
        }

        var (without, with) = (Measure.Percentile(bares, 50), Measure.Percentile(apps, 50));
        var table = new Table("GET of one row, 8 connections of wrk", "served by", "per second", "ratio");
        table.Add("minimal API, the statement alone", Measure.Show(without), "");
        table.Add(
            "the app, authenticated, limited, in its organization", Measure.Show(with),
            Measure.ShowRatio(with / without));
        return table;
    }

    private static async Task<Table> CountAsync(
        BenchDatabase database, IReadOnlyDictionary<string, string> settings, Guid id)
    {
        await using var counter = new ProtocolCounter(database.Host, database.Port);
        var through = settings.ToDictionary(
            setting => setting.Key,
            setting => setting.Key.EndsWith("Database", StringComparison.Ordinal)
                ? $"{setting.Value};Host=127.0.0.1;Port={counter.Port};SSL Mode=Disable"
                : setting.Value);
        await using var app = await App.StartAsync(through);
        app.Client.DefaultRequestHeaders.Authorization = new("Bearer", Key);
        var first = await TripsAsync(counter, app, id, 1);
        var then = await TripsAsync(counter, app, id, RequestsCounted);
        var table = new Table("Round trips to PostgreSQL", "request", "round trips");
        table.Add("the first, which opens connections as well", Measure.Show(first));
        table.Add("each of 500 after it, on average", Measure.Show(then / RequestsCounted));
        return table;
    }

    // What the idle app sends meanwhile is in it.
    private static async Task<double> TripsAsync(ProtocolCounter counter, App app, Guid id, int requests)
    {
        var before = counter.RoundTrips;
        for (var n = 0; n < requests; n++)
            await app.Client.GetStringAsync($"/api/keys/{id}");
        return counter.RoundTrips - before;
    }

    private static async Task<WebApplication> StartBareAsync(string connectionString, string proof)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        // Row-level security must let the row be seen; the setting is the connection's, for good.
        var source = new NpgsqlDataSourceBuilder($"{connectionString};Options=-c assay.scope={proof}").Build();
        app.Lifetime.ApplicationStopped.Register(source.Dispose);
        app.MapGet("/{id:guid}", async (Guid id, CancellationToken cancellation) =>
        {
            await using var connection = await source.OpenConnectionAsync(cancellation);
            await using var command = new NpgsqlCommand(
                """
                select id, user_id, name, prefix, array(select jsonb_array_elements_text(scopes)) as scopes,
                    case when revoked_at is not null then 'revoked'
                        when expires_at <= now() then 'expired'
                        else 'active' end as status,
                    expires_at, revoked_at, last_used_at, replaced_by, created_at, updated_at
                from ops.api_key where id = $1
                """,
                connection)
            {
                Parameters = { new() { Value = id } },
            };
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            return await reader.ReadAsync(cancellation)
                ? TypedResults.Json(Read(reader))
                : (IResult)TypedResults.NotFound();
        });
        await app.StartAsync();
        return app;
    }

    private static ApiKey Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.IsDBNull(1) ? null : row.GetGuid(1), row.GetString(2), row.GetString(3),
        row.GetFieldValue<string[]>(4), row.GetString(5), Time(row, 6), Time(row, 7), Time(row, 8),
        row.IsDBNull(9) ? null : row.GetGuid(9), row.GetFieldValue<DateTimeOffset>(10),
        row.GetFieldValue<DateTimeOffset>(11));

    private static DateTimeOffset? Time(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);
}
