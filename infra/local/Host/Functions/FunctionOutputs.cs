using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using Microsoft.Azure.Functions.Worker.Http;

namespace Assay.Local;

/// <summary>
/// Where a function's result goes: as a whole to the caller or to the output on its method, or property by property
/// when its type has properties with output bindings.
/// </summary>
internal sealed class FunctionOutputs
{
    private const string Whole = "$return";

    private readonly List<(string Name, BlobOutput Output)> blobs = [];
    private readonly List<PropertyInfo> properties = [];
    private readonly List<BindingMetadata> metadata = [];
    private string? httpName;

    public IReadOnlyList<BindingMetadata> Metadata => metadata;

    public static FunctionOutputs Read(MethodInfo method, Type result, Trigger trigger, HostSettings settings)
    {
        var outputs = new FunctionOutputs();
        var candidates = result.GetProperties(BindingFlags.Public | BindingFlags.Instance);
        if (candidates.Any(property => property.IsDefined(typeof(OutputBindingAttribute))))
        {
            foreach (var property in candidates)
                outputs.AddProperty(property, settings);
        }
        else if (method.GetCustomAttribute<OutputBindingAttribute>() is { } attribute)
        {
            outputs.AddBlob(Whole, attribute, settings);
        }
        else if (trigger is HttpTrigger)
        {
            outputs.metadata.Add(new LocalBindingMetadata(Whole, "http", BindingDirection.Out));
        }

        return outputs;
    }

    /// <summary>
    /// Right after the function: hands its result to the output bindings, where middleware can still change it.
    /// </summary>
    public void Distribute(FunctionBindings bindings)
    {
        if (bindings.InvocationResult is not { } result)
            return;

        if (properties.Count > 0)
        {
            foreach (var property in properties)
                bindings.OutputBindingData[property.Name] = property.GetValue(result);
            bindings.InvocationResult = null;
        }
        else if (blobs.Count > 0)
        {
            bindings.OutputBindingData[Whole] = result;
            bindings.InvocationResult = null;
        }
    }

    /// <summary>
    /// What answers the HTTP request: what the function or middleware returned, else the HTTP output.
    /// </summary>
    public object? HttpResult(FunctionBindings bindings) =>
        bindings.InvocationResult
        ?? (httpName is null ? null : bindings.OutputBindingData.TryGetValue(httpName, out var value) ? value : null);

    public async Task WriteAsync(LocalFunctionContext context, FunctionBindings bindings)
    {
        foreach (var (name, output) in blobs)
        {
            if (bindings.OutputBindingData.TryGetValue(name, out var value) && value is not null)
                await output.WriteAsync(context, value);
        }
    }

    private void AddProperty(PropertyInfo property, HostSettings settings)
    {
        var attribute = property.GetCustomAttribute<OutputBindingAttribute>();
        var isHttp = attribute is HttpResultAttribute
            || typeof(HttpResponseData).IsAssignableFrom(property.PropertyType)
            || typeof(IResult).IsAssignableFrom(property.PropertyType)
            || typeof(IActionResult).IsAssignableFrom(property.PropertyType);
        if (isHttp)
        {
            httpName = property.Name;
            metadata.Add(new LocalBindingMetadata(property.Name, "http", BindingDirection.Out));
        }
        else if (attribute is not null)
        {
            AddBlob(property.Name, attribute, settings);
        }
        else
        {
            return;
        }

        properties.Add(property);
    }

    private void AddBlob(string name, OutputBindingAttribute attribute, HostSettings settings)
    {
        if (attribute is not BlobOutputAttribute blob)
            throw new FunctionLoadException($"The binding '{attribute.GetType().Name}' is not registered.");
        blobs.Add((name, BlobOutput.Read(blob, settings)));
        metadata.Add(new LocalBindingMetadata(name, "blob", BindingDirection.Out));
    }
}
