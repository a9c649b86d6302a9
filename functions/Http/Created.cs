using Microsoft.AspNetCore.Http;

namespace Assay;

/// <summary>Answers for what was made.</summary>
public static class Created
{
    /// <summary>201 with the new thing, its <c>Location</c>, and its <c>ETag</c> where it has a version.</summary>
    /// <param name="path">Below <c>/api/</c>, such as <c>teams/01a1…</c>.</param>
    public static IResult At<T>(HttpRequest request, string path, T value, object? version = null)
    {
        if (version is not null)
            request.HttpContext.Response.Headers.ETag = $"\"{version}\"";
        request.HttpContext.Response.Headers.Location = $"{request.PathBase}/api/{path}";
        return Results.Json(value, Json.Options, statusCode: StatusCodes.Status201Created);
    }
}
