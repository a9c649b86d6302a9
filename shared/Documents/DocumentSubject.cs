namespace Assay;

/// <summary>
/// A document whose ingestion is ended from outside fails, and can be retried; its version that was live before stays.
/// </summary>
internal sealed class DocumentSubject : IRunSubject
{
    public string Type => "document";

    public async Task GiveUpAsync(
        DatabaseTransaction transaction, Guid id, string reason, CancellationToken cancellation)
    {
        var version = await transaction.FindAsync<int?>(
            """
            update core.document set status = 'failed', error = @reason, updated_at = now()
            where id = @id and status in ('pending', 'processing') and deleted_at is null
            returning version
            """,
            new { id, reason }, cancellation);
        if (version is not { } present)
            return;

        await transaction.ExecuteAsync(
            """
            delete from core.document_chunk where document_id = @id and document_version = @present;
            delete from core.document_draft where document_id = @id
            """,
            new { id, present }, cancellation);
    }
}
