using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

public sealed class ContentSearchFunctions(ContentSearch search, CurrentCaller caller)
{
    /// <summary>
    /// Entities, and parts of documents for whoever may read these, best first. The order is fixed on the first page;
    /// the pages behind it show what is still there of it.
    /// </summary>
    [Function(nameof(SearchContent))]
    [Operation(Permissions.EntitiesRead, Body = typeof(ContentQuery), Answer = typeof(ContentPage))]
    public async Task<IResult> SearchContent(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "search")] HttpRequest request,
        CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync<ContentQuery>(request, cancellation);
        if (body.Value is not { } asked)
            return body.Problem!;
        var mayReadDocuments = caller.Value.May(Permissions.DocumentsRead);
        if (asked.Kinds?.Contains(ContentKind.Chunk) is true && !mayReadDocuments)
            return Problems.Forbidden($"Chunks of documents need the permission {Permissions.DocumentsRead}.");

        IReadOnlyList<ContentKind> kinds = asked.Kinds
            ?? (mayReadDocuments && asked.Filter is null
                ? [ContentKind.Entity, ContentKind.Chunk]
                : [ContentKind.Entity]);
        return await SearchDeadline.RunAsync(
            SearchDeadline.Longest,
            async ended => Results.Json(await search.FindAsync(asked, kinds, ended), Json.Options),
            cancellation);
    }
}
