using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Assay;

/// <summary>Says in words what a type and its rules expect, to go behind "expected".</summary>
internal static class Expectation
{
    /// <summary>Such as "a whole number from 1 to 200".</summary>
    public static string Of(JsonPropertyInfo property)
    {
        var type = property.Options.GetTypeInfo(property.PropertyType);
        var rules = Rules.Of(property);
        if (type.Kind == JsonTypeInfoKind.Enumerable)
            return Of(type) + string.Concat(rules.Whole.Select(rule => Clause(rule, "items")));
        return With(Of(type), rules.Whole);
    }

    /// <summary>What an item of a list is.</summary>
    public static string OfItem(JsonPropertyInfo list)
    {
        var type = list.Options.GetTypeInfo(list.PropertyType);
        return With(Of(type.Options.GetTypeInfo(type.ElementType!)), Rules.Of(list).Each);
    }

    public static string Of(JsonTypeInfo info)
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
            _ when type == typeof(DateTimeOffset) || type == typeof(DateTime) =>
                "an RFC 3339 time such as 2026-01-31T12:00:00Z",
            _ when type == typeof(DateOnly) => "a date such as 2026-01-31",
            _ when type == typeof(int) || type == typeof(long) || type == typeof(short) => "a whole number",
            _ when type.IsPrimitive || type == typeof(decimal) => "a number",
            _ when typeof(JsonNode).IsAssignableFrom(type) || type == typeof(JsonElement) => "a JSON value",
            _ => "another type of value",
        };
    }

    // A rule with words of its own says all there is to say.
    private static string With(string type, IReadOnlyList<ValidationAttribute> rules) =>
        rules.Select(OwnWords).FirstOrDefault(words => words is not null)
        ?? rules.OfType<AllowedValuesAttribute>().Select(OneOf).FirstOrDefault()
        ?? type + string.Concat(
            rules.OrderBy(rule => rule is RequiredAttribute).Select(rule => Clause(rule, "characters")));

    // Some attributes begin with words of the framework, which have a place for the member's name.
    private static string? OwnWords(ValidationAttribute rule) =>
        rule.ErrorMessage is { } words && !words.Contains("{0}", StringComparison.Ordinal) ? words : null;

    private static string OneOf(AllowedValuesAttribute rule) =>
        $"one of {string.Join(", ", rule.Values.OfType<object>())}";

    private static string Clause(ValidationAttribute rule, string what) => rule switch
    {
        RangeAttribute range =>
            string.Create(CultureInfo.InvariantCulture, $" from {range.Minimum} to {range.Maximum}"),
        StringLengthAttribute length => Size(length.MinimumLength, length.MaximumLength, what),
        LengthAttribute length => Size(length.MinimumLength, length.MaximumLength, what),
        MaxLengthAttribute length => Size(0, length.Length, what),
        MinLengthAttribute length => $" of at least {length.Length} {what}",
        RequiredAttribute => ", not only white space",
        EmailAddressAttribute => " that is an email address",
        UrlAttribute => " that is an absolute URL",
        NameAttribute => " that show, without control and format characters",
        _ => OwnWords(rule) is { } words ? $": {words}" : "",
    };

    private static string Size(int min, int max, string what) =>
        min > 0 ? $" of {min} to {max} {what}" : $" of at most {max} {what}";
}
