using System.Buffers.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Assay;

/// <summary>
/// A page of a keyset list: rows behind the key <paramref name="After"/>, null for the first page. Ask the database
/// for <see cref="Fetch"/> rows: the one too many tells that there is a next page.
/// </summary>
public sealed record PageRequest(int Limit, string[]? After)
{
    public int Fetch => Limit + 1;

    /// <summary>The key of lists that are ordered by their UUIDv7 alone; null for the first page.</summary>
    public Guid? AfterId => After is [var id] ? Guid.Parse(id) : null;
}

/// <summary>What a list answers: a page, and the cursor of the next one, null on the last.</summary>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

public static class Paging
{
    /// <summary>
    /// Shapes rows fetched with <see cref="PageRequest.Fetch"/>; <paramref name="key"/> gives the order's key.
    /// </summary>
    public static IResult Answer<T>(
        HttpRequest request, PageRequest page, IReadOnlyList<T> fetched, Func<T, string[]> key) =>
        Results.Json(Cut(request, page, fetched, key), Json.Options);

    /// <summary>
    /// The same for an answer in another form than JSON: the page alone, with its <c>Link</c> header set.
    /// </summary>
    public static Page<T> Cut<T>(
        HttpRequest request, PageRequest page, IReadOnlyList<T> fetched, Func<T, string[]> key)
    {
        var limit = fetched is Portion<T> ? Math.Min(page.Limit, fetched.Count - 1) : page.Limit;
        if (fetched.Count <= limit)
            return new Page<T>(fetched, null);

        var items = fetched.Take(limit).ToArray();
        var next = Cursor.Encode(key(items[^1]));
        request.HttpContext.Response.Headers.Link = $"<{NextUri(request, next)}>; rel=\"next\"";
        return new Page<T>(items, next);
    }

    public static IResult Answer<T>(
        HttpRequest request, PageRequest page, IReadOnlyList<T> fetched, Func<T, Guid> id) =>
        Answer(request, page, fetched, row => [id(row).ToString()]);

    /// <summary>A list from its query to its answer.</summary>
    /// <param name="fetch">The rows of a page: <see cref="PageRequest.Fetch"/> of them.</param>
    /// <param name="key">The order's key.</param>
    public static async Task<IResult> ListAsync<TQuery, T>(
        HttpRequest request, Func<TQuery, PageRequest, Task<IReadOnlyList<T>>> fetch, Func<T, string[]> key)
        where TQuery : PageQuery
    {
        if (Query.Read<TQuery>(request, out var query) is { } problem)
            return problem;
        var page = query.Page();
        return Answer(request, page, await fetch(query, page), key);
    }

    /// <summary>The same for lists that are ordered by their UUIDv7 alone.</summary>
    public static Task<IResult> ListAsync<TQuery, T>(
        HttpRequest request, Func<TQuery, PageRequest, Task<IReadOnlyList<T>>> fetch, Func<T, Guid> id)
        where TQuery : PageQuery =>
        ListAsync(request, fetch, (T row) => [id(row).ToString()]);

    private static string NextUri(HttpRequest request, string next)
    {
        var query = QueryString.Create(request.Query.Where(p => p.Key is not ("after" or "code"))).Add("after", next);
        return request.PathBase + request.Path + query.ToString();
    }
}

/// <summary>Opaque to clients: the base64url of a JSON array with the last row's key.</summary>
public static class Cursor
{
    public static string Encode(string[] key) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(key));

    /// <summary>Null when no cursor of ours reads like this.</summary>
    public static string[]? Decode(string text)
    {
        try
        {
            var key = JsonSerializer.Deserialize<string?[]>(Base64Url.DecodeFromChars(text));
            return key?.Any(part => part is null || part.Contains('\0')) is false ? [.. key.OfType<string>()] : null;
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return null;
        }
    }
}
