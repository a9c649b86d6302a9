using System.Text.Json;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>How what an analysis finds is written to jsonb, and read back.</summary>
internal static class AnalysisJson
{
    public static readonly JsonSerializerOptions Options = JsonSerializerOptions.Web;

    public static JsonObject Object<T>(T value) => JsonSerializer.SerializeToNode(value, Options)!.AsObject();

    public static JsonArray Array<T>(IReadOnlyList<T> values) =>
        JsonSerializer.SerializeToNode(values, Options)!.AsArray();

    public static T Read<T>(JsonNode node) =>
        node.Deserialize<T>(Options) ?? throw new JsonException($"There is no {typeof(T).Name} in {node.GetPath()}.");
}
