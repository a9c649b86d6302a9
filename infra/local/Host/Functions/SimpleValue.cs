using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Assay.Local;

/// <summary>
/// Turns the text of a route value, query parameter or part of a blob's path into a parameter's type.
/// </summary>
internal static class SimpleValue
{
    /// <summary>Whether a parameter of the type can be bound from text at all.</summary>
    public static bool CanConvertTo(Type type)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        return plain == typeof(string) || plain == typeof(Uri) || plain.IsEnum || plain.IsPrimitive
            || plain == typeof(decimal) || plain == typeof(Guid) || plain == typeof(TimeSpan)
            || plain == typeof(DateTime) || plain == typeof(DateTimeOffset)
            || plain == typeof(DateOnly) || plain == typeof(TimeOnly);
    }

    public static bool TryConvert(string text, Type type, [NotNullWhen(true)] out object? value)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        var invariant = CultureInfo.InvariantCulture;
        (var isValid, value) = plain switch
        {
            _ when plain == typeof(string) => (true, text),
            _ when plain == typeof(Guid) => (Guid.TryParse(text, out var id), id),
            _ when plain == typeof(int) => (int.TryParse(text, invariant, out var number), number),
            _ when plain == typeof(long) => (long.TryParse(text, invariant, out var number), number),
            _ when plain == typeof(bool) => (bool.TryParse(text, out var flag), flag),
            _ when plain == typeof(DateTimeOffset) => (
                DateTimeOffset.TryParse(text, invariant, DateTimeStyles.AssumeUniversal, out var time), time),
            _ when plain == typeof(DateTime) => (
                DateTime.TryParse(text, invariant, DateTimeStyles.RoundtripKind, out var time), time),
            _ when plain.IsEnum => (Enum.TryParse(plain, text, ignoreCase: true, out var member), member!),
            _ => Convert(text, plain),
        };
        return isValid;
    }

    private static (bool, object) Convert(string text, Type type)
    {
        var converter = TypeDescriptor.GetConverter(type);
        return converter.IsValid(text)
            ? (true, converter.ConvertFromInvariantString(text)!)
            : (false, text);
    }
}
