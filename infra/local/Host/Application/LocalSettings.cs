using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;

namespace Assay.Local;

/// <summary>
/// <c>local.settings.json</c> as Core Tools reads it: <c>Values</c> become environment variables, so <c>__</c> nests;
/// <c>ConnectionStrings</c> are reachable as such; <c>Host.LocalHttpPort</c> is the port.
/// </summary>
internal static class LocalSettings
{
    public const string FileName = "local.settings.json";

    public static IReadOnlyDictionary<string, string?> Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        if (!File.Exists(path))
            return settings;

        var document = Parse(path);
        if (document["IsEncrypted"] is JsonValue encrypted && encrypted.GetValueKind() == JsonValueKind.True)
            throw new InvalidDataException($"{path} is encrypted. Run 'func settings decrypt' in its folder first.");

        foreach (var (name, value) in Section(document, "Values"))
            settings[name.Replace("__", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal)] = Text(value);
        foreach (var (name, value) in Section(document, "ConnectionStrings"))
            settings[$"ConnectionStrings:{name}"] = value is JsonObject detailed
                ? Text(detailed["ConnectionString"])
                : Text(value);
        if (Section(document, "Host")["LocalHttpPort"] is { } port)
            settings["port"] = Text(port);

        return settings;
    }

    private static JsonObject Parse(string path)
    {
        try
        {
            var options = new JsonDocumentOptions
            {
                CommentHandling = JsonCommentHandling.Skip,
                AllowTrailingCommas = true,
            };
            return JsonNode.Parse(File.ReadAllText(path), documentOptions: options) as JsonObject
                ?? throw new InvalidDataException($"{path} must hold a JSON object.");
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{path} is not valid JSON: {error.Message}", error);
        }
    }

    private static JsonObject Section(JsonObject document, string name) => document[name] as JsonObject ?? [];

    private static string? Text(JsonNode? value) => value switch
    {
        null => null,
        JsonValue scalar => scalar.ToString(),
        _ => value.ToJsonString(),
    };
}
