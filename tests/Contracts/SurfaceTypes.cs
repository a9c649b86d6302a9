using System.Globalization;
using System.Reflection;

namespace Assay;

/// <summary>Type names with the nullability that the compiler recorded: <c>!</c> not null, <c>?</c> nullable.</summary>
internal static class SurfaceTypes
{
    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void", [typeof(bool)] = "bool", [typeof(byte)] = "byte", [typeof(int)] = "int",
        [typeof(long)] = "long", [typeof(double)] = "double", [typeof(string)] = "string", [typeof(object)] = "object",
    };

    /// <summary>Without nullability, as base types and interfaces are listed.</summary>
    public static string Plain(Type type) => Write(type, new Flags(0, null));

    /// <param name="type">The type as reflection sees it.</param>
    /// <param name="place">The parameter, return, property or field that carries the annotation.</param>
    /// <param name="context">The member around it, whose annotation holds where the place has none.</param>
    public static string Annotated(Type type, ICustomAttributeProvider place, MemberInfo context) =>
        Write(type, Read(place) ?? new Flags(ContextOf(context), null));

    public static string Constraints(Type[] parameters, MemberInfo context) =>
        string.Concat(parameters.Select(parameter => Constraint(parameter, context)));

    public static string Default(ParameterInfo parameter, string annotatedType)
    {
        if (!parameter.HasDefaultValue)
            return "";

        var type = parameter.ParameterType;
        var isPlainStruct = type.IsValueType && Nullable.GetUnderlyingType(type) is null;
        return parameter.DefaultValue is { } value ? $" = {Constant(value)}"
            : isPlainStruct || type.IsGenericParameter ? $" = default({annotatedType})"
            : " = null";
    }

    public static string Constant(object? value) => value switch
    {
        string text => $"\"{text}\"",
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static string Constraint(Type parameter, MemberInfo context)
    {
        var attributes = parameter.GenericParameterAttributes;
        var all = parameter.GetGenericParameterConstraints()
            .Select(type => Plain(type) + (type.IsValueType ? "" : "!"))
            .ToList();
        if (attributes.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint))
            all.Insert(0, "class");
        if (all.Count == 0 && (Read(parameter)?.All ?? ContextOf(context)) == 1)
            all.Add("notnull");
        return all.Count == 0 ? "" : $" where {parameter.Name} : {string.Join(", ", all)}";
    }

    private static string Write(Type type, Flags flags)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            return Write(underlying, flags) + "?";

        // Value types have no mark of their own, but a generic one takes its place in the sequence.
        if (type.IsValueType && !type.IsGenericType)
            return Name(type);

        var mark = flags.Next() switch { 2 => "?", 1 when !type.IsGenericParameter => "!", _ => "" };
        if (type.IsArray)
            return $"{Write(type.GetElementType()!, flags)}[]{mark}";

        var arguments = type.IsGenericType
            ? $"<{string.Join(", ", type.GetGenericArguments().Select(argument => Write(argument, flags)))}>"
            : "";
        return Name(type) + arguments + (type.IsValueType ? "" : mark);
    }

    private static string Name(Type type) =>
        Keywords.TryGetValue(type, out var keyword) ? keyword
        : type.IsGenericParameter ? type.Name
        : type.IsNested ? $"{Name(type.DeclaringType!)}.{type.Name}"
        : $"{type.Namespace}.{type.Name.Split('`')[0]}";

    private static Flags? Read(ICustomAttributeProvider place)
    {
        var attributes = place switch
        {
            ParameterInfo parameter => parameter.GetCustomAttributesData(),
            MemberInfo member => member.GetCustomAttributesData(),
            _ => throw new ArgumentException($"Nothing is annotated at a {place.GetType()}.", nameof(place)),
        };
        var argument = attributes
            .FirstOrDefault(data => data.AttributeType.FullName == "System.Runtime.CompilerServices.NullableAttribute")
            ?.ConstructorArguments[0].Value;
        return argument switch
        {
            byte all => new Flags(all, null),
            IReadOnlyCollection<CustomAttributeTypedArgument> each =>
                new Flags(0, [.. each.Select(item => (byte)item.Value!)]),
            _ => null,
        };
    }

    private static byte ContextOf(MemberInfo? member)
    {
        for (; member is not null; member = member.DeclaringType)
        {
            var context = member.GetCustomAttributesData().FirstOrDefault(
                data => data.AttributeType.FullName == "System.Runtime.CompilerServices.NullableContextAttribute");
            if (context is not null)
                return (byte)context.ConstructorArguments[0].Value!;
        }

        return 0;
    }

    /// <summary>One mark for all, or one for each type in the order in which it is written.</summary>
    private sealed class Flags(byte all, byte[]? each)
    {
        private int next;

        public byte All => each is null ? all : each[0];

        public byte Next() => each is null ? all : each[next++];
    }
}
