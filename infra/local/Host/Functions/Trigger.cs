using System.Reflection;
using System.Text.Json.Nodes;

namespace Assay.Local;

/// <summary>Supplies the value of one parameter of a function for one invocation.</summary>
internal delegate ValueTask<object?> ParameterSource(LocalFunctionContext context);

/// <summary>What makes a function run, read from the attribute on one of its parameters.</summary>
internal abstract class Trigger(ParameterInfo parameter, string type)
{
    public ParameterInfo Parameter { get; } = parameter;

    /// <summary>As in <c>function.json</c>: <c>httpTrigger</c>, <c>timerTrigger</c>, …</summary>
    public string Type { get; } = type;

    /// <summary>False for what may rightly stay unfinished for days.</summary>
    public virtual bool IsTimed => true;

    /// <summary>OpenTelemetry's <c>faas.trigger</c>, where nothing else makes a span of the invocation.</summary>
    public virtual string? FaasTrigger => null;

    /// <summary>How this trigger supplies a parameter, or null if it cannot.</summary>
    public abstract ParameterSource? SourceOf(ParameterInfo parameter);

    /// <summary>The members that the binding has in <c>function.json</c> besides name, type and direction.</summary>
    public abstract JsonObject Describe();
}
