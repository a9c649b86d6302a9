using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>Data annotations in the words of JSON Schema.</summary>
internal static class SchemaRules
{
    public static void Apply(Rules rules, JsonObject schema)
    {
        var isList = schema.ContainsKey("items");
        foreach (var rule in rules.Whole)
            Apply(rule, schema, isList ? "Items" : "Length");
        if (schema["items"] is JsonObject items)
            foreach (var rule in rules.Each)
                Apply(rule, items, "Length");
    }

    private static void Apply(ValidationAttribute rule, JsonObject schema, string what)
    {
        switch (rule)
        {
            case RangeAttribute range:
                schema["minimum"] = Number(range.Minimum);
                schema["maximum"] = Number(range.Maximum);
                break;
            case StringLengthAttribute length:
                Limit(schema, what, length.MinimumLength, length.MaximumLength);
                break;
            case LengthAttribute length:
                Limit(schema, what, length.MinimumLength, length.MaximumLength);
                break;
            case MaxLengthAttribute length:
                Limit(schema, what, 0, length.Length);
                break;
            case MinLengthAttribute length:
                Limit(schema, what, length.Length, null);
                break;
            case AllowedValuesAttribute allowed:
                schema["enum"] = JsonSerializer.SerializeToNode(
                    schema["type"] is JsonArray ? allowed.Values.Append(null).Distinct() : allowed.Values);
                break;
            case RegularExpressionAttribute expression:
                schema["pattern"] = $"^(?:{expression.Pattern})$";
                break;
            case RequiredAttribute:
                schema["pattern"] = @"\S";
                break;
            case EmailAddressAttribute:
                schema["format"] = "email";
                break;
            case UrlAttribute:
                schema["format"] = "uri";
                break;
        }
    }

    private static void Limit(JsonObject schema, string what, int min, int? max)
    {
        if (min > 0)
            schema[$"min{what}"] = min;
        if (max is not null)
            schema[$"max{what}"] = max;
    }

    private static JsonNode? Number(object bound) => JsonSerializer.SerializeToNode(bound, bound.GetType());
}
