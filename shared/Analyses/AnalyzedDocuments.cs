namespace Assay;

/// <param name="Text">Null until the document has been ingested.</param>
public sealed record AnalyzedDocument(string Title, string? Text);

/// <summary>The documents of the organization, as far as they can be analyzed as prompts.</summary>
public sealed class AnalyzedDocuments(Database database)
{
    public Task<AnalyzedDocument?> FindAsync(Guid id, CancellationToken cancellation) =>
        database.FindAsync<AnalyzedDocument>(
            """
            select title, case when status = 'completed' then extracted_text end as text
            from core.document
            where id = @id and deleted_at is null
            """,
            new { id }, cancellation);
}
