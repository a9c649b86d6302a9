using System.Text.Json;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>Holds contents against the schema of their type.</summary>
internal static class EntityContent
{
    /// <summary>Null when the content is as its type asks for, else the problem, whose fields are of a body.</summary>
    public static Problem? Check(EntityType type, JsonObject content)
    {
        using var json = JsonDocument.Parse(content.ToJsonString());
        var shape = Json.Options.GetTypeInfo(type.Content);
        if (JsonShape.Check(json.RootElement, shape) is { Count: > 0 } errors)
            return Problems.Malformed($"Some members are not as the content of a {type.Name}; see errors.", At(errors));
        return Validation.Check(json.RootElement.Deserialize(shape)!) is { Count: > 0 } broken
            ? Problems.Invalid(At(broken))
            : null;
    }

    private static Dictionary<string, string[]> At(IReadOnlyDictionary<string, string[]> errors) =>
        errors.ToDictionary(error => error.Key == "body" ? "content" : $"content.{error.Key}", error => error.Value);
}
