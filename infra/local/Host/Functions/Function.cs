using System.Reflection;
using System.Text.Json.Nodes;

namespace Assay.Local;

/// <summary>A function that can be served.</summary>
internal sealed record Function(
    string Name,
    MethodInfo Method,
    Trigger Trigger,
    IReadOnlyList<ParameterSource> Sources,
    FunctionOutputs Outputs,
    FunctionCall Call,
    LocalFunctionDefinition Definition)
{
    /// <summary>What <c>/admin/functions</c> shows.</summary>
    public JsonObject Describe()
    {
        var trigger = Trigger.Describe();
        trigger["name"] = Trigger.Parameter.Name;
        trigger["type"] = Trigger.Type;
        trigger["direction"] = "In";
        var bindings = new JsonArray { trigger };
        foreach (var output in Definition.OutputBindings.Values)
            bindings.Add(new JsonObject { ["name"] = output.Name, ["type"] = output.Type, ["direction"] = "Out" });
        return new JsonObject
        {
            ["name"] = Name,
            ["entryPoint"] = Definition.EntryPoint,
            ["scriptFile"] = Path.GetFileName(Definition.PathToAssembly),
            ["language"] = "dotnet-isolated",
            ["functionDirectory"] = Path.GetDirectoryName(Definition.PathToAssembly),
            ["bindings"] = bindings,
        };
    }
}

/// <summary>A function that cannot be served, and why.</summary>
internal sealed record FailedFunction(string Name, string Error);

/// <summary>Every function of the app.</summary>
internal sealed class FunctionCatalog
{
    private readonly Dictionary<string, Function> served = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<FailedFunction> failed = [];

    public IReadOnlyCollection<Function> Served => served.Values;

    public IReadOnlyList<FailedFunction> Failed => failed;

    /// <summary>By name in any case, or null.</summary>
    public Function? Find(string name) => served.GetValueOrDefault(name);

    public string? ErrorOf(string name) =>
        failed.Find(failure => string.Equals(failure.Name, name, StringComparison.OrdinalIgnoreCase))?.Error;

    public bool TryAdd(Function function) => served.TryAdd(function.Name, function);

    /// <summary>Remembers what is wrong with a function; a second one of a name leaves the first served.</summary>
    public void Fail(string name, string error, bool stopsServing)
    {
        if (stopsServing)
            served.Remove(name);
        failed.Add(new FailedFunction(name, error));
    }

    public IEnumerable<(Function Function, T Trigger)> With<T>() where T : Trigger
    {
        foreach (var function in served.Values)
        {
            if (function.Trigger is T trigger)
                yield return (function, trigger);
        }
    }
}
