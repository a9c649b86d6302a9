using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Assay;

/// <summary>
/// Compares JSON with the type it is to become, and says of every member that does not fit what was expected.
/// </summary>
internal static class JsonShape
{
    /// <param name="root">JSON that is within <see cref="JsonLimits"/>.</param>
    public static FieldErrors Check(JsonElement root, JsonTypeInfo type)
    {
        var errors = new FieldErrors();
        Visit(root, type, "", errors);
        return errors;
    }

    /// <summary>Whether a client may send it: it is not only ever written.</summary>
    public static bool IsMember(JsonPropertyInfo property) =>
        property.Set is not null || property.AssociatedParameter is not null;

    private static void Visit(
        JsonElement element, JsonTypeInfo type, string path, FieldErrors errors,
        JsonPropertyInfo? property = null)
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
                {
                    if (errors.IsFull)
                        return;
                    Visit(item, items, $"{path}[{index++}]", errors);
                }
                break;
            case JsonTypeInfoKind.Dictionary when element.ValueKind == JsonValueKind.Object:
                var values = type.Options.GetTypeInfo(type.ElementType!);
                foreach (var member in element.EnumerateObject())
                {
                    if (errors.IsFull)
                        return;
                    Visit(member.Value, values, Join(path, member.Name), errors);
                }
                break;
            default:
                if (Mismatch(element, type, property) is { } expected)
                    errors.TryAdd(path.Length == 0 ? "body" : path, expected);
                break;
        }
    }

    private static void VisitObject(
        JsonElement element, JsonTypeInfo type, string path, FieldErrors errors)
    {
        var members = type.Properties.Where(IsMember).ToDictionary(p => p.Name);
        foreach (var member in element.EnumerateObject())
        {
            if (errors.IsFull)
                return;
            var name = Join(path, member.Name);
            if (!members.Remove(member.Name, out var property))
                errors.TryAdd(name, $"unknown member; known are {Known(type)}");
            else if (member.Value.ValueKind != JsonValueKind.Null)
                Visit(member.Value, type.Options.GetTypeInfo(property.PropertyType), name, errors, property);
            else if (!property.IsSetNullable)
                errors.TryAdd(name, $"expected {Expectation.Of(property)}, not null");
        }

        foreach (var missing in members.Values.Where(p => p.IsRequired))
            errors.TryAdd(Join(path, missing.Name), $"required: expected {Expectation.Of(missing)}");
    }

    private static string Known(JsonTypeInfo type) =>
        string.Join(", ", type.Properties.Where(IsMember).Select(property => property.Name));

    private static string? Mismatch(JsonElement element, JsonTypeInfo type, JsonPropertyInfo? property)
    {
        try
        {
            return element.Deserialize(type) switch
            {
                null => Expected(),
                // Postgres cannot store it.
                string text when text.Contains('\0') => "expected text without the character U+0000",
                _ => null,
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NotSupportedException)
        {
            return Expected();
        }

        string Expected() => $"expected {(property is null ? Expectation.Of(type) : Expectation.Of(property))}";
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}
