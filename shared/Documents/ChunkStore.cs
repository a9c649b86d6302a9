using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using NpgsqlTypes;

namespace Assay;

/// <summary>What a version extracted, until it is complete.</summary>
public sealed record Draft(string ExtractedText, string Layout);

/// <summary>A chunk to embed.</summary>
public sealed record UnembeddedChunk(Guid Id, string[] HeadingPath, string Content);

/// <summary>
/// Texts, chunks and vectors of versions on their way. Rows travel by COPY, through temporary tables.
/// </summary>
public sealed class ChunkStore(Database database, IngestState state, RunStore runs)
{
    /// <summary>False when the version is no longer the document's.</summary>
    public Task<bool> TrySaveDraftAsync(IngestStep step, ExtractedText text, CancellationToken cancellation) =>
        state.TryAsync(
            step,
            async transaction =>
            {
                await transaction.ExecuteAsync(
                    """
                    insert into core.document_draft
                        (document_id, organization_id, version, extracted_text, layout, content_type, title)
                    values (@DocumentId, @OrganizationId, @Version, @Text, @Layout, @ContentType, @Title)
                    on conflict (document_id) do update
                    set version = excluded.version, extracted_text = excluded.extracted_text,
                        layout = excluded.layout, content_type = excluded.content_type, title = excluded.title
                    """,
                    new
                    {
                        step.DocumentId,
                        step.OrganizationId,
                        step.Version,
                        text.Text,
                        Layout = LayoutName(text.Layout),
                        text.ContentType,
                        Title = text.Title is { Length: > 500 } title ? Outline.Shorten(title) : text.Title,
                    },
                    cancellation);
                await runs.NodeFinishedAsync(
                    transaction, step.DocumentId, "extract",
                    NodeOutcome.Ok(new JsonObject
                    {
                        ["characters"] = text.Text.Length,
                        ["layout"] = LayoutName(text.Layout),
                        ["contentType"] = text.ContentType,
                    }),
                    cancellation);
            },
            cancellation);

    public Task<Draft?> FindDraftAsync(IngestStep step, CancellationToken cancellation) =>
        database.FindAsync<Draft>(
            """
            select extracted_text, layout from core.document_draft
            where document_id = @DocumentId and version = @Version
            """,
            step, cancellation);

    /// <summary>
    /// Stores a version's chunks unless they are there. False when the version is no longer the document's.
    /// </summary>
    public Task<bool> TryAddAsync(
        IngestStep step, string text, IReadOnlyList<Chunk> cut, CancellationToken cancellation) =>
        state.TryAsync(
            step,
            async transaction =>
            {
                await CopyAsync(transaction, text, cut, cancellation);
                await transaction.ExecuteAsync(
                    """
                    insert into core.document_chunk (id, organization_id, document_id, document_version, chunk_index,
                        content, language, heading_path, start_offset, end_offset, token_count, content_hash)
                    select id, @OrganizationId, @DocumentId, @Version, chunk_index,
                        content, language, heading_path, start_offset, end_offset, token_count, content_hash
                    from document_chunk_copy
                    on conflict (document_id, document_version, chunk_index) do nothing
                    """,
                    step, cancellation);
                await runs.NodeFinishedAsync(
                    transaction, step.DocumentId, "chunk",
                    NodeOutcome.Ok(new JsonObject
                    {
                        ["chunks"] = cut.Count,
                        ["tokens"] = cut.Sum(chunk => chunk.Tokens),
                    }),
                    cancellation);
            },
            cancellation);

    public Task<IReadOnlyList<UnembeddedChunk>> ListWithoutVectorAsync(
        IngestBatch batch, Guid modelId, CancellationToken cancellation) =>
        database.ListAsync<UnembeddedChunk>(
            """
            select c.id, c.heading_path, c.content
            from core.document_chunk c
            where c.document_id = @DocumentId and c.document_version = @Version
                and c.chunk_index >= @First and c.chunk_index < @First + @Count
                and not exists (
                    select 1 from core.embedding e
                    where e.document_chunk_id = c.id and e.embedding_model_id = @modelId)
            order by c.chunk_index
            """,
            new { batch.Step.DocumentId, batch.Step.Version, batch.First, batch.Count, modelId }, cancellation);

    /// <summary>Does nothing when the version is no longer the document's.</summary>
    public Task AddVectorsAsync(
        IngestStep step,
        Guid modelId,
        IReadOnlyList<(Guid ChunkId, float[] Vector)> vectors,
        CancellationToken cancellation) =>
        state.TryAsync(
            step,
            async transaction =>
            {
                await CopyAsync(transaction, vectors, cancellation);
                await transaction.ExecuteAsync(
                    """
                    insert into core.embedding
                        (id, organization_id, embedding_model_id, document_chunk_id, status, vector)
                    select id, @OrganizationId, @modelId, document_chunk_id, 'completed', vector
                    from embedding_copy
                    on conflict (document_chunk_id, embedding_model_id) do nothing
                    """,
                    new { step.OrganizationId, modelId }, cancellation);
            },
            cancellation);

    private static async Task CopyAsync(
        DatabaseTransaction transaction, string text, IReadOnlyList<Chunk> cut, CancellationToken cancellation)
    {
        await transaction.ExecuteAsync(
            """
            create temporary table document_chunk_copy (
                id uuid, chunk_index integer, content text, language text, heading_path text[],
                start_offset integer, end_offset integer, token_count integer, content_hash bytea) on commit drop
            """,
            null, cancellation);
        await using var copy = await transaction.Connection.BeginBinaryImportAsync(
            "copy document_chunk_copy from stdin (format binary)", cancellation);
        // What is too short or too mixed to tell is in the language of the whole.
        var language = new Lazy<string>(() => LanguageDetector.Detect(text).Code);
        foreach (var chunk in cut)
        {
            var content = text[chunk.Start..chunk.End];
            var detected = LanguageDetector.Detect(content);
            await copy.StartRowAsync(cancellation);
            await copy.WriteAsync(Guid.CreateVersion7(), NpgsqlDbType.Uuid, cancellation);
            await copy.WriteAsync(chunk.Index, NpgsqlDbType.Integer, cancellation);
            await copy.WriteAsync(content, NpgsqlDbType.Text, cancellation);
            await copy.WriteAsync(
                detected == DetectedLanguage.Undetermined ? language.Value : detected.Code, NpgsqlDbType.Text,
                cancellation);
            await copy.WriteAsync(chunk.HeadingPath.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text, cancellation);
            await copy.WriteAsync(chunk.Start, NpgsqlDbType.Integer, cancellation);
            await copy.WriteAsync(chunk.End, NpgsqlDbType.Integer, cancellation);
            await copy.WriteAsync(chunk.Tokens, NpgsqlDbType.Integer, cancellation);
            await copy.WriteAsync(
                SHA256.HashData(Encoding.UTF8.GetBytes(content)), NpgsqlDbType.Bytea, cancellation);
        }

        await copy.CompleteAsync(cancellation);
    }

    private static async Task CopyAsync(
        DatabaseTransaction transaction,
        IReadOnlyList<(Guid ChunkId, float[] Vector)> vectors,
        CancellationToken cancellation)
    {
        await transaction.ExecuteAsync(
            "create temporary table embedding_copy (id uuid, document_chunk_id uuid, vector halfvec) on commit drop",
            null, cancellation);
        await using var copy = await transaction.Connection.BeginBinaryImportAsync(
            "copy embedding_copy from stdin (format binary)", cancellation);
        foreach (var (chunkId, vector) in vectors)
        {
            await copy.StartRowAsync(cancellation);
            await copy.WriteAsync(Guid.CreateVersion7(), NpgsqlDbType.Uuid, cancellation);
            await copy.WriteAsync(chunkId, NpgsqlDbType.Uuid, cancellation);
            await copy.WriteAsync(HalfVectors.Of(vector), cancellation);
        }

        await copy.CompleteAsync(cancellation);
    }

    private static string LayoutName(TextLayout layout) => layout.ToString().ToLowerInvariant();
}
