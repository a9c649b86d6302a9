using System.Reflection;
using System.Runtime.CompilerServices;

namespace Assay;

/// <summary>Writes the public and protected members of a type as the listings in infra/local/api-surface do.</summary>
internal static class SurfaceRenderer
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static |
        BindingFlags.DeclaredOnly;

    public static IEnumerable<string> Lines(Type type)
    {
        yield return TypeLine(type);

        if (typeof(Delegate).IsAssignableFrom(type))
        {
            yield return MethodLine(type.GetMethod("Invoke")!);
            yield break;
        }

        foreach (var field in type.GetFields(Declared).Where(field => field.IsPublic || field.IsFamily))
        {
            if (!field.IsSpecialName)
                yield return FieldLine(type, field);
        }

        foreach (var constructor in type.GetConstructors(Declared).Where(IsVisible))
        {
            if (!constructor.IsStatic)
            {
                yield return $"{Modifiers(constructor)}{TypeName(type)}.{SimpleName(type)}" +
                    $"({Parameters(constructor)}) -> void{SurfaceAttributes.Of(constructor)}";
            }
        }

        foreach (var method in type.GetMethods(Declared).Where(IsVisible))
            yield return MethodLine(method);
    }

    public static string TypeName(Type type)
    {
        var outer = type.IsNested ? TypeName(type.DeclaringType!) : type.Namespace;
        var name = $"{outer}.{SimpleName(type)}";
        return type.IsGenericTypeDefinition ? name + Names(type.GetGenericArguments()) : name;
    }

    private static string SimpleName(Type type) => type.Name.Split('`')[0];

    private static string Names(Type[] parameters) =>
        $"<{string.Join(", ", parameters.Select(parameter => parameter.Name))}>";

    private static string TypeLine(Type type)
    {
        if (typeof(Delegate).IsAssignableFrom(type))
            return $"{TypeName(type)} -- delegate";

        var inherited = type.BaseType?.GetInterfaces() ?? [];
        IEnumerable<Type> bases = type.BaseType is { } parent && !IsImplied(parent) ? [parent] : [];
        var names = type.IsEnum
            ? [SurfaceTypes.Plain(type.GetEnumUnderlyingType())]
            : bases.Concat(type.GetInterfaces().Except(inherited)).Select(SurfaceTypes.Plain).ToList();
        return $"{TypeName(type)} -- {Kind(type)}" +
            (names.Count == 0 ? "" : " : " + string.Join(", ", names)) +
            SurfaceAttributes.Of(type) +
            SurfaceTypes.Constraints(type.GetGenericArguments(), type);
    }

    private static bool IsImplied(Type parent) =>
        parent == typeof(object) || parent == typeof(ValueType) || parent == typeof(Enum);

    private static string Kind(Type type) => type switch
    {
        { IsEnum: true } => "enum",
        { IsInterface: true } => "interface",
        { IsValueType: true } => type.IsDefined(typeof(IsReadOnlyAttribute)) ? "readonly struct" : "struct",
        { IsAbstract: true, IsSealed: true } => "static class",
        _ => (type.IsAbstract ? "abstract " : type.IsSealed ? "sealed " : "") +
            (type.GetMethod("<Clone>$") is null ? "class" : "record"),
    };

    private static string FieldLine(Type type, FieldInfo field)
    {
        var name = $"{TypeName(type)}.{field.Name}";
        var attributes = SurfaceAttributes.Of(field);
        if (type.IsEnum)
            return $"{name} = {Convert.ToInt64(field.GetRawConstantValue())} -> {TypeName(type)}{attributes}";

        var fieldType = SurfaceTypes.Annotated(field.FieldType, field, field.DeclaringType!);
        if (field.IsLiteral)
            return $"const {name} = {SurfaceTypes.Constant(field.GetRawConstantValue())} -> {fieldType}{attributes}";

        var modifiers =
            (field.IsFamily ? "protected " : "") +
            (field.IsStatic ? "static " : "") +
            (field.IsInitOnly ? "readonly " : "");
        return $"{modifiers}{name} -> {fieldType}{attributes}";
    }

    private static string MethodLine(MethodInfo method)
    {
        var type = method.DeclaringType!;
        var property = type.GetProperties(Declared)
            .FirstOrDefault(property => property.GetMethod == method || property.SetMethod == method);
        if (property is not null)
            return AccessorLine(method, property);

        var result = SurfaceTypes.Annotated(method.ReturnType, method.ReturnParameter, method);
        var generic = method.IsGenericMethod ? Names(method.GetGenericArguments()) : "";
        var name = method.Name switch
        {
            "op_Implicit" => $"implicit operator {result}",
            var special when special.StartsWith("op_", StringComparison.Ordinal) => $"operator {special}",
            var plain => plain + generic,
        };
        var constraints = method.IsGenericMethod ? SurfaceTypes.Constraints(method.GetGenericArguments(), method) : "";
        return $"{Modifiers(method)}{TypeName(type)}.{name}({Parameters(method)}) -> {result}{constraints}" +
            SurfaceAttributes.Of(method);
    }

    private static string AccessorLine(MethodInfo accessor, PropertyInfo property)
    {
        var isInit = accessor.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));
        var (suffix, type) = accessor == property.GetMethod
            ? ("get", SurfaceTypes.Annotated(property.PropertyType, property, accessor))
            : (isInit ? "init" : "set", "void");
        return $"{Modifiers(accessor)}{TypeName(property.DeclaringType!)}.{property.Name}.{suffix} -> {type}" +
            SurfaceAttributes.Of(property);
    }

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Modifiers(MethodBase method)
    {
        if (method.DeclaringType!.IsInterface)
            return "";

        var access = method.IsFamily || method.IsFamilyOrAssembly ? "protected " : "";
        if (method is not MethodInfo { IsVirtual: true } info)
            return access + (method.IsStatic ? "static " : "");

        // Covariant overrides take a new slot; only their attribute tells.
        var isOverride = info.GetBaseDefinition() != info || info.IsDefined(typeof(PreserveBaseOverridesAttribute));
        return access + (isOverride, info.IsAbstract, info.IsFinal) switch
        {
            (true, _, true) => "sealed override ",
            (true, _, false) => "override ",
            (false, true, _) => "abstract ",
            (false, false, true) => "",
            (false, false, false) => "virtual ",
        };
    }

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter =>
    {
        var type = parameter.ParameterType;
        var prefix = parameter switch
        {
            { Position: 0 } when method.IsDefined(typeof(ExtensionAttribute)) => "this ",
            { IsOut: true } => "out ",
            _ when parameter.IsDefined(typeof(ParamArrayAttribute)) => "params ",
            _ => "",
        };
        var annotated = SurfaceTypes.Annotated(type.IsByRef ? type.GetElementType()! : type, parameter, method);
        return $"{prefix}{annotated} {parameter.Name}{SurfaceTypes.Default(parameter, annotated)}";
    }));
}
