using System.Text.Json;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>Holds contents against the schema of their type.</summary>
internal static class EntityContent
{
    /// <summary>Null when the content is as its type asks for, else the problem, whose fields are of a body.</summary>
    public static Problem? Check(EntityType type, JsonObject content)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(content, Json.Options);
        if (bytes.Length > EntityLimits.ContentBytesMax)
            return Problems.Invalid("content", $"expected at most {EntityLimits.ContentBytesMax:N0} bytes of JSON");
        using var document = JsonDocument.Parse(bytes);
        var json = document.RootElement;
        var shape = Json.Options.GetTypeInfo(type.Content);
        if (JsonShape.Check(json, shape) is { Count: > 0 } errors)
            return Problems.Malformed($"Some members are not as the content of a {type.Name}; see errors.", At(errors));
        return Validation.Check(json.Deserialize(shape)!) is { Count: > 0 } broken
            ? Problems.Invalid(At(broken))
            : null;
    }

    private static Dictionary<string, string[]> At(FieldErrors errors) =>
        errors.ToDictionary(error => error.Key == "body" ? "content" : $"content.{error.Key}", error => error.Value);
}
