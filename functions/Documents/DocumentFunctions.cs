using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace Assay;

/// <summary>Documents as their organization sees them.</summary>
public sealed class DocumentFunctions(
    DocumentStore documents, RunStore runs, Inbox inbox, OrganizationScope scope)
{
    [Function(nameof(ListDocuments))]
    [Operation(Permissions.DocumentsRead)]
    public async Task<IResult> ListDocuments(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "documents")] HttpRequest request,
        CancellationToken cancellation)
    {
        var query = new Query(request);
        var filter = new DocumentFilter(
            query.OneOf("status", DocumentStatus.All),
            query.Text("contentType", lengthMax: 100),
            query.Text("q", lengthMax: 200));
        var page = query.Page();
        if (query.Problem is { } problem)
            return problem;

        var rows = await documents.ListAsync(filter, page.AfterId, page.Fetch, cancellation);
        return Paging.Answer(request, page, rows, document => document.Id);
    }

    /// <summary>The document, and what became of each node of its latest run.</summary>
    [Function(nameof(GetDocument))]
    [Operation(Permissions.DocumentsRead)]
    public async Task<IResult> GetDocument(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "documents/{id:guid}")] HttpRequest request,
        Guid id,
        CancellationToken cancellation)
    {
        if (await documents.FindAsync(id, cancellation) is not { } document)
            return Problems.NotFound("document", id);

        var run = await runs.FindAsync(id, cancellation);
        var answer = JsonSerializer.SerializeToNode(document, Json.Options)!.AsObject();
        answer["nodes"] = run?.Nodes.DeepClone() ?? new JsonArray();

        // Nodes change without the version: the tag is of everything that is answered.
        var tag = SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(answer, Json.Options));
        return Conditional.Ok(request, Convert.ToHexStringLower(tag.AsSpan(0, 8)), answer);
    }

    [Function(nameof(ListDocumentChunks))]
    [Operation(Permissions.DocumentsRead)]
    public async Task<IResult> ListDocumentChunks(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "documents/{id:guid}/chunks")] HttpRequest request,
        Guid id,
        CancellationToken cancellation)
    {
        var query = new Query(request);
        var page = query.Page(1, key => Index(key[0]) is not null);
        if (query.Problem is { } problem)
            return problem;
        if (await documents.FindAsync(id, cancellation) is null)
            return Problems.NotFound("document", id);

        var after = page.After is [var index] ? Index(index) : null;
        var rows = await documents.ListChunksAsync(id, after, page.Fetch, cancellation);
        return Paging.Answer(
            request, page, rows, chunk => [chunk.ChunkIndex.ToString(CultureInfo.InvariantCulture)]);
    }

    /// <summary>Ingests a failed document again.</summary>
    [Function(nameof(RetryDocument))]
    [Operation(Permissions.DocumentsWrite)]
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

        await DocumentIngestion.StartAsync(durable, scope.Id!.Value, id, cancellation);
        return Runs.Accepted(id);
    }

    /// <summary>Removes the file, its text, chunks and embeddings; also while it is being ingested.</summary>
    [Function(nameof(DeleteDocument))]
    [Operation(Permissions.DocumentsWrite)]
    public async Task<IResult> DeleteDocument(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "documents/{id:guid}")] HttpRequest request,
        Guid id,
        CancellationToken cancellation)
    {
        if (await documents.FindAsync(id, cancellation) is not { } document)
            return Problems.NotFound("document", id);

        // The file first: what fails in between can be deleted again, and no file is left that nobody knows of.
        await inbox.DeleteAsync(document.BlobPath, cancellation);
        return await documents.TryDeleteAsync(id, cancellation)
            ? Results.NoContent()
            : Problems.NotFound("document", id);
    }

    private static int? Index(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : null;
}
