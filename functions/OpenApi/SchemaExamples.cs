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
    /// <param name="entities">What an entity is of; null for the one that the example is of.</param>
    public static JsonNode? Of(Type type, EntityType? entities = null)
    {
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Page<>))
            return Of(type.GetGenericArguments()[0], entities) is { } item
                ? new JsonObject { ["items"] = new JsonArray(item), ["next"] = null }
                : null;
        var example = type.GetProperty(
            "Example", BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly);
        var written = example is null ? null : JsonSerializer.SerializeToNode(example.GetValue(null), type, Json.Options);
        if (entities is not null && (type == typeof(Entity) || type == typeof(EntityBody)))
        {
            written!["type"] = entities.Name;
            written["content"] = Of(entities.Content);
        }
        return written;
    }
}
