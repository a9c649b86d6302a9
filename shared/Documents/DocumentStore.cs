using System.Text.Json.Nodes;

namespace Assay;

/// <summary>
/// Documents of the organization: one a path. New bytes or settings at a path raise the document's version and make it
/// pending; the chunks of the version before stay searchable until the new one is complete.
/// </summary>
public sealed class DocumentStore(Database database, RunStore runs, OrganizationScope organization, Caps caps)
{
    /// <summary>The nodes of an ingesting run.</summary>
    public static readonly string[] Nodes = ["extract", "chunk", "embed", "complete"];

    /// <summary>
    /// Records a file. The same bytes with the same settings change nothing, so that both doors may report one file.
    /// The document is pending when it has to be ingested.
    /// </summary>
    public Task<Document> ReceiveAsync(ReceivedFile file, CancellationToken cancellation) =>
        database.InTransactionAsync(
            async transaction =>
            {
                if (await LockAsync(transaction, file.BlobPath, cancellation) is { } known)
                    return await ReplaceAsync(transaction, known, file, cancellation);
                if (await TryAddAsync(transaction, file, cancellation) is { } added)
                    return added;

                // The other door came first: its row is committed by now.
                var other = await LockAsync(transaction, file.BlobPath, cancellation)
                    ?? throw new InvalidOperationException($"The document {file.BlobPath} came and went.");
                return await ReplaceAsync(transaction, other, file, cancellation);
            },
            cancellation);

    public Task<Document?> FindAsync(Guid id, CancellationToken cancellation) =>
        database.FindAsync<Document>(
            $"select {Document.Columns} from core.document where id = @id and deleted_at is null",
            new { id }, cancellation);

    /// <summary>Whether there is a document at a path of the inbox.</summary>
    public Task<bool> ExistsAtAsync(string blobPath, CancellationToken cancellation) =>
        database.ValueAsync<bool>(
            "select exists (select from core.document where blob_path = @blobPath and deleted_at is null)",
            new { blobPath }, cancellation);

    /// <summary>The text that was extracted from a document, or null when there is no such document.</summary>
    public Task<DocumentText?> FindTextAsync(Guid id, CancellationToken cancellation) =>
        database.FindAsync<DocumentText>(
            """
            select title, case when status = 'completed' then extracted_text end as text
            from core.document
            where id = @id and deleted_at is null
            """,
            new { id }, cancellation);

    /// <summary>Newest first.</summary>
    public Task<IReadOnlyList<Document>> ListAsync(
        DocumentFilter filter, Guid? afterId, int take, CancellationToken cancellation) =>
        database.ListAsync<Document>(
            $"""
            select {Document.Columns}
            from core.document
            where deleted_at is null
                and (@Status::text is null or status = @Status)
                and (@ContentType::text is null or content_type = @ContentType)
                and (@Text::text is null or strpos(lower(title), lower(@Text)) > 0)
                and (@afterId::uuid is null or (created_at, id) <
                    (select created_at, id from core.document where id = @afterId))
            order by created_at desc, id desc
            limit @take
            """,
            new { filter.Status, filter.ContentType, filter.Text, afterId, take }, cancellation);

    /// <summary>The searchable chunks behind an index, in order.</summary>
    public Task<IReadOnlyList<StoredChunk>> ListChunksAsync(
        Guid id, int? afterIndex, int take, CancellationToken cancellation) =>
        database.ListAsync<StoredChunk>(
            """
            select c.id, c.chunk_index, c.content, c.heading_path, c.start_offset, c.end_offset, c.token_count
            from core.document_chunk c
            join core.document d on d.id = c.document_id and d.live_version = c.document_version
            where c.document_id = @id and d.deleted_at is null and c.chunk_index > coalesce(@afterIndex, -1)
            order by c.chunk_index
            limit @take
            """,
            new { id, afterIndex, take }, cancellation);

    /// <summary>Makes a failed document pending again; refused in any other state.</summary>
    public Task<DocumentChange> RetryAsync(Guid id, CancellationToken cancellation) =>
        database.InTransactionAsync(
            async transaction =>
            {
                var retried = await transaction.ChangedAsync(
                    """
                    update core.document
                    set status = 'pending', error = null, version = version + 1, updated_at = now()
                    where id = @id and status = 'failed' and deleted_at is null
                    """,
                    new { id }, cancellation);
                if (!retried)
                {
                    return await ExistsAsync(transaction, id, cancellation)
                        ? DocumentChange.Refused
                        : DocumentChange.NotFound;
                }

                await StartRunAsync(transaction, id, cancellation);
                return DocumentChange.Done;
            },
            cancellation);

    /// <summary>
    /// Removes a document's text, chunks and embeddings. Ingesting it, if under way, comes to nothing.
    /// </summary>
    public Task<bool> TryDeleteAsync(Guid id, CancellationToken cancellation) =>
        database.InTransactionAsync(
            async transaction =>
            {
                var deleted = await transaction.ChangedAsync(
                    """
                    update core.document
                    set deleted_at = now(), version = version + 1, live_version = null, extracted_text = null,
                        updated_at = now()
                    where id = @id and deleted_at is null
                    """,
                    new { id }, cancellation);
                if (!deleted)
                    return false;

                await transaction.ExecuteAsync(
                    """
                    delete from core.document_chunk where document_id = @id;
                    delete from core.document_draft where document_id = @id
                    """,
                    new { id }, cancellation);
                await runs.TryFinishAsync(
                    transaction, id, RunStatus.Cancelled, "The document was deleted.", cancellation);
                return true;
            },
            cancellation);

    private static Task<Document?> LockAsync(
        DatabaseTransaction transaction, string blobPath, CancellationToken cancellation) =>
        transaction.FindAsync<Document>(
            $"""
            select {Document.Columns} from core.document
            where blob_path = @blobPath and deleted_at is null
            for update
            """,
            new { blobPath }, cancellation);

    private static async Task<bool> ExistsAsync(
        DatabaseTransaction transaction, Guid id, CancellationToken cancellation) =>
        await transaction.FindAsync<Guid?>(
            "select id from core.document where id = @id and deleted_at is null", new { id }, cancellation) is not null;

    private async Task<Document?> TryAddAsync(
        DatabaseTransaction transaction, ReceivedFile file, CancellationToken cancellation)
    {
        var added = await transaction.FindAsync<Document>(
            $"""
            insert into core.document (id, organization_id, title, blob_path, content_type, byte_size, content_hash,
                encoding, chunk_size, chunk_overlap)
            values (@Id, @Organization, @Title, @BlobPath, @ContentType, @ByteSize, @ContentHash,
                @Encoding, @ChunkSize, @ChunkOverlap)
            on conflict (organization_id, blob_path) where deleted_at is null do nothing
            returning {Document.Columns}
            """,
            Parameters(Guid.CreateVersion7(), file), cancellation);
        if (added is null)
            return null;
        if (await caps.IsUnclaimedAsync(transaction, cancellation))
            await caps.EnsureRoomAsync(
                transaction, KnownSettings.UnclaimedDocuments, "documents", organization.Id!.Value,
                "select count(*) from core.document where organization_id = @owner and deleted_at is null",
                cancellation, more: 0);

        await StartRunAsync(transaction, added.Id, cancellation);
        return added;
    }

    private async Task<Document> ReplaceAsync(
        DatabaseTransaction transaction, Document known, ReceivedFile file, CancellationToken cancellation)
    {
        var same = known.ContentHash == Convert.ToHexStringLower(file.ContentHash)
            && known.Encoding == file.Settings.Encoding.Name()
            && known.ChunkSize == file.Settings.Size
            && known.ChunkOverlap == file.Settings.Overlap
            && (file.Title is null || file.Title == known.Title);
        if (same)
            return known;

        var replaced = await transaction.FindAsync<Document>(
            $"""
            update core.document
            set title = @Title, content_type = @ContentType, byte_size = @ByteSize, content_hash = @ContentHash,
                encoding = @Encoding, chunk_size = @ChunkSize, chunk_overlap = @ChunkOverlap,
                status = 'pending', error = null, version = version + 1, updated_at = now()
            where id = @Id
            returning {Document.Columns}
            """,
            Parameters(known.Id, file), cancellation)
            ?? throw new InvalidOperationException($"The locked document {known.Id} is gone.");
        await StartRunAsync(transaction, known.Id, cancellation);
        return replaced;
    }

    private Task StartRunAsync(DatabaseTransaction transaction, Guid id, CancellationToken cancellation) =>
        runs.CreateAsync(transaction, new NewRun(id, "ingest-document", "document", id, Nodes), cancellation);

    private object Parameters(Guid id, ReceivedFile file) => new
    {
        Id = id,
        Organization = organization.Id,
        Title = file.Title ?? file.Name,
        file.BlobPath,
        file.ContentType,
        file.ByteSize,
        file.ContentHash,
        Encoding = file.Settings.Encoding.Name(),
        ChunkSize = file.Settings.Size,
        ChunkOverlap = file.Settings.Overlap,
    };
}
