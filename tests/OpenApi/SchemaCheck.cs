using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Assay;

/// <summary>
/// Holds JSON against a schema of the API's description: every keyword that occurs there, and a fault for any other, so
/// that none is passed over.
/// </summary>
internal sealed class SchemaCheck(JsonNode document)
{
    private readonly List<string> faults = [];

    /// <summary>Where the value is not what the schema says; empty when it is.</summary>
    public static IReadOnlyList<string> FaultsOf(JsonNode document, JsonNode schema, JsonNode? value)
    {
        var check = new SchemaCheck(document);
        check.Visit(schema, value, "");
        return check.faults;
    }

    private void Visit(JsonNode schema, JsonNode? value, string path)
    {
        foreach (var (keyword, rule) in schema.AsObject())
            if (!Holds(schema, keyword, rule, value, path))
                faults.Add($"{path}: {keyword} {rule?.ToJsonString()}, not {value?.ToJsonString() ?? "null"}");
    }

    private bool Holds(JsonNode schema, string keyword, JsonNode? rule, JsonNode? value, string path)
    {
        switch (keyword)
        {
            case "$ref":
                Visit(((string)rule!).Split('/').Skip(1).Aggregate(document, (node, name) => node[name]!), value, path);
                return true;
            case "anyOf":
                return rule!.AsArray().Any(one => FaultsOf(document, one!, value).Count == 0);
            case "type":
                return (rule as JsonArray ?? [rule!.DeepClone()]).Any(type => IsOf((string)type!, value));
            case "enum":
                return rule!.AsArray().Any(one => JsonNode.DeepEquals(one, value));
            case "properties":
                foreach (var (name, member) in value as JsonObject ?? [])
                    if (rule![name] is { } known)
                        Visit(known, member, $"{path}/{name}");
                return true;
            case "required":
                return value is not JsonObject whole || rule!.AsArray().All(name => whole.ContainsKey((string)name!));
            case "additionalProperties":
                return AddedHold(schema, rule!, value as JsonObject ?? [], path);
            case "items":
                for (var i = 0; i < (value as JsonArray ?? []).Count; i++)
                    Visit(rule!, value![i], $"{path}/{i}");
                return true;
            default:
                return HoldsAlone(keyword, rule!, value);
        }
    }

    private bool AddedHold(JsonNode schema, JsonNode rule, JsonObject value, string path)
    {
        var added = value.Where(member => schema["properties"]?[member.Key] is null).ToList();
        if (rule.GetValueKind() is JsonValueKind.False)
            return added.Count == 0;
        foreach (var (name, member) in added)
            Visit(rule, member, $"{path}/{name}");
        return true;
    }

    private static bool HoldsAlone(string keyword, JsonNode rule, JsonNode? value)
    {
        var text = value?.GetValueKind() == JsonValueKind.String ? (string)value! : null;
        var number = value?.GetValueKind() == JsonValueKind.Number ? (double?)value : null;
        return keyword switch
        {
            "description" or "examples" or "default" or "contentMediaType" => true,
            "minimum" => number is null || number >= (double)rule,
            "maximum" => number is null || number <= (double)rule,
            "minLength" => text is null || text.Length >= (int)rule,
            "maxLength" => text is null || text.Length <= (int)rule,
            "minItems" => value is not JsonArray few || few.Count >= (int)rule,
            "maxItems" => value is not JsonArray many || many.Count <= (int)rule,
            "pattern" => text is null || Regex.IsMatch(text, (string)rule!),
            "format" => text is null || IsIn((string)rule!, text),
            _ => false,
        };
    }

    private static bool IsOf(string type, JsonNode? value) => (type, value?.GetValueKind()) switch
    {
        ("null", null or JsonValueKind.Null) => true,
        ("string", JsonValueKind.String) => true,
        ("boolean", JsonValueKind.True or JsonValueKind.False) => true,
        ("number", JsonValueKind.Number) => true,
        ("integer", JsonValueKind.Number) => (double)value! % 1 == 0,
        ("array", JsonValueKind.Array) => true,
        ("object", JsonValueKind.Object) => true,
        _ => false,
    };

    private static bool IsIn(string format, string text) => format switch
    {
        "uuid" => Guid.TryParseExact(text, "D", out _),
        "date-time" => text.Contains('T') && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out _),
        "date" => DateOnly.TryParseExact(text, "yyyy-MM-dd", out _),
        "time" => TimeOnly.TryParse(text, CultureInfo.InvariantCulture, out _),
        "email" => text.IndexOf('@') > 0,
        "uri" => Uri.TryCreate(text, UriKind.RelativeOrAbsolute, out _),
        _ => false,
    };
}
