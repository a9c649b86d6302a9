using System.Text.Json;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>Reads parameters of messages.</summary>
internal static class McpParameters
{
    /// <summary>Null when it is absent.</summary>
    /// <exception cref="McpException">It is there and no text.</exception>
    public static string? Text(JsonObject parameters, string name) => parameters[name] switch
    {
        null => null,
        JsonValue value when value.GetValueKind() == JsonValueKind.String => (string?)value,
        _ => throw Invalid(name, "a text"),
    };

    /// <summary>Null when it is absent.</summary>
    public static int? Number(JsonObject parameters, string name, int most) => parameters[name] switch
    {
        null => null,
        JsonValue value when value.GetValueKind() == JsonValueKind.Number
            && value.TryGetValue<int>(out var number) && number >= 1 && number <= most => number,
        _ => throw Invalid(name, $"an integer of 1 to {most}"),
    };

    public static JsonObject Object(JsonObject parameters, string name) => parameters[name] switch
    {
        null => [],
        JsonObject members => members,
        _ => throw Invalid(name, "an object"),
    };

    public static Guid Id(JsonObject parameters, string name) =>
        Guid.TryParse(Text(parameters, name), out var id) ? id : throw Invalid(name, "the id of a prompt or template");

    public static McpException Invalid(string name, string expected) =>
        new(McpException.InvalidParameters, $"{name}: expected {expected}");
}
