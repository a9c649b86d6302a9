using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>What a search answers, best first.</summary>
public sealed record SearchAnswer(SearchMode Mode, IReadOnlyList<SearchHit> Items);

/// <summary>Finds parts of documents.</summary>
public sealed class SearchFunctions(DocumentSearch search)
{
    private const int QueryLengthMax = 4000;
    private const int FilterMax = 200;

    /// <summary>The body is a <see cref="SearchRequest"/>.</summary>
    [Function(nameof(SearchDocuments))]
    [Operation(Permissions.DocumentsRead)]
    public async Task<IResult> SearchDocuments(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "documents/search")] HttpRequest request,
        CancellationToken cancellation)
    {
        var body = await JsonBody.ReadAsync<SearchRequest>(request, cancellation);
        if (body.Value is not { } asked)
            return body.Problem!;
        if (Check(asked) is { Count: > 0 } errors)
            return Problems.Invalid(errors);

        var hits = await search.FindAsync(asked, cancellation);
        return Results.Json(new SearchAnswer(asked.Mode, hits), Json.Options);
    }

    private static Dictionary<string, string[]> Check(SearchRequest asked)
    {
        var errors = new Dictionary<string, string[]>();
        if (string.IsNullOrWhiteSpace(asked.Query) || asked.Query.Length > QueryLengthMax)
            errors["query"] = [$"expected 1 to {QueryLengthMax} characters, not only white space"];
        if (asked.Limit is < 1 or > 100)
            errors["limit"] = ["expected a whole number from 1 to 100"];
        if (asked.MinScore is < -1 or > 1)
            errors["minScore"] = ["expected a number from -1 to 1"];
        if (asked.DocumentIds is { Count: > FilterMax })
            errors["documentIds"] = [$"expected at most {FilterMax} ids"];
        if (asked.Headings is { Count: > FilterMax })
            errors["headings"] = [$"expected at most {FilterMax} headings"];
        if (asked.CreatedFrom > asked.CreatedTo)
            errors["createdFrom"] = ["expected a time not after createdTo"];
        return errors;
    }
}
