using System.Collections.Immutable;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Routing;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using Microsoft.Extensions.Options;

namespace Assay.Local;

/// <summary>
/// Reads one function from its method, or says by <see cref="FunctionLoadException"/> why it cannot run.
/// </summary>
internal sealed class FunctionReader(
    HostSettings settings, ParameterPolicyFactory policies, IOptions<WorkerOptions> options)
{
    public Function Read(MethodInfo method, string name)
    {
        RequirePublic(method);
        var trigger = ReadTrigger(method, name);
        var call = new FunctionCall(method);
        var outputs = FunctionOutputs.Read(method, call.ResultType, trigger, settings);
        var sources = method.GetParameters()
            .Select(parameter => SourceOf(parameter, trigger))
            .ToArray();
        return new Function(name, method, trigger, sources, outputs, call, Define(method, name, trigger, outputs));
    }

    private ParameterSource SourceOf(ParameterInfo parameter, Trigger trigger)
    {
        var common = CommonParameters.SourceOf(parameter, settings);
        // The app's converters go first on the real host, and so they do here where one may want to: for tokens.
        return common is not null && parameter.ParameterType != typeof(CancellationToken)
            ? common
            : InputConversion.SourceOf(
                parameter, common ?? trigger.SourceOf(parameter), options.Value.InputConverters)
                ?? Default(parameter);
    }

    private static void RequirePublic(MethodInfo method)
    {
        var type = method.DeclaringType!;
        if (!type.IsVisible || !method.IsPublic)
            throw new FunctionLoadException(
                $"'{EntryPoint(method)}' and its class must be public, as the Functions metadata generators require.");
        if (type.ContainsGenericParameters || method.ContainsGenericParameters || (type.IsAbstract && !method.IsStatic))
            throw new FunctionLoadException($"'{EntryPoint(method)}' must be on a class that can be constructed.");
    }

    private Trigger ReadTrigger(MethodInfo method, string name)
    {
        var triggers = (
            from parameter in method.GetParameters()
            let attribute = parameter.GetCustomAttribute<TriggerBindingAttribute>()
            where attribute is not null
            select (parameter, attribute)).ToArray();
        if (triggers is not [var (triggering, binding)])
            throw new FunctionLoadException(triggers.Length == 0
                ? $"The function '{name}' has no trigger."
                : $"The function '{name}' has {triggers.Length} triggers; it must have one.");

        return binding switch
        {
            HttpTriggerAttribute http => HttpTrigger.Read(triggering, http, name, settings, policies),
            TimerTriggerAttribute timer => TimerTrigger.Read(triggering, timer, settings),
            BlobTriggerAttribute blob => BlobTrigger.Read(triggering, blob, settings),
            OrchestrationTriggerAttribute orchestrator => OrchestrationTrigger.Read(triggering, orchestrator, settings),
            ActivityTriggerAttribute activity => ActivityTrigger.Read(triggering, activity, settings),
            _ => throw new FunctionLoadException(
                $"The binding '{binding.GetType().Name}' is not registered: the local host does not know it."),
        };
    }

    private static ParameterSource Default(ParameterInfo parameter)
    {
        if (!parameter.HasDefaultValue)
            throw new FunctionLoadException(
                $"Cannot bind parameter '{parameter.Name}' to type {parameter.ParameterType.Name}.");
        var value = parameter.DefaultValue;
        return _ => new(value);
    }

    private static LocalFunctionDefinition Define(
        MethodInfo method, string name, Trigger trigger, FunctionOutputs outputs)
    {
        var entryPoint = EntryPoint(method);
        var id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{name}:{entryPoint}")))[..20];
        var input = new LocalBindingMetadata(trigger.Parameter.Name!, trigger.Type, BindingDirection.In);
        return new LocalFunctionDefinition(
            id,
            name,
            entryPoint,
            method.DeclaringType!.Assembly.Location,
            [
                .. method.GetParameters()
                    .Select(parameter => new FunctionParameter(parameter.Name!, parameter.ParameterType)),
            ],
            ImmutableDictionary.Create<string, BindingMetadata>().Add(input.Name, input),
            outputs.Metadata.ToImmutableDictionary(output => output.Name));
    }

    private static string EntryPoint(MethodInfo method) => $"{method.DeclaringType!.FullName}.{method.Name}";
}
