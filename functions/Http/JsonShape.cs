using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Assay;

/// <summary>
/// Compares JSON with the type it is to become, and says of every member that does not fit what was expected.
/// </summary>
internal static class JsonShape
{
    public static IReadOnlyDictionary<string, string[]> Check(JsonElement root, JsonTypeInfo type)
    {
        var errors = new Dictionary<string, string[]>();
        Visit(root, type, "", errors);
        return errors;
    }

    private static void Visit(JsonElement element, JsonTypeInfo type, string path, Dictionary<string, string[]> errors)
    {
        switch (type.Kind)
        {
            case JsonTypeInfoKind.Object when element.ValueKind == JsonValueKind.Object:
                VisitObject(element, type, path, errors);
                break;
            case JsonTypeInfoKind.Enumerable when element.ValueKind == JsonValueKind.Array:
                var items = type.Options.GetTypeInfo(type.ElementType!);
                var index = 0;
                foreach (var item in element.EnumerateArray())
                    Visit(item, items, $"{path}[{index++}]", errors);
                break;
            case JsonTypeInfoKind.Dictionary when element.ValueKind == JsonValueKind.Object:
                var values = type.Options.GetTypeInfo(type.ElementType!);
                foreach (var member in element.EnumerateObject())
                    Visit(member.Value, values, Join(path, member.Name), errors);
                break;
            default:
                if (Mismatch(element, type) is { } expected)
                    errors[path.Length == 0 ? "body" : path] = [expected];
                break;
        }
    }

    private static void VisitObject(
        JsonElement element, JsonTypeInfo type, string path, Dictionary<string, string[]> errors)
    {
        var members = type.Properties.Where(p => p.Set is not null || p.AssociatedParameter is not null)
            .ToDictionary(p => p.Name);
        foreach (var member in element.EnumerateObject())
        {
            var name = Join(path, member.Name);
            if (!members.Remove(member.Name, out var property))
                errors[name] = [$"unknown member; known are {string.Join(", ", type.Properties.Select(p => p.Name))}"];
            else if (member.Value.ValueKind != JsonValueKind.Null)
                Visit(member.Value, type.Options.GetTypeInfo(property.PropertyType), name, errors);
            else if (!property.IsSetNullable)
                errors[name] = [$"expected {Describe(type.Options.GetTypeInfo(property.PropertyType))}, not null"];
        }

        foreach (var missing in members.Values.Where(p => p.IsRequired))
            errors[Join(path, missing.Name)] =
                [$"required: expected {Describe(type.Options.GetTypeInfo(missing.PropertyType))}"];
    }

    private static string? Mismatch(JsonElement element, JsonTypeInfo type)
    {
        try
        {
            return element.Deserialize(type) switch
            {
                null => $"expected {Describe(type)}",
                // Postgres cannot store it.
                string text when text.Contains('\0') => "expected text without the character U+0000",
                _ => null,
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NotSupportedException)
        {
            return $"expected {Describe(type)}";
        }
    }

    private static string Describe(JsonTypeInfo info)
    {
        var type = Nullable.GetUnderlyingType(info.Type) ?? info.Type;
        return info.Kind switch
        {
            JsonTypeInfoKind.Enumerable => "an array",
            JsonTypeInfoKind.Object or JsonTypeInfoKind.Dictionary => "an object",
            _ when type.IsEnum =>
                $"one of {string.Join(", ", Enum.GetNames(type).Select(JsonNamingPolicy.CamelCase.ConvertName))}",
            _ when type == typeof(string) => "a string",
            _ when type == typeof(bool) => "true or false",
            _ when type == typeof(Guid) => "a UUID",
            _ when type == typeof(DateTimeOffset) || type == typeof(DateTime) => "an RFC 3339 time",
            _ when type == typeof(DateOnly) => "a date such as 2026-01-31",
            _ when type == typeof(int) || type == typeof(long) || type == typeof(short) => "a whole number",
            _ when type.IsPrimitive || type == typeof(decimal) => "a number",
            _ when typeof(JsonNode).IsAssignableFrom(type) || type == typeof(JsonElement) => "a JSON value",
            _ => "another type of value",
        };
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}
