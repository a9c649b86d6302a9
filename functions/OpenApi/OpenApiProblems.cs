using System.Text.Json.Nodes;

namespace Assay;

/// <summary>Which problems a route may answer with, and what they mean: one table for all routes.</summary>
internal static class OpenApiProblems
{
    private static readonly Case[] cases =
    [
        new(400, "Malformed",
            "The request could not be read: broken JSON, a wrong type, an unknown member or parameter.", _ => true),
        new(401, "Unauthorized", "No credential, or one that is unknown, expired or revoked.", NeedsCredential,
            "WWW-Authenticate"),
        new(403, "Forbidden", "The caller may not do this.", NeedsCredential),
        new(404, "NotFound", "There is no such thing in the caller's organization.",
            route => route.Path.Contains('{') || NeedsCredential(route)),
        new(408, "TooSlow", "The content came too slowly.", TakesContent),
        new(409, "Conflict", "The present state does not allow it.", route => !route.Methods.Contains("GET")),
        new(412, "Stale", "`If-Match` names another version than the present one.", route => route.NeedsIfMatch),
        new(413, "TooLarge", "The content is too large.", TakesContent),
        new(415, "UnsupportedMediaType", "The content type is not supported.", TakesContent),
        new(422, "Invalid", "The request was read, and members or parameters do not hold what was expected.",
            route => TakesContent(route) || route.Operation.Query is not null || route.TakesIdempotencyKey),
        new(428, "VersionRequired", "`If-Match` is missing.", route => route.NeedsIfMatch),
        new(429, "TooMany", "The caller has sent too much; later it may go on.", route => route.Operation.Counted,
            "Retry-After"),
        new(500, "Unexpected", "Something went wrong, and was logged under the traceId.", _ => true),
        new(502, "ProviderFailed", "Whom people sign in with is away, or said what cannot be trusted.",
            route => route.Operation.AsksProvider),
        new(503, "Unavailable", "The database or blob storage is away, or a setting is missing.",
            route => route.Operation.Unavailable is null, "Retry-After"),
        new(504, "TimedOut", "It took longer than a request may, and was given up.",
            route => !route.Operation.Streams, "Retry-After"),
    ];

    /// <summary>The problems of a route, by status.</summary>
    public static IEnumerable<KeyValuePair<string, JsonNode?>> Of(Route route) =>
        cases.Where(problem => problem.Applies(route)).Select(problem =>
            KeyValuePair.Create($"{problem.Status}", (JsonNode?)OpenApiParts.Refer("responses", problem.Name)));

    public static JsonObject Responses(SchemaBook schemas)
    {
        var responses = new JsonObject();
        foreach (var problem in cases)
            responses[problem.Name] = Response(problem, schemas.Of(typeof(ProblemDocument), null));
        responses["NotModified"] = new JsonObject
        {
            ["description"] = "It is still the version in `If-None-Match`.",
            ["headers"] = OpenApiParts.ReferToHeaders(["ETag", .. OpenApiParts.LimitHeaders]),
        };
        return responses;
    }

    private static JsonObject Response(Case problem, JsonNode schema) => new()
    {
        ["description"] = problem.Meaning,
        ["headers"] = OpenApiParts.ReferToHeaders(HeadersOf(problem)),
        ["content"] = new JsonObject { ["application/problem+json"] = new JsonObject { ["schema"] = schema } },
    };

    private static IEnumerable<string> HeadersOf(Case problem)
    {
        if (problem.Header is { } header)
            yield return header;
        // Who is not known is not counted, but for those who need not be.
        if (problem.Status != 401)
            foreach (var name in OpenApiParts.LimitHeaders)
                yield return name;
    }

    private static bool NeedsCredential(Route route) => route.Operation.Permission != Permissions.Anyone;

    private static bool TakesContent(Route route) =>
        route.Operation is { Body: not null } or { TakesFile: true } or { TakesLines: true };

    private sealed record Case(
        int Status, string Name, string Meaning, Func<Route, bool> Applies, string? Header = null);
}
