using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Assay;

/// <summary>Describes operations.</summary>
internal sealed partial class OpenApiOperations(SchemaBook schemas, XmlComments comments)
{
    private const string FileExample = "# Handbook\n\nConversations are kept for ninety days.";

    private const string LinesExample =
        """
        {"format":"assay-bundle","version":1}
        {"kind":"entity","id":"01890a5d-ac96-774b-bcce-b302099a8057","type":"prompt","title":"A","content":{"text":"B"}}

        """;

    public JsonObject Of(Route route, string method)
    {
        var operation = new JsonObject
        {
            ["operationId"] = route.Methods.Count == 1 ? route.Name : $"{route.Name}_{method}",
            ["tags"] = new JsonArray(route.Tag),
            ["summary"] = Words(route.Name),
            ["description"] = comments.Of(route.Method) is { } said ? $"{said}\n\n{Needs(route)}" : Needs(route),
            ["security"] = Security(route),
            ["x-permission"] = route.Operation.Permission,
        };
        if (Permissions.LeastRoles.TryGetValue(route.Operation.Permission, out var role))
            operation["x-least-role"] = role.ToString().ToLowerInvariant();
        if (Parameters(route) is { Count: > 0 } parameters)
            operation["parameters"] = parameters;
        if (RequestBody(route) is { } body)
            operation["requestBody"] = body;
        operation["responses"] = new JsonObject(
            [.. Success(route), .. OpenApiProblems.Of(route).Concat(Unavailable(route)).OrderBy(answer => answer.Key)]);
        return operation;
    }

    private static string Needs(Route route) => route.Operation.Permission switch
    {
        Permissions.Anyone => "Needs no credential.",
        Permissions.Authenticated => "Needs any credential.",
        Permissions.SignedIn => "Needs a person's session.",
        Permissions.Operations => "Needs an administrator of the installation.",
        var scope => $"Needs `{scope}`: the scope of an API key, and the role "
            + $"{Permissions.LeastRoles[scope].ToString().ToLowerInvariant()} or a higher one.",
    };

    private static JsonArray Security(Route route) => route.Operation.Permission == Permissions.Anyone
        ? []
        : [new JsonObject { ["bearer"] = new JsonArray() }];

    private JsonArray Parameters(Route route)
    {
        var parameters = new JsonArray();
        foreach (Match place in RouteParameter().Matches(route.Template))
            parameters.Add(PathParameter(place.Groups["name"].Value, place.Groups["constraint"].Value));
        if (route.Operation.Query is { } query)
            foreach (var parameter in QueryParameters(query))
                parameters.Add(parameter);
        foreach (var header in HeadersOf(route))
            parameters.Add(OpenApiParts.Refer("parameters", header));
        return parameters;
    }

    private static JsonObject PathParameter(string name, string constraint) => new()
    {
        ["name"] = name,
        ["in"] = "path",
        ["required"] = true,
        ["schema"] = constraint switch
        {
            "guid" => new JsonObject { ["type"] = "string", ["format"] = "uuid" },
            "int" or "long" => new JsonObject { ["type"] = "integer" },
            _ => new JsonObject { ["type"] = "string" },
        },
    };

    private IEnumerable<JsonNode> QueryParameters(Type query)
    {
        var record = schemas.Export(query);
        var required = record["required"]?.AsArray().Select(name => (string)name!).ToHashSet() ?? [];
        foreach (var (name, property) in record["properties"]!.AsObject().ToList())
        {
            var schema = (JsonObject)property!.DeepClone();
            var description = (string?)schema["description"];
            schema.Remove("description");
            // What is null in the record is absent in the query.
            if (schema["type"] is JsonArray types)
                schema["type"] = (string)types.First(type => (string?)type != "null")!;
            (schema["enum"] as JsonArray)?.Remove(null);
            if (schema["anyOf"] is JsonArray any)
                schema = (JsonObject)any[0]!.DeepClone();
            if (schema["default"] is null)
                schema.Remove("default");
            yield return Parameter(name, schema, description, required.Contains(name));
        }
    }

    private static JsonObject Parameter(string name, JsonObject schema, string? description, bool isRequired)
    {
        var parameter = new JsonObject { ["name"] = name, ["in"] = "query" };
        if (description is not null)
            parameter["description"] = description;
        if (isRequired)
            parameter["required"] = true;
        parameter["schema"] = schema;
        return parameter;
    }

    private static IEnumerable<string> HeadersOf(Route route)
    {
        if (route.Operation.Permission != Permissions.Anyone)
            yield return "Assay-Organization";
        if (route.NeedsIfMatch)
            yield return "If-Match";
        if (route.ReadsOne)
            yield return "If-None-Match";
        if (route.TakesIdempotencyKey)
            yield return "Idempotency-Key";
    }

    private JsonObject? RequestBody(Route route)
    {
        if (route.Operation.TakesFile)
            return new() { ["required"] = true, ["content"] = FileContent(route.Operation.Query!) };
        if (route.Operation.TakesLines)
            return new() { ["required"] = true, ["content"] = LinesContent() };
        if (route.Operation.Body is not { } body)
            return null;

        var type = route.Methods.Contains("PATCH") ? MergePatch.ContentType : "application/json";
        return new() { ["required"] = true, ["content"] = Content(type, body, route.EntityType) };
    }

    private static JsonObject LinesContent() => new()
    {
        [JsonLines.MediaType] = new JsonObject
        {
            ["schema"] = new JsonObject
            {
                ["type"] = "string",
                ["description"] = "A JSON object a line: a header, entities, relationships, labels.",
            },
            ["example"] = LinesExample,
        },
    };

    private JsonObject FileContent(Type fields)
    {
        var form = schemas.Export(fields);
        form["properties"]!["file"] = new JsonObject
        {
            ["type"] = "string", ["contentMediaType"] = "application/octet-stream",
        };
        form["required"] = new JsonArray("file");
        return new()
        {
            ["multipart/form-data"] = new JsonObject
            {
                ["schema"] = form,
                ["example"] = new JsonObject { ["file"] = FileExample },
            },
            ["application/octet-stream"] = new JsonObject
            {
                ["schema"] = new JsonObject { ["description"] = "The file's bytes." },
                ["example"] = FileExample,
            },
        };
    }

    private IEnumerable<KeyValuePair<string, JsonNode?>> Success(Route route)
    {
        var response = new JsonObject { ["description"] = Meaning(route.Operation.Status) };
        response["headers"] = OpenApiParts.ReferToHeaders(SuccessHeaders(route));
        if (route.Operation.Answer is { } answer)
            response["content"] = Content(
                route.Operation.Streams ? "text/event-stream" : "application/json", answer,
                route.EntityType);
        if (route.Operation.AnswersLines)
            response["content"] = LinesContent();
        if (route.Operation.Query?.IsAssignableTo(typeof(MartQuery)) is true)
            response["content"]!["text/csv"] = new JsonObject { ["schema"] = new JsonObject { ["type"] = "string" } };
        yield return KeyValuePair.Create($"{route.Operation.Status}", (JsonNode?)response);
        if (route.Operation.Deferred is { } deferred)
            yield return KeyValuePair.Create("202", (JsonNode?)new JsonObject
            {
                ["description"] = "It waits for somebody else to agree.",
                ["headers"] = OpenApiParts.ReferToHeaders(SuccessHeaders(route).Union(["Location"])),
                ["content"] = Content("application/json", deferred, route.EntityType),
            });
        if (route.ReadsOne)
            yield return KeyValuePair.Create("304", (JsonNode?)OpenApiParts.Refer("responses", "NotModified"));
    }

    private IEnumerable<KeyValuePair<string, JsonNode?>> Unavailable(Route route)
    {
        if (route.Operation.Unavailable is { } type)
            yield return KeyValuePair.Create("503", (JsonNode?)new JsonObject
            {
                ["description"] = "It does not hold at this moment; the body says what is missing.",
                ["headers"] = OpenApiParts.ReferToHeaders(
                    ["Retry-After", .. route.Operation.Counted ? OpenApiParts.LimitHeaders : []]),
                ["content"] = Content("application/json", type, null),
            });
    }

    private static IEnumerable<string> SuccessHeaders(Route route)
    {
        if (route.ReadsOne || route.NeedsIfMatch)
            yield return "ETag";
        if (route.IsList)
            yield return "Link";
        if (route.Operation.Status is 201 or 202)
            yield return "Location";
        if (route.Operation.Status == 202)
            yield return "Retry-After";
        if (route.TakesIdempotencyKey)
            yield return "Idempotency-Replayed";
        if (route.Operation.Counted)
            foreach (var name in OpenApiParts.LimitHeaders)
                yield return name;
        yield return "traceresponse";
    }

    private static string Meaning(int status) => status switch
    {
        201 => "It was made.",
        202 => "A run carries it out.",
        204 => "It was done.",
        302 or 303 or 307 => "It goes on elsewhere.",
        _ => "The answer.",
    };

    private JsonObject Content(string mediaType, Type type, EntityType? entities) => new()
    {
        [mediaType] = new JsonObject
        {
            ["schema"] = schemas.Of(type, entities),
            ["example"] = schemas.ExampleOf(type, entities),
        },
    };

    // ListDocumentChunks is "List document chunks".
    private static string Words(string name) =>
        name[0] + WordStart().Replace(name[1..], word => $" {char.ToLowerInvariant(word.Value[0])}");

    [GeneratedRegex("[A-Z]")]
    private static partial Regex WordStart();

    [GeneratedRegex(@"\{(?<name>\w+)(?::(?<constraint>\w+))?[^}]*\}")]
    private static partial Regex RouteParameter();
}
