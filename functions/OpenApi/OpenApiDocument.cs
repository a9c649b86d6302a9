using System.Text.Json;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>The API's description in OpenAPI 3.1, made of what the code says of itself.</summary>
public static class OpenApiDocument
{
    private static readonly JsonSerializerOptions written = new(Json.Options) { WriteIndented = true };

    /// <summary>As JSON, the same for the same code.</summary>
    public static string Write(RouteTable routes) => $"{Of(routes).ToJsonString(written)}\n".ReplaceLineEndings("\n");

    private static JsonObject Of(RouteTable routes)
    {
        var comments = new XmlComments(typeof(OpenApiDocument).Assembly, typeof(Permissions).Assembly);
        var schemas = new SchemaBook(comments);
        var operations = new OpenApiOperations(schemas, comments);
        var all = routes.Routes.OrderBy(route => route.Path, StringComparer.Ordinal).ToList();
        var paths = new JsonObject();
        foreach (var path in all.GroupBy(route => route.Path))
            paths[path.Key] = new JsonObject(
                from route in path
                from method in route.Methods
                orderby method
                select KeyValuePair.Create(method.ToLowerInvariant(), (JsonNode?)operations.Of(route, method)));

        return new()
        {
            ["openapi"] = "3.1.0",
            ["info"] = Info(),
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "/api" }),
            ["tags"] = new JsonArray([.. all.Select(route => route.Tag).Distinct().Order(StringComparer.Ordinal)
                .Select(Tag)]),
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["securitySchemes"] = new JsonObject { ["bearer"] = Bearer() },
                ["parameters"] = OpenApiParts.Parameters(),
                ["headers"] = OpenApiParts.Headers(),
                ["responses"] = OpenApiProblems.Responses(schemas),
                ["schemas"] = schemas.All(),
            },
        };
    }

    private static JsonObject Tag(string name) => new()
    {
        ["name"] = name,
        ["description"] = $"All under `/{name.ToLowerInvariant()}`.",
    };

    private static JsonObject Info() => new()
    {
        ["title"] = "Assay",
        ["version"] = "1",
        ["summary"] = "A backend for teams that work with LLM prompts.",
        ["description"] =
            """
            Errors are problem documents (RFC 9457) that name each field and what was expected there. Members and
            parameters that are unknown are refused. Lists are pages: `next`, or the `Link` header, leads to the next
            one. One thing is changed by a JSON merge patch (RFC 7396) with its `ETag` as `If-Match`. A `POST` with an
            `Idempotency-Key` is carried out once. A `traceparent` goes on, and is answered as `traceresponse`.

            JSON may hold 100,000 values, 10,000 items or members of one array or object, 32 of these within each other,
            names of 4,000 bytes, and numbers of at most 38 digits, 0 or from 1e-307 to 1e308 in size. The first 100
            errors of a request are reported.
            """.ReplaceLineEndings("\n"),
        ["license"] = new JsonObject { ["name"] = "MIT", ["identifier"] = "MIT" },
    };

    private static JsonObject Bearer() => new()
    {
        ["type"] = "http",
        ["scheme"] = "bearer",
        ["description"] = "An API key (`ask_…`), whose scopes narrow it, or the session token of a person.",
    };
}
