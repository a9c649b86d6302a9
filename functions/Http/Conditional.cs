using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Assay;

/// <summary>Answers that honour <c>If-None-Match</c>.</summary>
public static class Conditional
{
    /// <summary>200 with the value and its ETag, or 304 when the client has this version already.</summary>
    public static IResult Ok<T>(HttpRequest request, string version, T value)
    {
        var etag = new EntityTagHeaderValue($"\"{version}\"");
        request.HttpContext.Response.Headers.ETag = etag.ToString();
        var known = request.GetTypedHeaders().IfNoneMatch;
        return known.Any(tag => tag.Tag == "*" || tag.Compare(etag, useStrongComparison: false))
            ? Results.StatusCode(StatusCodes.Status304NotModified)
            : Results.Json(value, Json.Options);
    }

    /// <summary>The same for what has no version of its own: the tag is of everything that is answered.</summary>
    public static IResult Ok<T>(HttpRequest request, T value)
    {
        var hash = SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(value, Json.Options));
        return Ok(request, Convert.ToHexStringLower(hash.AsSpan(0, 8)), value);
    }
}
