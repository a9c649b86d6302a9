using System.Reflection;
using Microsoft.Azure.Functions.Worker;

namespace Assay.Local;

/// <summary>
/// Finds functions by their attributes in the app's assembly and in those that it references. What is wrong with one
/// function keeps that one from being served and no other.
/// </summary>
internal sealed class FunctionDiscovery(FunctionReader reader)
{
    private const BindingFlags Methods =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static
        | BindingFlags.DeclaredOnly;

    // Assemblies of frameworks and well-known libraries hold no functions; loading them to look costs start time.
    private static readonly string[] foreign =
        ["System", "Microsoft.", "Azure.", "Npgsql", "Dapper", "netstandard", "mscorlib", "Assay.Local."];

    public FunctionCatalog Discover(HostStart start)
    {
        var catalog = new FunctionCatalog();
        var classes = start.InProcess?.FunctionClasses
            ?? [.. Assemblies(start.App).SelectMany(assembly => assembly.GetTypes())];
        foreach (var type in classes)
        {
            foreach (var method in type.GetMethods(Methods))
            {
                if (method.GetCustomAttribute<FunctionAttribute>() is { } attribute)
                    Add(catalog, method, attribute.Name);
            }
        }

        RefuseConflictingRoutes(catalog);
        return catalog;
    }

    private static List<Assembly> Assemblies(Assembly app)
    {
        var contracts = typeof(FunctionAttribute).Assembly.GetName().Name;
        var found = new List<Assembly> { app };
        foreach (var reference in app.GetReferencedAssemblies())
        {
            if (foreign.Any(prefix => reference.Name!.StartsWith(prefix, StringComparison.Ordinal)))
                continue;
            var assembly = Assembly.Load(reference);
            if (assembly.GetReferencedAssemblies().Any(name => name.Name == contracts))
                found.Add(assembly);
        }

        return found;
    }

    private void Add(FunctionCatalog catalog, MethodInfo method, string name)
    {
        try
        {
            if (catalog.Find(name) is not null)
                throw new FunctionLoadException($"The function name '{name}' must be unique within the function app.");
            catalog.TryAdd(reader.Read(method, name));
        }
        catch (FunctionLoadException error)
        {
            catalog.Fail(name, error.Message, stopsServing: false);
        }
    }

    private static void RefuseConflictingRoutes(FunctionCatalog catalog)
    {
        var kept = new List<(Function Function, HttpTrigger Trigger)>();
        foreach (var (function, trigger) in catalog.With<HttpTrigger>().ToArray())
        {
            var earlier = kept.Find(other =>
                other.Trigger.Shape == trigger.Shape && other.Trigger.SharesMethodWith(trigger));
            if (earlier.Function is null)
                kept.Add((function, trigger));
            else
                catalog.Fail(
                    function.Name,
                    $"The route specified conflicts with the route defined by function '{earlier.Function.Name}'.",
                    stopsServing: true);
        }
    }
}
