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

        return response.WriteAsJsonAsync(
            new ProblemDocument(
                $"/problems/{Type}", Title, Status, Detail, TraceMiddleware.TraceIdOf(httpContext), Errors),
            Json.Options,
            "application/problem+json",
            httpContext.RequestAborted);
    }
}

/// <summary>A problem document (RFC 9457).</summary>
/// <param name="Type">Permanent: what kind of problem it is, such as <c>/problems/invalid</c>.</param>
/// <param name="Title">The kind in words.</param>
/// <param name="Status">The status of the answer.</param>
/// <param name="Detail">What happened this time.</param>
/// <param name="TraceId">What to name when asking about it: the log has it under this id.</param>
/// <param name="Errors">What was expected, by member or parameter.</param>
internal sealed record ProblemDocument(
    string Type,
    string Title,
    int Status,
    string Detail,
    string TraceId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    IReadOnlyDictionary<string, string[]>? Errors)
{
    public static ProblemDocument Example => new(
        "/problems/invalid", "The request is not valid", 422, "See errors for each field.",
        "0af7651916cd43dd8448eb211c80319c",
        new Dictionary<string, string[]> { ["limit"] = ["expected a whole number from 1 to 200"] });
}
