using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Assay;

/// <summary>
/// Holds values against the data annotations of their members, and against their own rules where they are
/// <see cref="IValidatableObject"/>: all of them, members of members and of list items included.
/// </summary>
internal static class Validation
{
    /// <summary>What was expected, by the paths of the members that hold something else.</summary>
    public static FieldErrors Check<T>(T value)
        where T : class
    {
        var errors = new FieldErrors();
        Visit(value, Json.Options.GetTypeInfo(value.GetType()), "", errors);
        return errors;
    }

    private static void Visit(object value, JsonTypeInfo type, string path, FieldErrors errors)
    {
        switch (type.Kind)
        {
            case JsonTypeInfoKind.Object:
                VisitObject(value, type, path, errors);
                break;
            case JsonTypeInfoKind.Enumerable when IsChecked(type.ElementType!):
                var index = 0;
                foreach (var item in ((IEnumerable)value).OfType<object>().TakeWhile(_ => !errors.IsFull))
                    Visit(item, type.Options.GetTypeInfo(type.ElementType!), $"{path}[{index++}]", errors);
                break;
            case JsonTypeInfoKind.Dictionary when IsChecked(type.ElementType!) && value is IDictionary members:
                foreach (DictionaryEntry member in members)
                    if (member.Value is { } held)
                        Visit(held, type.Options.GetTypeInfo(type.ElementType!), Join(path, $"{member.Key}"), errors);
                break;
        }
    }

    private static void VisitObject(
        object value, JsonTypeInfo type, string path, FieldErrors errors)
    {
        foreach (var property in type.Properties.Where(JsonShape.IsMember))
        {
            var name = Join(path, property.Name);
            // What may be absent needs to obey no rule then.
            if (property.Get?.Invoke(value) is not { } held)
                continue;
            if (!Rules.Of(property).Whole.All(rule => rule.IsValid(held)))
                errors.TryAdd(name, $"expected {Expectation.Of(property)}");
            else if (Rules.Of(property).Each is { Count: > 0 } each)
                VisitItems((IEnumerable)held, property, each, name, errors);
            Visit(held, type.Options.GetTypeInfo(property.PropertyType), name, errors);
        }

        if (value is IValidatableObject own)
            foreach (var result in own.Validate(new ValidationContext(value)).TakeWhile(_ => !errors.IsFull))
                foreach (var member in result.MemberNames)
                    errors.TryAdd(Join(path, JsonNamingPolicy.CamelCase.ConvertName(member)), result.ErrorMessage!);
    }

    private static void VisitItems(
        IEnumerable items, JsonPropertyInfo list, IReadOnlyList<ValidationAttribute> rules, string path,
        FieldErrors errors)
    {
        var index = -1;
        foreach (var item in items)
        {
            index++;
            if (errors.IsFull)
                return;
            if (!rules.All(rule => rule.IsValid(item)))
                errors.TryAdd($"{path}[{index}]", $"expected {Expectation.OfItem(list)}");
        }
    }

    // Long lists of numbers and strings have no members to look into.
    private static bool IsChecked(Type type) => !type.IsValueType && type != typeof(string);

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}
