using System.Text.Json;
using System.Text.Json.Serialization;

namespace Assay;

/// <summary>How contents are stored: as the API takes them.</summary>
public static class EntityJson
{
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };
}
