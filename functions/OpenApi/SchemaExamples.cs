using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>
/// What a value may look like: what its type gives as the static property <c>Example</c>, or else something that its
/// schema allows.
/// </summary>
/// <param name="find">The schema that a reference names.</param>
internal sealed class SchemaExamples(Func<string, JsonNode> find)
{
    private const string Id = "01a1fd83-981a-76c0-a43f-a093148f6612";

    // Schemas that an example is being made of: one that holds itself ends there.
    private readonly HashSet<string> open = [];

    /// <summary>Null for a type that gives none.</summary>
    /// <param name="entities">What an entity is of; null for the one that the example is of.</param>
    public static JsonNode? Of(Type type, EntityType? entities = null)
    {
        if (type.GetProperty("Example", BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly)
            is not { } given)
            return null;
        var written = JsonSerializer.SerializeToNode(given.GetValue(null), type, Json.Options);
        if (entities is not null && (type == typeof(Entity) || type == typeof(EntityBody)))
        {
            written!["type"] = entities.Name;
            written["content"] = Of(entities.Content);
        }
        return written;
    }

    /// <param name="name">The member whose value it is.</param>
    public JsonNode? Make(JsonNode schema, string name)
    {
        if ((string?)schema["$ref"] is { } reference)
            return Follow(reference, name);
        if (schema["anyOf"] is JsonArray { Count: > 0 } any)
            return Make(any[0]!, name);
        var given = (schema["examples"] as JsonArray)?[0]
            ?? schema["default"]
            ?? (schema["enum"] as JsonArray)?.FirstOrDefault(value => value is not null);
        return given?.DeepClone() ?? OfType(schema, name);
    }

    private JsonNode? Follow(string reference, string name)
    {
        if (!open.Add(reference))
            return null;
        var made = Make(find(reference), name);
        open.Remove(reference);
        return made;
    }

    private JsonNode? OfType(JsonNode schema, string name)
    {
        string?[] types = schema["type"] is JsonArray several
            ? [.. several.Select(type => (string?)type)]
            : [(string?)schema["type"]];
        return types.FirstOrDefault(type => type != "null") switch
        {
            "array" => schema["items"] is { } items && Make(items, name) is { } item ? new JsonArray(item) : [],
            "string" => Text(schema, name, mayBeNull: types.Contains("null")),
            "integer" => (int?)schema["minimum"] ?? 1,
            "number" => (double?)schema["minimum"] ?? 0.5,
            "boolean" => true,
            _ => Members(schema),
        };
    }

    private JsonObject Members(JsonNode schema)
    {
        var members = new JsonObject();
        foreach (var (name, member) in schema["properties"] as JsonObject ?? [])
            members[name] = Make(member!, name);
        if (schema["additionalProperties"] is JsonObject value)
            members["name"] = Make(value, "value");
        return members;
    }

    // Free text that may be absent, such as an error, mostly is.
    private static string? Text(JsonNode schema, string name, bool mayBeNull) => (string?)schema["format"] switch
    {
        "uuid" => Id,
        "date-time" => "2026-01-31T12:00:00+00:00",
        "date" => "2026-01-31",
        "email" => "someone@example.com",
        "uri" => "https://example.com/",
        _ => mayBeNull ? null : name,
    };
}
