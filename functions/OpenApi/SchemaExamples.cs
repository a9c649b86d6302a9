using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>
/// What a value of a type may look like: its static property <c>Example</c>, where it has one. A page holds the example
/// of its items.
/// </summary>
internal static class SchemaExamples
{
    public static JsonNode? Of(Type type)
    {
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Page<>))
            return Of(type.GetGenericArguments()[0]) is { } item
                ? new JsonObject { ["items"] = new JsonArray(item), ["next"] = null }
                : null;
        var example = type.GetProperty(
            "Example", BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly);
        return example is null ? null : JsonSerializer.SerializeToNode(example.GetValue(null), type, Json.Options);
    }
}
