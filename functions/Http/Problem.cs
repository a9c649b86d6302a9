using System.Diagnostics;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;

namespace Assay;

/// <summary>
/// An RFC 9457 problem document. <paramref name="Type"/> is the permanent last part of its <c>/problems/…</c> URI;
/// <paramref name="Errors"/> maps a field, as the client wrote it, to what was expected there.
/// </summary>
public sealed record Problem(
    int Status,
    string Type,
    string Title,
    string Detail,
    IReadOnlyDictionary<string, string[]>? Errors = null) : IResult
{
    /// <summary>Seconds for the <c>Retry-After</c> header; none when null.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>Value of the <c>WWW-Authenticate</c> header; none when null.</summary>
    public string? Challenge { get; init; }

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = Status;
        if (RetryAfter is { } seconds)
            response.Headers.RetryAfter = seconds.ToString();
        if (Challenge is not null)
            response.Headers.WWWAuthenticate = Challenge;

        var traceId = Activity.Current?.TraceId.ToHexString() ?? httpContext.TraceIdentifier;
        return response.WriteAsJsonAsync(
            new Document($"/problems/{Type}", Title, Status, Detail, traceId, Errors),
            Json.Options,
            "application/problem+json",
            httpContext.RequestAborted);
    }

    private sealed record Document(
        string Type,
        string Title,
        int Status,
        string Detail,
        string TraceId,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        IReadOnlyDictionary<string, string[]>? Errors);
}
