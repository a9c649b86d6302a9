using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Assay;

/// <summary>Reading and changing one thing by its version, which is its <c>ETag</c>.</summary>
public static class Conditional
{
    /// <summary>200 with the value and its ETag, or 304 when the client has this version already.</summary>
    public static IResult Ok<T>(HttpRequest request, object version, T value)
    {
        var etag = Tag(version);
        request.HttpContext.Response.Headers.ETag = etag.ToString();
        var known = request.GetTypedHeaders().IfNoneMatch;
        return IsRead(request) && known.Any(tag => tag.Tag == "*" || tag.Compare(etag, useStrongComparison: false))
            ? Results.StatusCode(StatusCodes.Status304NotModified)
            : Results.Json(value, Json.Options);
    }

    /// <summary>
    /// Whether a change may go on: null when <c>If-Match</c> names the present version, else 428 without the header
    /// and 412 with another version. The statement that changes must compare the version once more.
    /// </summary>
    public static Problem? Refusal(HttpRequest request, object version)
    {
        if (request.Headers.IfMatch.Count == 0)
            return Problems.VersionRequired();
        var etag = Tag(version);
        return request.GetTypedHeaders().IfMatch
            .Any(tag => tag.Tag == "*" || tag.Compare(etag, useStrongComparison: true)) ? null : Problems.Stale();
    }

    /// <summary>The same for what has no version of its own: the tag is of everything that is answered.</summary>
    public static IResult Ok<T>(HttpRequest request, T value)
    {
        var hash = SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(value, Json.Options));
        return Ok(request, Convert.ToHexStringLower(hash.AsSpan(0, 8)), value);
    }

    private static EntityTagHeaderValue Tag(object version) => new($"\"{version}\"");

    private static bool IsRead(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
}
