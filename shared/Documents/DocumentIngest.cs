using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Options;

namespace Assay;

/// <summary>What there is to embed after a document was chunked.</summary>
/// <param name="Chunks">How many chunks there are; null when the version is no longer the document's.</param>
/// <param name="BatchSize">How many are sent to the embedder at once.</param>
public sealed record ChunkedDocument(int? Chunks, int BatchSize);

/// <summary>The steps of ingesting a document, each safe to repeat.</summary>
public sealed class DocumentIngest(
    IngestState state,
    DocumentStore documents,
    ChunkStore chunks,
    RunStore runs,
    Inbox inbox,
    DocumentWork work,
    EmbeddingModels models,
    IEmbeddingGenerator<string, Embedding<float>> embedder,
    IOptions<DocumentOptions> limits,
    IOptions<EmbeddingOptions> embedding)
{
    /// <summary>
    /// Reads the file's text. False when there is none to go on with: the file was rejected and the document has failed
    /// with the reason, or the version is no longer the document's.
    /// </summary>
    public async Task<bool> TryExtractAsync(IngestStep step, CancellationToken cancellation)
    {
        if (await state.FindAsync(step, cancellation) is not { } document)
            return false;

        using var held = await work.HoldAsync(document.ByteSize, cancellation);
        return await runs.AttemptAsync(
            step.DocumentId, "extract",
            async () =>
            {
                var extraction = await ReadAsync(document, cancellation);
                if (extraction is Extraction.Extracted(var text))
                    return await chunks.TrySaveDraftAsync(step, text, cancellation);

                await state.FailAsync(step, ((Extraction.Rejected)extraction).Reason, cancellation);
                return false;
            },
            cancellation);
    }

    /// <summary>
    /// Cuts the text and stores the chunks. There are none when that takes too much: the document has failed then.
    /// </summary>
    public async Task<ChunkedDocument> ChunkAsync(IngestStep step, CancellationToken cancellation)
    {
        if (await state.FindAsync(step, cancellation) is not { } document)
            return new(null, embedding.Value.BatchSize);

        using var held = await work.HoldAsync(document.ByteSize, cancellation);
        if (await chunks.FindDraftAsync(step, cancellation) is not { } draft)
            return new(null, embedding.Value.BatchSize);

        var settings = new ChunkSettings(
            document.ChunkSize, document.ChunkOverlap, TokenEncodings.Find(document.Encoding) ?? TokenEncoding.Cl100k);
        return await runs.AttemptAsync(
            step.DocumentId, "chunk",
            async () =>
            {
                var layout = Enum.Parse<TextLayout>(draft.Layout, ignoreCase: true);
                var (cut, rejected) = await work.CutAsync(draft.ExtractedText, layout, settings, cancellation);
                if (cut is null)
                {
                    await state.FailAsync(step, rejected!.Reason, cancellation);
                    return new ChunkedDocument(null, embedding.Value.BatchSize);
                }

                var stored = await chunks.TryAddAsync(step, draft.ExtractedText, cut, cancellation);
                return new ChunkedDocument(stored ? cut.Count : null, embedding.Value.BatchSize);
            },
            cancellation);
    }

    /// <summary>Stores the vectors of the chunks in a batch that have none.</summary>
    public async Task EmbedAsync(IngestBatch batch, CancellationToken cancellation)
    {
        var model = await models.EnsureAsync(cancellation);
        var missing = await chunks.ListWithoutVectorAsync(batch, model, cancellation);
        if (missing.Count == 0)
            return;

        // The node is the batches together: the first one stands for its attempts.
        if (batch.First == 0)
        {
            await runs.AttemptAsync(
                batch.Step.DocumentId, "embed", () => AddVectorsAsync(batch, model, missing, cancellation),
                cancellation);
        }
        else
        {
            await AddVectorsAsync(batch, model, missing, cancellation);
        }
    }

    private async Task AddVectorsAsync(
        IngestBatch batch, Guid model, IReadOnlyList<UnembeddedChunk> missing, CancellationToken cancellation)
    {
        var texts = missing.Select(chunk => string.Join('\n', [.. chunk.HeadingPath, chunk.Content]));
        var vectors = await embedder.GenerateAsync(texts, cancellationToken: cancellation);
        if (vectors.Count != missing.Count)
        {
            throw new InvalidOperationException(
                $"{models.Name} gave {vectors.Count} vectors for {missing.Count} texts.");
        }

        await chunks.AddVectorsAsync(
            batch.Step,
            model,
            [.. missing.Zip(vectors, (chunk, vector) => (chunk.Id, vector.Vector.ToArray()))],
            cancellation);
    }

    /// <summary>Makes the document searchable.</summary>
    public async Task CompleteAsync(IngestStep step, CancellationToken cancellation)
    {
        await state.TryAsync(
            step,
            transaction => runs.NodeFinishedAsync(
                transaction, step.DocumentId, "embed", NodeOutcome.Ok(new JsonObject { ["model"] = models.Name }),
                cancellation),
            cancellation);
        await runs.AttemptAsync(
            step.DocumentId, "complete",
            async () => await state.CompleteAsync(
                step, await models.EnsureAsync(cancellation), models.Name, models.Provider, cancellation),
            cancellation);
    }

    private async Task<Extraction> ReadAsync(Document document, CancellationToken cancellation)
    {
        var bytesMax = limits.Value.BytesMax;
        if (document.ByteSize > bytesMax)
        {
            return new Extraction.Rejected(
                RejectionCode.TooLarge, $"The file has {document.ByteSize} bytes; at most {bytesMax} are accepted.");
        }

        if (await inbox.ReadAsync(document.BlobPath, bytesMax, cancellation) is not { } bytes)
            return new Extraction.Rejected(RejectionCode.Missing, "The file is no longer in the inbox.");

        // Two files sent to one path at once may be recorded in another order than they were written: what lies there
        // counts, as another version. Looked at again, this one has been left, or its bytes are back.
        if (Convert.ToHexStringLower(SHA256.HashData(bytes)) != document.ContentHash)
        {
            if (await inbox.FindAsync(document.BlobPath, cancellation) is { } present)
                await documents.ReceiveAsync(present, cancellation);
            throw new InvalidOperationException("The file changed after it was received.");
        }

        return await work.ExtractAsync(
            bytes, ReceivedFile.NameOf(document.BlobPath), document.ContentType, cancellation);
    }
}
