using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Converters;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Assay.Local;

/// <summary>
/// Parameters that the app converts itself, by <c>[InputConverter]</c> or <c>WorkerOptions.InputConverters</c>.
/// </summary>
internal static class InputConversion
{
    /// <param name="otherwise">What supplies the parameter if no converter handles it.</param>
    /// <param name="registered">
    /// Those that are tried for every parameter that nothing else supplies, and before it for cancellation tokens.
    /// </param>
    public static ParameterSource? SourceOf(
        ParameterInfo parameter, ParameterSource? otherwise, InputConverterCollection registered)
    {
        Type[] converters =
        [
            .. Declared(parameter.GetCustomAttributes<InputConverterAttribute>()),
            .. Declared(parameter.ParameterType.GetCustomAttributes<InputConverterAttribute>()),
            .. otherwise is null || parameter.ParameterType == typeof(CancellationToken) ? registered : [],
        ];
        return converters.Length == 0
            ? otherwise
            : context => ConvertAsync(context, parameter, converters, otherwise);
    }

    /// <summary>The host reads bodies itself.</summary>
    private static IEnumerable<Type> Declared(IEnumerable<InputConverterAttribute> attributes) =>
        attributes.Where(attribute => attribute is not FromBodyAttribute).Select(attribute => attribute.ConverterType);

    private static async ValueTask<object?> ConvertAsync(
        LocalFunctionContext context, ParameterInfo parameter, Type[] converters, ParameterSource? otherwise)
    {
        var conversion = new LocalConverterContext(context, parameter);
        foreach (var type in converters)
        {
            var services = context.InstanceServices;
            var converter = (IInputConverter)ActivatorUtilities.GetServiceOrCreateInstance(services, type);
            var result = await converter.ConvertAsync(conversion);
            if (result.Status == ConversionStatus.Succeeded)
                return result.Value;
            if (result.Status == ConversionStatus.Failed)
                throw new FunctionInputConverterException(
                    $"Error converting 1 input parameters: '{parameter.Name}': {result.Error?.Message}", result.Error);
        }

        return otherwise is not null
            ? await otherwise(context)
            : throw new FunctionInputConverterException(
                $"Error converting 1 input parameters: cannot convert input parameter '{parameter.Name}' "
                + $"to type '{parameter.ParameterType.Name}'.");
    }

    private sealed class LocalConverterContext(LocalFunctionContext context, ParameterInfo parameter) : ConverterContext
    {
        public override Type TargetType => parameter.ParameterType;

        public override object? Source =>
            context.BindingContext.BindingData.GetValueOrDefault(parameter.Name!)
            ?? (context.TriggerData as ActivityInput)?.Input
            ?? context.TriggerData;

        public override FunctionContext FunctionContext => context;

        public override IReadOnlyDictionary<string, object> Properties { get; } = Attribute(parameter);

        private static Dictionary<string, object> Attribute(ParameterInfo parameter) =>
            parameter.GetCustomAttribute<Microsoft.Azure.Functions.Worker.Extensions.Abstractions.BindingAttribute>()
                is { } attribute
                ? new() { [ConverterContextExtensions.BindingAttributeProperty] = attribute }
                : [];
    }
}
