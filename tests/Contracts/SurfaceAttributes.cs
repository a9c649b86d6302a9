using System.ComponentModel;
using System.Reflection;
using System.Text.Json.Serialization;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Assay;

/// <summary>The attributes that the listings show, as they show them.</summary>
internal static class SurfaceAttributes
{
    private static readonly HashSet<Type> Shown =
    [
        typeof(ObsoleteAttribute), typeof(EditorBrowsableAttribute), typeof(JsonPropertyNameAttribute),
        typeof(JsonConverterAttribute), typeof(BindingPropertyNameAttribute), typeof(BindingCapabilitiesAttribute),
    ];

    public static string Of(MemberInfo member)
    {
        var attributes = member.GetCustomAttributesData()
            .Where(data => Shown.Contains(data.AttributeType))
            .Select(data => $" [{data.AttributeType.Name[..^"Attribute".Length]}" +
                $"({string.Join(", ", data.ConstructorArguments.Select(Argument))})]");
        return Usage(member) + string.Concat(attributes);
    }

    private static string Usage(MemberInfo member)
    {
        if (member is not Type type || !typeof(Attribute).IsAssignableFrom(type))
            return "";

        var owner = type;
        while (!owner.IsDefined(typeof(AttributeUsageAttribute), inherit: false))
            owner = owner.BaseType!;

        var usage = owner.GetCustomAttribute<AttributeUsageAttribute>()!;
        var targets = usage.ValidOn.ToString().Replace(", ", "|", StringComparison.Ordinal);
        var inherited = owner == type ? "" : $" /*inherited from {owner.Name}*/";
        return $" [AttributeUsage({targets}, AllowMultiple={Lower(usage.AllowMultiple)}, " +
            $"Inherited={Lower(usage.Inherited)}){inherited}]";
    }

    private static string Argument(CustomAttributeTypedArgument argument) => argument.Value switch
    {
        Type type => $"typeof({type.FullName!.Replace('+', '.')})",
        IEnumerable<CustomAttributeTypedArgument> items => $"{{{string.Join(", ", items.Select(Argument))}}}",
        var value when argument.ArgumentType.IsEnum =>
            $"{argument.ArgumentType.FullName}.{Enum.ToObject(argument.ArgumentType, value!)}",
        var value => SurfaceTypes.Constant(value),
    };

    private static string Lower(bool value) => value ? "true" : "false";
}
