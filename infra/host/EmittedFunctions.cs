using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.Loader;
using Microsoft.Azure.WebJobs;
using Microsoft.Azure.WebJobs.Host;
using Newtonsoft.Json.Linq;
using Duration = Google.Protobuf.WellKnownTypes.Duration;
using Binder = Microsoft.Azure.WebJobs.Binder;

namespace Assay.Hosting;

/// <summary>Called by every emitted method with its index and its arguments.</summary>
public delegate Task<object?> EmittedCall(
    int index, object?[] arguments, Binder binder, CancellationToken cancellation);

/// <summary>
/// What WebJobs runs are static methods with attributes, so each function of the worker gets one. The type is called
/// <c>Host.Functions</c>, as on the real host, since WebJobs names functions by it in its log lines and in what it
/// stores.
/// </summary>
internal sealed class EmittedFunctions : ITypeLocator
{
    /// <summary>A method without trigger, within which inputs of HTTP functions are bound.</summary>
    public const string BindingMethod = "HostBinding";

    private static readonly MethodInfo Invoke = typeof(EmittedCall).GetMethod(nameof(EmittedCall.Invoke))!;

    private readonly Type type;

    private EmittedFunctions(Type type, IReadOnlyList<FunctionDescription> functions)
    {
        this.type = type;
        Functions = functions;
    }

    /// <summary>The index that a method hands over is a place in this list; one more is the binding method.</summary>
    public IReadOnlyList<FunctionDescription> Functions { get; }

    public IReadOnlyList<Type> GetTypes() => [type];

    public MethodInfo Method(string name) => type.GetMethod(name)!;

    public static EmittedFunctions Create(
        IReadOnlyList<FunctionDescription> functions, IJobHostMetadataProvider metadata, AssemblyLoadContext extensions,
        EmittedCall call)
    {
        // Types of the extensions are found through the context in which the assembly was made.
        using var scope = extensions.EnterContextualReflection();
        var module = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("Assay.Emitted"), AssemblyBuilderAccess.Run)
            .DefineDynamicModule("Functions");
        var builder = module.DefineType(
            "Host.Functions", TypeAttributes.Public | TypeAttributes.Abstract | TypeAttributes.Sealed);
        var target = builder.DefineField("Call", typeof(EmittedCall), FieldAttributes.Public | FieldAttributes.Static);
        List<FunctionDescription> emitted = [];
        foreach (var function in functions.Where(one => one is { Error: null, IsHttp: false }))
        {
            try
            {
                Parameter[] parameters =
                    [.. function.Inputs.Prepend(function.Trigger!).Select(one => ParameterOf(one, metadata))];
                Emit(builder, target, function.Name, emitted.Count, parameters, function);
                emitted.Add(function);
            }
            catch (Exception error) when (error is HostConfigurationException or InvalidOperationException
                or ArgumentException)
            {
                function.Error = error.Message;
            }
        }

        Emit(builder, target, BindingMethod, emitted.Count, [new("call", typeof(string), null)], null);
        var type = builder.CreateType();
        type.GetField("Call")!.SetValue(null, call);
        return new EmittedFunctions(type, emitted);
    }

    /// <summary>The attribute of an extension that a binding stands for.</summary>
    public static Attribute AttributeOf(JObject binding, IJobHostMetadataProvider metadata)
    {
        var name = FunctionDescription.TypeOf(binding);
        var type = metadata.GetAttributeTypeFromName(name) ?? throw new HostConfigurationException(
            $"The binding type(s) '{name}' are not registered. "
            + "Please ensure the type is correct and the binding extension is installed.");
        // The timer's own name for what functions call a schedule.
        if (binding["schedule"] is { } schedule)
            binding = new JObject(binding) { ["scheduleExpression"] = schedule };
        return metadata.GetAttribute(type, binding);
    }

    private static Parameter ParameterOf(JObject binding, IJobHostMetadataProvider metadata)
    {
        var attribute = AttributeOf(binding, metadata);
        var many = string.Equals((string?)binding["cardinality"], "many", StringComparison.OrdinalIgnoreCase);
        var binary = string.Equals((string?)binding["dataType"], "binary", StringComparison.OrdinalIgnoreCase);
        var type = attribute is TimerTriggerAttribute ? typeof(TimerInfo)
            : FunctionDescription.IsDeferred(binding) ? typeof(ParameterBindingData)
            : binary ? typeof(byte[]) : typeof(string);
        return new Parameter(FunctionDescription.NameOf(binding), many ? type.MakeArrayType() : type, attribute);
    }

    private static void Emit(
        TypeBuilder builder, FieldInfo target, string name, int index, Parameter[] parameters,
        FunctionDescription? function)
    {
        var method = builder.DefineMethod(name, MethodAttributes.Public | MethodAttributes.Static,
            function is { IsDurable: true } ? typeof(Task<object>) : typeof(Task),
            [.. parameters.Select(one => one.Type), typeof(Binder), typeof(CancellationToken)]);
        if (function is null)
            method.SetCustomAttribute(AttributeBuilder.From(new NoAutomaticTriggerAttribute()));
        if (RetryOf(function) is { } retry)
            method.SetCustomAttribute(AttributeBuilder.From(retry));
        for (var i = 0; i < parameters.Length; i++)
        {
            var parameter = method.DefineParameter(i + 1, ParameterAttributes.None, parameters[i].Name);
            if (parameters[i].Attribute is { } attribute)
                parameter.SetCustomAttribute(AttributeBuilder.From(attribute));
        }

        // A binding may not begin with an underscore, so these never meet one's name.
        method.DefineParameter(parameters.Length + 1, ParameterAttributes.None, "_binder");
        method.DefineParameter(parameters.Length + 2, ParameterAttributes.None, "_cancellation");
        EmitBody(method.GetILGenerator(), target, index, parameters);
    }

    private static void EmitBody(ILGenerator body, FieldInfo target, int index, Parameter[] parameters)
    {
        body.Emit(OpCodes.Ldsfld, target);
        body.Emit(OpCodes.Ldc_I4, index);
        body.Emit(OpCodes.Ldc_I4, parameters.Length);
        body.Emit(OpCodes.Newarr, typeof(object));
        for (var i = 0; i < parameters.Length; i++)
        {
            body.Emit(OpCodes.Dup);
            body.Emit(OpCodes.Ldc_I4, i);
            body.Emit(OpCodes.Ldarg, (short)i);
            body.Emit(OpCodes.Stelem_Ref);
        }

        body.Emit(OpCodes.Ldarg, (short)parameters.Length);
        body.Emit(OpCodes.Ldarg, (short)(parameters.Length + 1));
        body.Emit(OpCodes.Callvirt, Invoke);
        body.Emit(OpCodes.Ret);
    }

    private static Attribute? RetryOf(FunctionDescription? function)
    {
        if (function?.Metadata.RetryOptions is not { } retry)
            return null;
        static string Text(Duration? duration) => $"{duration?.ToTimeSpan() ?? default:c}";
        return retry.RetryStrategy == Rpc.RpcRetryOptions.Types.RetryStrategy.FixedDelay
            ? new FixedDelayRetryAttribute(retry.MaxRetryCount, Text(retry.DelayInterval))
            : new ExponentialBackoffRetryAttribute(
                retry.MaxRetryCount, Text(retry.MinimumInterval), Text(retry.MaximumInterval));
    }

    private sealed record Parameter(string Name, Type Type, Attribute? Attribute);
}

/// <summary>Writes an attribute that exists down as one that a method to be emitted bears.</summary>
internal static class AttributeBuilder
{
    public static CustomAttributeBuilder From(Attribute attribute)
    {
        var type = attribute.GetType();
        var values = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(one => one.CanRead && one.GetIndexParameters().Length == 0)
            .Select(one => (Property: one, Value: one.GetValue(attribute)))
            .ToDictionary(one => one.Property.Name, StringComparer.OrdinalIgnoreCase);
        var constructor = type.GetConstructors()
            .Where(one => one.GetParameters().All(parameter => values.TryGetValue(parameter.Name!, out var found)
                && found.Value is { } value && parameter.ParameterType.IsInstanceOfType(value)))
            .OrderByDescending(one => one.GetParameters().Length)
            .FirstOrDefault()
            ?? throw new HostConfigurationException(
                $"{type.Name} cannot be written down: no constructor takes what it holds.");
        ParameterInfo[] taken = constructor.GetParameters();
        var others = values.Where(one => IsWritable(one.Value.Property.PropertyType)
            && one.Value is { Value: not null, Property.SetMethod.IsPublic: true }
            && !taken.Any(parameter => one.Key.Equals(parameter.Name, StringComparison.OrdinalIgnoreCase)))
            .Select(one => one.Value).ToArray();
        return new CustomAttributeBuilder(
            constructor, [.. taken.Select(one => values[one.Name!].Value)],
            [.. others.Select(one => one.Property)], [.. others.Select(one => one.Value)]);
    }

    private static bool IsWritable(Type type) =>
        type.IsPrimitive || type.IsEnum || type == typeof(string) || type == typeof(Type) || type == typeof(string[]);
}
