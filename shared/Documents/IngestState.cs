using System.Text.Json.Nodes;

namespace Assay;

/// <summary>
/// One attempt to ingest a document. What it writes counts only while the document is at this version.
/// </summary>
public sealed record IngestStep(Guid OrganizationId, Guid DocumentId, int Version);

/// <summary>A run of chunks to embed together.</summary>
public sealed record IngestBatch(IngestStep Step, int First, int Count);

/// <summary>
/// Where a document is on its way to being searchable. Everything is safe to repeat, and does nothing for a version
/// that is no longer the document's: then newer bytes came, or it was deleted.
/// </summary>
public sealed class IngestState(Database database, RunStore runs, UsageLog usage)
{
    /// <summary>
    /// Claims the present version, and clears away what versions before it left half done. Null when there is nothing
    /// to ingest.
    /// </summary>
    public Task<IngestStep?> TryBeginAsync(Guid organizationId, Guid documentId, CancellationToken cancellation) =>
        database.InTransactionAsync(
            async transaction =>
            {
                var version = await transaction.FindAsync<int?>(
                    """
                    update core.document set status = 'processing', updated_at = now()
                    where id = @documentId and status in ('pending', 'processing') and deleted_at is null
                    returning version
                    """,
                    new { documentId }, cancellation);
                if (version is not { } present)
                    return null;

                await transaction.ExecuteAsync(
                    """
                    delete from core.document_chunk c
                    using core.document d
                    where d.id = @documentId and c.document_id = d.id
                        and c.document_version < d.version and c.document_version is distinct from d.live_version;
                    delete from core.document_draft where document_id = @documentId and version < @present;
                    update ops.workflow_run
                    set status = 'running', started_at = coalesce(started_at, now()), updated_at = now()
                    where id = @documentId and status = 'queued'
                    """,
                    new { documentId, present }, cancellation);
                return new IngestStep(organizationId, documentId, present);
            },
            cancellation);

    /// <summary>Whether there is a version that nothing has begun to ingest, and whose turn has come.</summary>
    public Task<bool> IsPendingAsync(Guid documentId, CancellationToken cancellation) =>
        database.ValueAsync<bool>(
            """
            select exists (
                select from core.document d
                join ops.workflow_run r on r.id = d.id and r.admitted_at is not null
                where d.id = @documentId and d.status = 'pending' and d.deleted_at is null)
            """,
            new { documentId }, cancellation);

    /// <summary>The document, if this is still its version.</summary>
    public Task<Document?> FindAsync(IngestStep step, CancellationToken cancellation) =>
        database.FindAsync<Document>(
            $"""
            select {Document.Columns} from core.document
            where id = @DocumentId and version = @Version and status = 'processing' and deleted_at is null
            """,
            step, cancellation);

    /// <summary>
    /// Runs work in a transaction in which the document stays at this version; false when it has left it.
    /// </summary>
    public Task<bool> TryAsync(
        IngestStep step, Func<DatabaseTransaction, Task> work, CancellationToken cancellation) =>
        database.InTransactionAsync(
            async transaction =>
            {
                var held = await transaction.FindAsync<Guid?>(
                    """
                    select id from core.document
                    where id = @DocumentId and version = @Version and status = 'processing' and deleted_at is null
                    for no key update
                    """,
                    step, cancellation);
                if (held is null)
                    return false;

                await work(transaction);
                return true;
            },
            cancellation);

    /// <summary>
    /// Ends the attempt. The document is kept, with the reason, and so is its version that was live before.
    /// </summary>
    public Task FailAsync(IngestStep step, string reason, CancellationToken cancellation) =>
        TryAsync(
            step,
            async transaction =>
            {
                await transaction.ExecuteAsync(
                    """
                    update core.document set status = 'failed', error = @reason, updated_at = now()
                    where id = @DocumentId;
                    delete from core.document_chunk where document_id = @DocumentId and document_version = @Version;
                    delete from core.document_draft where document_id = @DocumentId
                    """,
                    new { step.DocumentId, step.Version, reason }, cancellation);
                await runs.TryFinishAsync(transaction, step.DocumentId, RunStatus.Failed, reason, cancellation);
                await usage.RecordAsync(transaction, new Usage("document-ingest", Error: reason), cancellation);
            },
            cancellation);

    /// <summary>Makes the version the one that searches see, and removes the one before, at once.</summary>
    /// <exception cref="InvalidOperationException">A chunk has no vector yet.</exception>
    public Task CompleteAsync(
        IngestStep step, Guid modelId, string model, string? provider, CancellationToken cancellation) =>
        TryAsync(
            step,
            async transaction =>
            {
                var done = await transaction.FindAsync<Completed>(
                    Complete, new { step.DocumentId, step.Version, modelId, FileName }, cancellation)
                    ?? throw new InvalidOperationException("The document has chunks without a vector.");
                await transaction.ExecuteAsync(
                    """
                    delete from core.document_chunk where document_id = @DocumentId and document_version <> @Version;
                    delete from core.document_draft where document_id = @DocumentId
                    """,
                    step, cancellation);
                await runs.NodeFinishedAsync(
                    transaction, step.DocumentId, "complete",
                    NodeOutcome.Ok(new JsonObject { ["chunks"] = done.Chunks, ["tokens"] = done.Tokens }),
                    cancellation);
                await runs.TryFinishAsync(transaction, step.DocumentId, RunStatus.Succeeded, null, cancellation);
                await usage.RecordAsync(
                    transaction,
                    new Usage(
                        "document-ingest", provider, model, done.Tokens,
                        RequestBytes: (int)Math.Min(done.Bytes, int.MaxValue),
                        Elapsed: TimeSpan.FromSeconds(done.Seconds)),
                    cancellation);
            },
            cancellation);

    private sealed record Completed(int Chunks, int Tokens, long Bytes, double Seconds);

    /// <summary>What is in a path behind the last slash, as a pattern for Postgres.</summary>
    private const string FileName = "[^/]*$";

    // A title that is the file's name was not given by the sender: the file's own is better.
    private const string Complete =
        """
        with counted as (
            select count(*)::int as chunks, coalesce(sum(c.token_count), 0)::int as tokens,
                count(*) filter (where e.id is null)::int as missing
            from core.document_chunk c
            left join core.embedding e
                on e.document_chunk_id = c.id and e.embedding_model_id = @modelId and e.status = 'completed'
            where c.document_id = @DocumentId and c.document_version = @Version
        )
        update core.document d
        set status = 'completed', error = null, live_version = d.version, chunk_count = counted.chunks,
            token_count = counted.tokens, extracted_text = draft.extracted_text, content_type = draft.content_type,
            title = case when d.title = substring(d.blob_path from @FileName)
                then coalesce(draft.title, d.title) else d.title end,
            embedding_model_id = @modelId, completed_at = now(), updated_at = now()
        from counted, core.document_draft draft
        where d.id = @DocumentId and draft.document_id = d.id and draft.version = d.version and counted.missing = 0
        returning counted.chunks, counted.tokens, d.byte_size as bytes,
            extract(epoch from now() - (select run.started_at from ops.workflow_run run where run.id = d.id))::float8
                as seconds
        """;
}
