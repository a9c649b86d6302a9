using Dapper;
using Microsoft.Extensions.AI;
using Npgsql;

namespace Assay.Bench;

/// <summary>
/// The search's own statement on one open connection, with row-level security and nothing else around it.
/// </summary>
internal sealed class BareSearch(NpgsqlDataSource pool, NpgsqlConnection connection) : IAsyncDisposable
{
    private readonly LexicalHashEmbedder embedder = new();

    public static async Task<BareSearch> OpenAsync(BenchDatabase database, Guid organization)
    {
        var pool = DatabasePools.NewPool(database.App);
        var connection = await pool.OpenConnectionAsync();
        await connection.ExecuteAsync(
            "select set_config('assay.scope', @scope, false)", new { scope = database.Prove(organization) });
        return new(pool, connection);
    }

    public async Task FindAsync(string query, int limit)
    {
        var search = new SearchRequest(query, Limit: limit);
        var vector = (await embedder.GenerateAsync([query]))[0].Vector.ToArray();
        var model = embedder.GetService<EmbeddingGeneratorMetadata>()!.DefaultModelId!;
        await using var reader = await connection.ExecuteReaderAsync(
            DocumentSearch.Statement, DocumentSearch.Parameters(search, model, vector));
        while (await reader.ReadAsync())
        {
            // What is measured is what Postgres takes to answer in full.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await connection.DisposeAsync();
        await pool.DisposeAsync();
    }
}
