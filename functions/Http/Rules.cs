using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;

namespace Assay;

/// <summary>
/// The data annotations of a member, whether its record has them on a parameter or on a property. What says something
/// of values and not of their number holds for each item of a list.
/// </summary>
internal sealed record Rules(IReadOnlyList<ValidationAttribute> Whole, IReadOnlyList<ValidationAttribute> Each)
{
    private static readonly ConditionalWeakTable<JsonPropertyInfo, Rules> known = [];

    public IEnumerable<ValidationAttribute> All => Whole.Concat(Each);

    public static Rules Of(JsonPropertyInfo property) => known.GetValue(property, Read);

    private static Rules Read(JsonPropertyInfo property)
    {
        ICustomAttributeProvider?[] places =
            [property.AttributeProvider, property.AssociatedParameter?.AttributeProvider];
        var all = places.OfType<ICustomAttributeProvider>()
            .SelectMany(place => place.GetCustomAttributes(typeof(ValidationAttribute), inherit: true))
            .Cast<ValidationAttribute>()
            .ToLookup(rule => IsList(property) && IsOfValues(rule));
        return new([.. all[false]], [.. all[true]]);
    }

    private static bool IsList(JsonPropertyInfo property) =>
        property.Options.GetTypeInfo(property.PropertyType).Kind == JsonTypeInfoKind.Enumerable;

    private static bool IsOfValues(ValidationAttribute rule) => rule
        is AllowedValuesAttribute or RangeAttribute or RegularExpressionAttribute or StringLengthAttribute
        or DataTypeAttribute;
}
