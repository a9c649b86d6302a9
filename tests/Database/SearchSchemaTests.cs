using Npgsql;

namespace Assay;

public sealed class SearchSchemaTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static readonly Guid BuiltInModel = Guid.Parse("00000000-0000-7000-8000-000000000384");

    [Fact]
    public async Task A_vector_search_of_the_app_walks_the_index_of_its_model()
    {
        var organization = await AddDocumentAsync("vector", chunks: 200);
        await database.As(organization).ExecuteAsync(
            """
            insert into core.embedding (organization_id, embedding_model_id, document_chunk_id, status, vector)
            select @organization, @model, c.id, 'completed',
                (select array_agg(sin(n * (c.chunk_index + 1))) from generate_series(1, 384) n)::real[]::halfvec
            from core.document_chunk c
            """,
            new { organization, model = BuiltInModel }, CancellationToken.None);

        var plan = await database.As(organization).InTransactionAsync(
            async transaction =>
            {
                // Small tables are sorted faster; what matters is that the index can serve under the policy.
                await transaction.ExecuteAsync("set local enable_sort = off", null, CancellationToken.None);
                return await transaction.ListAsync<string>(
                    """
                    explain select id from core.embedding
                    where embedding_model_id = @model and status = 'completed'
                    order by vector::halfvec(384) <=> @query::real[]::halfvec(384)
                    limit 5
                    """,
                    new { model = BuiltInModel, query = Enumerable.Repeat(0.5f, 384).ToArray() },
                    CancellationToken.None);
            },
            CancellationToken.None);

        Assert.Contains("using embedding_hnsw_", string.Join('\n', plan));
    }

    [Fact]
    public async Task A_vector_of_another_dimension_than_its_model_is_refused()
    {
        var organization = await AddDocumentAsync("dimension", chunks: 1);

        var refusal = await Assert.ThrowsAsync<PostgresException>(() => database.As(organization).ExecuteAsync(
            """
            insert into core.embedding (organization_id, embedding_model_id, document_chunk_id, status, vector)
            select @organization, @model, id, 'completed', '[1,2,3]' from core.document_chunk
            """,
            new { organization, model = BuiltInModel }, CancellationToken.None));

        Assert.Contains("expected 384 dimensions", refusal.MessageText);
    }

    [Fact]
    public async Task A_new_model_gets_its_own_index_once()
    {
        var model = Guid.CreateVersion7();
        await database.As(null).ExecuteAsync(
            """
            insert into core.embedding_model (id, name, provider, dimension, max_tokens)
            values (@model, 'test-3', 'test', 3, 10)
            """,
            new { model }, CancellationToken.None);
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => database.As(null).ExecuteAsync(
            "select core.ensure_embedding_index(@model)", new { model }, CancellationToken.None)));

        Assert.Equal(
            1,
            await database.ValueAsync<long>(
                $"select count(*) from pg_indexes where indexname = 'embedding_hnsw_{model:n}'"));
        await Assert.ThrowsAsync<PostgresException>(() => database.As(null).ExecuteAsync(
            "select core.ensure_embedding_index(gen_random_uuid())", null, CancellationToken.None));
    }

    [Fact]
    public async Task Full_text_candidates_are_of_the_own_organization_and_of_live_documents()
    {
        var mine = await AddDocumentAsync("zebra", chunks: 3);
        var theirs = await AddDocumentAsync("zebra", chunks: 5);

        Assert.Equal(3, await CountAsync(database.As(mine), "zebra"));
        Assert.Equal(5, await CountAsync(database.As(theirs), "zebras"));
        Assert.Equal(0, await CountAsync(database.As(null), "zebra"));
        Assert.Equal(0, await CountAsync(database.As(mine), "giraffe"));

        await database.As(mine).ExecuteAsync(
            "update core.document set version = 2, live_version = 2", null, CancellationToken.None);
        Assert.Equal(0, await CountAsync(database.As(mine), "zebra"));
        await database.As(theirs).ExecuteAsync(
            "update core.document set deleted_at = now()", null, CancellationToken.None);
        Assert.Equal(0, await CountAsync(database.As(theirs), "zebra"));
    }

    [Fact]
    public async Task Equal_bytes_at_two_paths_are_two_documents_and_one_path_is_one()
    {
        var organization = database.As(await AddDocumentAsync("same", chunks: 1));

        await InsertDocumentAsync(organization, "another/path");
        var refusal = await Assert.ThrowsAsync<PostgresException>(
            () => InsertDocumentAsync(organization, "another/path"));

        Assert.Equal("document_path_unique", refusal.ConstraintName);
        await organization.ExecuteAsync(
            "update core.document set deleted_at = now()", null, CancellationToken.None);
        await InsertDocumentAsync(organization, "another/path");
    }

    private async Task<Guid> AddDocumentAsync(string word, int chunks)
    {
        var organization = await database.AddOrganizationAsync();
        await InsertDocumentAsync(database.As(organization), "path");
        await database.As(organization).ExecuteAsync(
            """
            insert into core.document_chunk (organization_id, document_id, document_version, chunk_index, content,
                language, start_offset, end_offset, token_count, content_hash)
            select organization_id, id, 1, n, @word, 'en', n, n + 1, 1, sha256('x')
            from core.document, generate_series(1, @chunks) n
            """,
            new { word, chunks }, CancellationToken.None);
        return organization;
    }

    private static Task InsertDocumentAsync(Database organization, string path) => organization.ExecuteAsync(
        """
        insert into core.document (organization_id, title, blob_path, byte_size, content_hash, live_version)
        values (ops.current_organization(), 'title', @path, 1, sha256('x'), 1)
        """,
        new { path }, CancellationToken.None);

    private static Task<long> CountAsync(Database organization, string words) => organization.ValueAsync<long>(
        "select count(*) from core.search_document_chunk(@words, false, 100)",
        new { words }, CancellationToken.None);
}
