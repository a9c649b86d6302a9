using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.Routing;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Assay.Local;

/// <summary>
/// Parameters of an HTTP function: the request in its several types, the body as JSON, text or bytes, and values from
/// the route, the query and headers. A value that does not convert fails the invocation, as on the real host.
/// </summary>
internal static class HttpParameters
{
    public static ParameterSource? SourceOf(ParameterInfo parameter, HttpTrigger trigger)
    {
        var type = parameter.ParameterType;
        if (type == typeof(HttpRequest))
            return context => new(Http(context).Request);
        if (type == typeof(HttpContext))
            return context => new(Http(context));
        if (type == typeof(HttpRequestData))
            return context => new(LocalHttpRequestData.Of(context, Http(context)));

        var attributes = parameter.GetCustomAttributes().ToArray();
        if (attributes.Any(attribute => attribute is FromBodyAttribute
            || (attribute as IBindingSourceMetadata)?.BindingSource == BindingSource.Body))
            return Body(parameter);
        if (attributes.OfType<IBindingSourceMetadata>().FirstOrDefault() is { } from)
            return From(parameter, from, (attributes.OfType<IModelNameProvider>().FirstOrDefault())?.Name);
        if (parameter == trigger.Parameter)
            return Body(parameter);
        return SimpleValue.CanConvertTo(type) ? Named(parameter) : null;
    }

    private static HttpContext Http(LocalFunctionContext context) => (HttpContext)context.TriggerData;

    private static ParameterSource? From(ParameterInfo parameter, IBindingSourceMetadata from, string? named)
    {
        var name = named ?? parameter.Name!;
        if (from.BindingSource == BindingSource.Query)
            return Values(parameter, request => request.Query[name]);
        if (from.BindingSource == BindingSource.Header)
            return Values(parameter, request => request.Headers[name]);
        if (from.BindingSource == BindingSource.Path)
            return Values(parameter, request => request.RouteValues[name]?.ToString() ?? StringValues.Empty);
        if (from.BindingSource == BindingSource.Services)
            return context => new(context.InstanceServices.GetRequiredService(parameter.ParameterType));
        return null;
    }

    /// <summary>By its own name from the route, else from the query.</summary>
    private static ParameterSource Named(ParameterInfo parameter)
    {
        var name = parameter.Name!;
        return Values(parameter, request =>
            request.RouteValues[name]?.ToString() ?? request.Query[name])!;
    }

    private static ParameterSource? Values(ParameterInfo parameter, Func<HttpRequest, StringValues> read)
    {
        var type = parameter.ParameterType;
        if (type == typeof(StringValues))
            return context => new(read(Http(context).Request));
        if (type.IsArray && type.GetElementType() is { } element && SimpleValue.CanConvertTo(element))
            return context => new(Many(parameter, element, read(Http(context).Request)));
        return SimpleValue.CanConvertTo(type) ? context => new(One(parameter, read(Http(context).Request))) : null;
    }

    private static object? One(ParameterInfo parameter, StringValues values)
    {
        if (values is not [{ } text, ..])
            return Missing(parameter);
        return SimpleValue.TryConvert(text, parameter.ParameterType, out var value)
            ? value
            : throw Unconvertible(parameter, text);
    }

    private static Array Many(ParameterInfo parameter, Type element, StringValues values)
    {
        var array = Array.CreateInstance(element, values.Count);
        for (var i = 0; i < values.Count; i++)
        {
            var text = values[i] ?? "";
            array.SetValue(
                SimpleValue.TryConvert(text, element, out var value) ? value : throw Unconvertible(parameter, text), i);
        }

        return array;
    }

    private static object? Missing(ParameterInfo parameter)
    {
        if (parameter.HasDefaultValue)
            return parameter.DefaultValue;
        if (!parameter.ParameterType.IsValueType || Nullable.GetUnderlyingType(parameter.ParameterType) is not null)
            return null;
        throw new FunctionInputConverterException(
            $"Error converting 1 input parameters: '{parameter.Name}' is missing from the request.");
    }

    private static FunctionInputConverterException Unconvertible(ParameterInfo parameter, string text) =>
        new($"Error converting 1 input parameters: cannot convert input parameter '{parameter.Name}' "
            + $"to type '{parameter.ParameterType.Name}' from '{text}'.");

    private static ParameterSource Body(ParameterInfo parameter)
    {
        var type = parameter.ParameterType;
        if (type == typeof(Stream))
            return context => new(Http(context).Request.Body);
        if (type == typeof(string))
            return async context => await BodyTextAsync(context);
        if (type == typeof(byte[]))
            return async context => (await BodyBytesAsync(context)).ToArray();
        if (type == typeof(BinaryData))
            return async context => BinaryData.FromBytes(await BodyBytesAsync(context));
        return context => BodyJsonAsync(context, parameter);
    }

    private static async Task<string> BodyTextAsync(LocalFunctionContext context)
    {
        using var reader = new StreamReader(Http(context).Request.Body, leaveOpen: true);
        return await reader.ReadToEndAsync(context.CancellationToken);
    }

    private static async Task<ReadOnlyMemory<byte>> BodyBytesAsync(LocalFunctionContext context)
    {
        var buffer = new MemoryStream();
        await Http(context).Request.Body.CopyToAsync(buffer, context.CancellationToken);
        return buffer.ToArray();
    }

    private static async ValueTask<object?> BodyJsonAsync(LocalFunctionContext context, ParameterInfo parameter)
    {
        var options = context.InstanceServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
        try
        {
            return await System.Text.Json.JsonSerializer.DeserializeAsync(
                Http(context).Request.Body, parameter.ParameterType, options, context.CancellationToken);
        }
        catch (System.Text.Json.JsonException error)
        {
            throw new FunctionInputConverterException(
                $"Error converting 1 input parameters: the body is no {parameter.ParameterType.Name}: {error.Message}",
                error);
        }
    }
}
