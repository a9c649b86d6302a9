using System.Reflection;
using System.Text.Json.Nodes;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.Extensions.DependencyInjection;

namespace Assay.Local;

/// <summary>What an activity is called with.</summary>
/// <param name="Input">JSON, or null for none.</param>
internal sealed record ActivityInput(string InstanceId, string? Input);

/// <summary>An activity. The parameter with the attribute receives its input.</summary>
internal sealed class ActivityTrigger : Trigger
{
    private ActivityTrigger(ParameterInfo parameter, string? name) : base(parameter, "activityTrigger") => Name = name;

    /// <summary>Null if the activity is called as its function is.</summary>
    public string? Name { get; }

    public static ActivityTrigger Read(
        ParameterInfo parameter, ActivityTriggerAttribute attribute, HostSettings settings)
    {
        settings.RequireDurableDatabase();
        return new ActivityTrigger(parameter, attribute.Activity);
    }

    public override ParameterSource? SourceOf(ParameterInfo parameter)
    {
        if (parameter == Parameter)
            return context => new(Input(context, parameter.ParameterType));
        if (parameter.ParameterType == typeof(string)
            && string.Equals(parameter.Name, "instanceId", StringComparison.OrdinalIgnoreCase))
            return static context => new(((ActivityInput)context.TriggerData).InstanceId);
        return null;
    }

    public override JsonObject Describe() => Name is null ? [] : new JsonObject { ["activity"] = Name };

    private static object? Input(LocalFunctionContext context, Type type)
    {
        if (((ActivityInput)context.TriggerData).Input is { } json)
            return context.InstanceServices.GetRequiredService<DataConverter>().Deserialize(json, type);
        return type.IsValueType ? Activator.CreateInstance(type) : null;
    }
}
