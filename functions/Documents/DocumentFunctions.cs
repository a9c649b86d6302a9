using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace Assay;

/// <summary>Documents as their organization sees them.</summary>
public sealed class DocumentFunctions(
    DocumentStore documents, RunStore runs, Inbox inbox)
{
    [Function(nameof(ListDocuments))]
    [Operation(Permissions.DocumentsRead, Query = typeof(DocumentListQuery), Answer = typeof(Page<Document>))]
    public Task<IResult> ListDocuments(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "documents")] HttpRequest request,
        CancellationToken cancellation) =>
        Paging.ListAsync<DocumentListQuery, Document>(
            request,
            (query, page) => documents.ListAsync(query.ToFilter(), page.AfterId, page.Fetch, cancellation),
            document => document.Id);

    /// <summary>The document, and what became of each node of its latest run.</summary>
    [Function(nameof(GetDocument))]
    [Operation(Permissions.DocumentsRead, Answer = typeof(DocumentAnswer))]
    public async Task<IResult> GetDocument(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "documents/{id:guid}")] HttpRequest request,
        Guid id,
        CancellationToken cancellation)
    {
        if (await documents.FindAsync(id, cancellation) is not { } document)
            return Problems.NotFound("document", id);

        var run = await runs.FindAsync(id, cancellation);
        return Conditional.Ok(request, new DocumentAnswer(document) { Nodes = run?.Nodes ?? new JsonArray() });
    }

    [Function(nameof(ListDocumentChunks))]
    [Operation(Permissions.DocumentsRead, Query = typeof(ChunkListQuery), Answer = typeof(Page<StoredChunk>))]
    public async Task<IResult> ListDocumentChunks(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "documents/{id:guid}/chunks")] HttpRequest request,
        Guid id,
        CancellationToken cancellation)
    {
        if (Query.Read<ChunkListQuery>(request, out var query) is { } problem)
            return problem;
        if (await documents.FindAsync(id, cancellation) is null)
            return Problems.NotFound("document", id);

        var page = query.Page();
        var rows = await documents.ListChunksAsync(id, query.AfterIndex, page.Fetch, cancellation);
        return Paging.Answer(
            request, page, rows, chunk => [chunk.ChunkIndex.ToString(CultureInfo.InvariantCulture)]);
    }

    /// <summary>Ingests a failed document again.</summary>
    [Function(nameof(RetryDocument))]
    [Operation(Permissions.DocumentsWrite, Answer = typeof(AcceptedRun), Status = 202)]
    public async Task<IResult> RetryDocument(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "documents/{id:guid}/retry")] HttpRequest request,
        Guid id,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellation)
    {
        switch (await documents.RetryAsync(id, cancellation))
        {
            case DocumentChange.NotFound:
                return Problems.NotFound("document", id);
            case DocumentChange.Refused:
                return Problems.Conflict("Only a document that failed can be retried.");
        }

        await durable.StartAsync(runs.Admitted, cancellation);
        return Runs.Accepted(id);
    }

    /// <summary>Removes the file, its text, chunks and embeddings; also while it is being ingested.</summary>
    [Function(nameof(DeleteDocument))]
    [Operation(Permissions.DocumentsWrite, Status = 204)]
    public async Task<IResult> DeleteDocument(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "documents/{id:guid}")] HttpRequest request,
        Guid id,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellation)
    {
        if (await documents.FindAsync(id, cancellation) is not { } document)
            return Problems.NotFound("document", id);

        // The file first: what fails in between can be deleted again, and no file is left that nobody knows of.
        await inbox.DeleteAsync(document.BlobPath, cancellation);
        if (!await documents.TryDeleteAsync(id, cancellation))
            return Problems.NotFound("document", id);
        await durable.StartAsync(runs.Admitted, cancellation);
        return Results.NoContent();
    }
}
