using System.Net.Http.Json;
using Dapper;
using Microsoft.Extensions.AI;
using Npgsql;
using NpgsqlTypes;

namespace Assay.Bench;

/// <summary>
/// Nearest entities of a tenant with 1 % of 200,000 vectors, and of one with half of them: how many of the ten nearest
/// are found, and how long that takes beside plain SQL that does no more, in turns.
/// </summary>
internal sealed class SearchBenchmark : IBenchmark
{
    private const int Vectors = 200_000;
    private const int SmallShare = 100;
    private const int TextLength = 200;
    private const int Queries = 200;
    private const int QueriesWarm = 200;
    private const int Nearest = 10;
    private const string Model = "00000000-0000-7000-8000-000000000384";
    private const string Near = "e.vector::halfvec(384) <=> @vector::real[]::halfvec(384)";

    private readonly string text = Repository.Text(".cs", 2_000_000);
    private readonly LexicalHashEmbedder embedder = new();

    public string Name => "search";

    public async Task<IReadOnlyList<Table>> RunAsync()
    {
        await using var database = await BenchDatabase.CreateMigratedAsync();
        Tenant[] tenants =
        [
            new("1 %", await database.AddOrganizationAsync("small"), "small"),
            new("50 %", await database.AddOrganizationAsync("half"), "half"),
        ];
        var others = await database.AddOrganizationAsync("others");
        await FillAsync(database, n => n % SmallShare == 0 ? tenants[0].Id : n % 2 == 1 ? tenants[1].Id : others);
        await using var app = await App.StartAsync(new Dictionary<string, string>(database.Settings)
        {
            ["InboxContainer"] = "bench-search",
            ["Assay__TrustOrganizationHeader"] = "true",
        });

        var found = new Table(
            $"Of the {Nearest} nearest, found among {Vectors:N0} vectors of 384 dimensions", "tenant has",
            "core.search_entity_embedding", "HNSW, iterative scan", "HNSW alone");
        var times = new Table(
            "The same search, one at a time, milliseconds", "tenant has", "way", "p50", "p95", "p95 to its SQL");
        foreach (var tenant in tenants)
        {
            await AddRecallAsync(found, database, tenant);
            await AddTimesAsync(times, database, app, tenant);
        }
        return [found, times];
    }

    // Without the triggers that would make every row wait for a vector, and the index last.
    private async Task FillAsync(BenchDatabase database, Func<int, Guid> organizationOf)
    {
        await using var connection = await database.OpenAsync();
        await connection.ExecuteAsync(
            $"""
            set session_replication_role = replica;
            set maintenance_work_mem = '1GB';
            drop index core.embedding_hnsw_{Model.Replace("-", "", StringComparison.Ordinal)};
            create temporary table filling (
                id uuid, organization_id uuid, n integer, text text, vector real[]);
            """);
        await CopyAsync(connection, organizationOf);
        await connection.ExecuteAsync(
            $"""
            insert into core.entity (id, organization_id, type, title, content)
            select id, organization_id, 'prompt', 'Entity ' || n, jsonb_build_object('text', text) from filling;
            insert into core.embedding (organization_id, embedding_model_id, entity_id, status, vector)
            select organization_id, '{Model}', id, 'completed', vector::halfvec from filling;
            select core.index_entity_text(e, 'en') from core.entity e;
            select core.ensure_embedding_index('{Model}');
            analyze core.entity, core.embedding, core.entity_search;
            """,
            commandTimeout: 0);
        await connection.ExecuteAsync("vacuum core.embedding, core.entity, core.entity_search", commandTimeout: 0);
    }

    private async Task CopyAsync(NpgsqlConnection connection, Func<int, Guid> organizationOf)
    {
        await using var copy = await connection.BeginBinaryImportAsync("copy filling from stdin (format binary)");
        for (var n = 0; n < Vectors; n++)
        {
            var said = TextAt(n);
            await copy.StartRowAsync();
            await copy.WriteAsync(Guid.CreateVersion7(), NpgsqlDbType.Uuid);
            await copy.WriteAsync(organizationOf(n), NpgsqlDbType.Uuid);
            await copy.WriteAsync(n, NpgsqlDbType.Integer);
            await copy.WriteAsync(said, NpgsqlDbType.Text);
            await copy.WriteAsync(await VectorAsync(said), NpgsqlDbType.Array | NpgsqlDbType.Real);
        }
        await copy.CompleteAsync();
    }

    private async Task AddRecallAsync(Table table, BenchDatabase database, Tenant tenant)
    {
        await using var connection = await database.OpenAsync();
        var (byFunction, byScan, alone) = (0, 0, 0);
        for (var number = 0; number < Queries; number++)
        {
            var parameters = new { tenant.Id, vector = await VectorAsync(QueryText(number)) };
            // What is no expression of the index is compared with every row.
            var exact = await IdsAsync(connection, Bare("e.vector <=> @vector::real[]::halfvec", Nearest), parameters);
            async Task<int> CountAsync(string sql) =>
                (await IdsAsync(connection, sql, parameters)).Intersect(exact).Count();

            byFunction += await CountAsync(
                $"""
                select set_config('assay.scope', '{database.Prove(tenant.Id)}', false);
                select entity_id from core.search_entity_embedding('{Model}', @vector::real[]::halfvec, {Nearest})
                """);
            byScan += await CountAsync($"{Scan("relaxed_order")} {Bare(Near, Nearest)}");
            alone += await CountAsync($"{Scan("off")} {Bare(Near, Nearest)}");
        }
        string Share(int count) => Measure.Show((double)count / (Queries * Nearest));
        table.Add(tenant.Share, Share(byFunction), Share(byScan), Share(alone));
    }

    private async Task AddTimesAsync(Table table, BenchDatabase database, App app, Tenant tenant)
    {
        await using var administrator = await database.OpenAsync();
        await using var pool = DatabasePools.NewPool(database.App);
        await using var asApp = await pool.OpenConnectionAsync();
        await asApp.ExecuteAsync($"select set_config('assay.scope', '{database.Prove(tenant.Id)}', false)");
        var ways = new[]
        {
            "POST /api/search", "its SQL alone: ranking, and snippets of a page",
            "plain SQL: ids of the nearest, as many as are ranked",
        };
        var taken = ways.Select(_ => new List<double>()).ToArray();
        for (var number = 0; number < QueriesWarm + Queries; number++)
        {
            var search = new ContentQuery(
                QueryText(number), SearchMode.Vector, [ContentKind.Entity], Limit: Nearest);
            var vector = await VectorAsync(search.Query);
            Func<Task>[] turns =
            [
                () => SearchAsync(app, tenant, search.Query),
                () => FindAsync(asApp, search, vector),
                () => IdsAsync(administrator, BareOf(tenant), new { tenant.Id, vector }),
            ];
            // Whoever is first with a query finds what it reads in no cache.
            for (var turn = 0; turn < turns.Length; turn++)
            {
                var way = (number + turn) % turns.Length;
                var seconds = await Measure.SecondsAsync(turns[way]);
                if (number >= QueriesWarm)
                    taken[way].Add(seconds * 1e3);
            }
        }

        var floor = Measure.Percentile(taken[1], 95);
        for (var way = 0; way < ways.Length; way++)
            table.Add(
                tenant.Share, ways[way], Measure.Show(Measure.Percentile(taken[way], 50)),
                Measure.Show(Measure.Percentile(taken[way], 95)),
                Measure.ShowRatio(Measure.Percentile(taken[way], 95) / floor));
    }

    // What somebody would write for this tenant who knows its size.
    private static string BareOf(Tenant tenant)
    {
        var depth = ContentRanking.PagesMax * Nearest;
        return tenant.Slug == "small"
            ? Bare("e.vector <=> @vector::real[]::halfvec", depth)
            : $"set hnsw.ef_search = {2 * depth}; set hnsw.iterative_scan = relaxed_order; {Bare(Near, depth)}";
    }

    private static string Bare(string distance, int take) =>
        $"""
        select n.id
        from core.embedding e
        join core.entity n on n.id = e.entity_id
        where e.organization_id = @Id and e.embedding_model_id = '{Model}' and e.status = 'completed'
            and n.deleted_at is null and n.visibility <> 'private'
        order by {distance}
        limit {take}
        """;

    // As close to what an index alone would do as it gets: the planner could choose to compare everything.
    private static string Scan(string iterative) =>
        $"""
        set hnsw.ef_search = 40; set hnsw.iterative_scan = {iterative}; set enable_sort = off;
        set enable_hashjoin = off; set enable_mergejoin = off;
        """;

    private static async Task<IReadOnlyList<Guid>> IdsAsync(NpgsqlConnection connection, string sql, object parameters)
    {
        await using var results = await connection.QueryMultipleAsync(sql, parameters);
        var ids = new List<Guid>();
        while (!results.IsConsumed)
            ids = [.. (await results.ReadAsync()).Select(row => ((IDictionary<string, object>)row).Values.First())
                .OfType<Guid>()];
        return ids;
    }

    private static async Task FindAsync(NpgsqlConnection connection, ContentQuery search, float[] vector)
    {
        var ranked = new List<RankedContent>();
        await using (var reader = await connection.ExecuteReaderAsync(
            ContentRanking.Statement,
            ContentRanking.Parameters(search, search.Kinds!, LexicalHashEmbedder.ModelName, vector)))
        {
            while (await reader.ReadAsync())
                ranked.Add(new(ContentKind.Entity, reader.GetGuid(1), 0, 0, 0));
        }
        await connection.QueryAsync(
            ContentSearch.Statement, ContentSearch.Parameters(search, [.. ranked.Take(Nearest)]));
    }

    private static async Task SearchAsync(App app, Tenant tenant, string query)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/search")
        {
            Content = JsonContent.Create(new { query, mode = "vector", kinds = new[] { "entity" }, limit = Nearest }),
            Headers = { { "Assay-Organization", tenant.Slug } },
        };
        using var answer = await app.Client.SendAsync(request);
        await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync();
    }

    private async Task<float[]> VectorAsync(string said) => (await embedder.GenerateAsync([said]))[0].Vector.ToArray();

    private string TextAt(int n) => text.Substring((int)((long)n * 7919 % (text.Length - TextLength)), TextLength);

    // Other pieces than those that are stored.
    private string QueryText(int number) => TextAt(number * 911 + Vectors).Substring(17, 120);

    /// <param name="Share">How much of all vectors is this tenant's.</param>
    private sealed record Tenant(string Share, Guid Id, string Slug);
}
