using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>What a search answers, best first.</summary>
public sealed record SearchAnswer(SearchMode Mode, IReadOnlyList<SearchHit> Items);

/// <summary>Finds parts of documents.</summary>
public sealed class SearchFunctions(DocumentSearch search)
{
    [Function(nameof(SearchDocuments))]
    [Operation(Permissions.DocumentsRead, Body = typeof(SearchRequest), Answer = typeof(SearchAnswer))]
    public async Task<IResult> SearchDocuments(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "documents/search")] HttpRequest request,
        CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync<SearchRequest>(request, cancellation);
        if (body.Value is not { } asked)
            return body.Problem!;

        return await SearchDeadline.RunAsync(
            SearchDeadline.Longest,
            async ended => Results.Json(
                new SearchAnswer(asked.Mode, await search.FindAsync(asked, ended)), Json.Options),
            cancellation);
    }
}
