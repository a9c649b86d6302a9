using System.Text.Json.Nodes;

namespace Assay;

/// <summary>The parameters and headers that many operations share.</summary>
internal static class OpenApiParts
{
    /// <summary>On every answer to a request that was counted.</summary>
    public static readonly string[] LimitHeaders = ["RateLimit-Policy", "RateLimit"];

    public static JsonObject Refer(string kind, string name) => new() { ["$ref"] = $"#/components/{kind}/{name}" };

    public static JsonObject Parameters() => new()
    {
        ["Assay-Organization"] = Header(
            "Assay-Organization", "Slug of the organization to act for, of those that the credential belongs to."),
        ["If-Match"] = Header("If-Match", "The `ETag` that reading it gave.", required: true),
        ["If-None-Match"] = Header(
            "If-None-Match", "An `ETag` that is known already: 304 while it is the present one."),
        ["Idempotency-Key"] = Header(
            "Idempotency-Key",
            "Chosen by the caller, 1 to 255 visible ASCII characters. The same request with the same key is answered "
            + "as the first time, for 24 hours; another request with it is refused."),
    };

    public static JsonObject Headers() => new()
    {
        ["ETag"] = Described("The version, for `If-None-Match` and `If-Match`."),
        ["Link"] = Described("The next page, as `<…>; rel=\"next\"`; absent on the last."),
        ["Location"] = Described("Where it is."),
        ["Retry-After"] = Described("Seconds to wait before asking again.", "integer"),
        ["RateLimit-Policy"] = Described(
            "The limits that the request counts against, each as `\"key-minute\";q=6000;w=60`: its name, how many "
            + "requests, in how many seconds. Absent where requests are not counted."),
        ["RateLimit"] = Described(
            "What is left of the limit that binds first, as `\"key-minute\";r=5999;t=60`: its name, how many requests, "
            + "and the seconds until there are all of them again. Absent where requests are not counted."),
        ["Idempotency-Replayed"] = Described("`true` when this is the answer to an earlier request with the same key."),
        ["traceresponse"] = Described("The trace that the request belongs to (W3C Trace Context)."),
        ["WWW-Authenticate"] = Described("`Bearer`."),
    };

    /// <summary>Headers by their names, all of those above.</summary>
    public static JsonObject ReferToHeaders(IEnumerable<string> names) =>
        new(names.Select(name => KeyValuePair.Create(name, (JsonNode?)Refer("headers", name))));

    private static JsonObject Header(string name, string description, bool required = false) => new()
    {
        ["name"] = name,
        ["in"] = "header",
        ["description"] = description,
        ["required"] = required,
        ["schema"] = new JsonObject { ["type"] = "string" },
    };

    private static JsonObject Described(string description, string type = "string") => new()
    {
        ["description"] = description,
        ["schema"] = new JsonObject { ["type"] = type },
    };
}
