using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;

namespace Assay.Local;

/// <summary>Parameters that every kind of function may have.</summary>
internal static class CommonParameters
{
    public static ParameterSource? SourceOf(ParameterInfo parameter, HostSettings settings)
    {
        if (parameter.ParameterType == typeof(FunctionContext))
            return context => new(context);
        if (parameter.ParameterType == typeof(CancellationToken))
            return context => new(context.CancellationToken);

        return parameter.GetCustomAttribute<InputBindingAttribute>() switch
        {
            null => null,
            DurableClientAttribute when parameter.ParameterType == typeof(DurableTaskClient) => DurableClient(settings),
            BlobInputAttribute blob => BlobInput.SourceOf(parameter, blob, settings),
            var binding => throw new FunctionLoadException(
                $"Cannot bind parameter '{parameter.Name}' to type {parameter.ParameterType.Name} "
                + $"by '{binding.GetType().Name}'."),
        };
    }

    private static ParameterSource DurableClient(HostSettings settings)
    {
        settings.RequireDurableDatabase();
        return context => new(context.InstanceServices.GetRequiredService<DurableTaskClient>());
    }
}
