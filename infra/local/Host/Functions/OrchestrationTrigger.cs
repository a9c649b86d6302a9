using System.Reflection;
using System.Text.Json.Nodes;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace Assay.Local;

/// <summary>
/// An orchestrator. Its first parameter that nothing else supplies receives the orchestration's input.
/// </summary>
internal sealed class OrchestrationTrigger : Trigger
{
    private ParameterInfo? input;

    private OrchestrationTrigger(ParameterInfo parameter, string? name) : base(parameter, "orchestrationTrigger") =>
        Name = name;

    /// <summary>Null if the orchestration is called as its function is.</summary>
    public string? Name { get; }

    /// <summary>An orchestrator waits for days.</summary>
    public override bool IsTimed => false;

    public static OrchestrationTrigger Read(
        ParameterInfo parameter, OrchestrationTriggerAttribute attribute, HostSettings settings)
    {
        settings.RequireDurableDatabase();
        return new OrchestrationTrigger(parameter, attribute.Orchestration);
    }

    public override ParameterSource? SourceOf(ParameterInfo parameter)
    {
        if (parameter == Parameter && parameter.ParameterType == typeof(TaskOrchestrationContext))
            return static context => new(context.TriggerData);

        input ??= parameter;
        var type = parameter.ParameterType;
        return parameter == input
            ? context => new(OrchestrationInput.Read((TaskOrchestrationContext)context.TriggerData, type))
            : null;
    }

    public override JsonObject Describe() => Name is null ? [] : new JsonObject { ["orchestration"] = Name };
}
