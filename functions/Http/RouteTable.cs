using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Azure.Functions.Worker;

namespace Assay;

/// <summary>An HTTP function: its place, and what it says of itself.</summary>
/// <param name="Function">Its name.</param>
/// <param name="Methods">In upper case.</param>
/// <param name="Template">The route without the prefix <c>/api/</c>, such as <c>runs/{id:guid}</c>.</param>
public sealed partial record Route(
    string Function, IReadOnlyList<string> Methods, string Template, OperationAttribute Operation, MethodInfo Method)
{
    /// <summary>The type of the entities that it is about, if it is about those of one type.</summary>
    public EntityType? EntityType { get; private init; }

    /// <summary>The function's name; behind the door of one type that of the type: <c>GetPrompt</c>.</summary>
    public string Name => EntityType is { } type
        ? Function.Replace("Entities", Capital(type.Door)).Replace("Entity", Capital(type.Name))
        : Function;

    /// <summary>Keys are their callers' own: where anyone may call there is nobody whose they are.</summary>
    public bool TakesIdempotencyKey =>
        Methods.Contains("POST") && !Operation.Streams && Operation.Permission != Permissions.Anyone;

    /// <summary>The address below <c>/api</c>, such as <c>/runs/{id}</c>.</summary>
    public string Path => $"/{ParameterPolicy().Replace(Template, "{$1}")}";

    /// <summary>The capability that it is of, such as <c>Runs</c>.</summary>
    public string Tag => Capital(Template.Split('/', '.')[0]);

    /// <summary>Whether it answers a page of a list.</summary>
    public bool IsList => Operation.Answer is { IsGenericType: true } answer
        && answer.GetGenericTypeDefinition() == typeof(Page<>);

    /// <summary>Whether it answers one thing, which has an <c>ETag</c>.</summary>
    public bool ReadsOne => Methods.Contains("GET") && Template.EndsWith('}') && !IsList
        && Operation is { Answer: not null, Streams: false };

    public bool NeedsIfMatch => Operation.IfMatch || Methods.Contains("PATCH");

    /// <summary>The route behind each of its doors; itself when it has none.</summary>
    public IEnumerable<Route> ByDoor() => Template.StartsWith(Doors.Any, StringComparison.Ordinal)
        ? Doors.Names.Select(door => this with
        {
            Template = door + Template[Doors.Any.Length..],
            EntityType = Assay.EntityType.OfDoor(door),
        })
        : [this];

    private static string Capital(string name) => $"{char.ToUpperInvariant(name[0])}{name[1..]}";

    [GeneratedRegex(@"\{(\w+)[^}]*\}")]
    private static partial Regex ParameterPolicy();
}

/// <summary>Every route of the app, read from its functions.</summary>
public sealed class RouteTable
{
    private readonly Dictionary<string, Route> byFunction;

    private RouteTable(IEnumerable<Route> routes) => byFunction = routes.ToDictionary(route => route.Function);

    /// <summary>A function that has several doors is there once for each.</summary>
    public IEnumerable<Route> Routes => byFunction.Values.SelectMany(route => route.ByDoor());

    /// <exception cref="InvalidOperationException">
    /// An HTTP function says nothing of who may call it, names a permission that does not exist, or shows a secret
    /// without saying what that grants.
    /// </exception>
    public static RouteTable Read(Assembly assembly) => new(
        from type in assembly.GetTypes()
        from method in type.GetMethods()
        let function = method.GetCustomAttribute<FunctionAttribute>()
        where function is not null
        from parameter in method.GetParameters()
        let trigger = parameter.GetCustomAttribute<HttpTriggerAttribute>()
        where trigger is not null
        select new Route(
            function.Name,
            [.. (trigger.Methods ?? []).Select(verb => verb.ToUpperInvariant())],
            trigger.Route ?? function.Name,
            OperationOf(method),
            method));

    /// <exception cref="KeyNotFoundException">No HTTP function has this name.</exception>
    public Route this[string function] => byFunction[function];

    private static OperationAttribute OperationOf(MethodInfo method)
    {
        var operation = method.GetCustomAttribute<OperationAttribute>()
            ?? throw new InvalidOperationException(
                $"{method.DeclaringType!.Name}.{method.Name} has no [Operation(Permissions.…)], which says who may "
                + "call it.");
        if (operation is { ShowsSecret: true, Grants: GrantKind.None })
            throw new InvalidOperationException(
                $"{method.DeclaringType!.Name}.{method.Name} shows a secret and does not say what it Grants.");
        return Permissions.IsKnown(operation.Permission)
            ? operation
            : throw new InvalidOperationException(
                $"{method.DeclaringType!.Name}.{method.Name} asks for the permission {operation.Permission}, which "
                + "does not exist.");
    }
}
