using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using JsonOptions = Microsoft.AspNetCore.Http.Json.JsonOptions;

namespace Assay.Local;

/// <summary>Sends what an HTTP function returned.</summary>
internal static class HttpResponses
{
    /// <summary>
    /// Results of ASP.NET Core and the worker's response are sent as they say, text as text, bytes as bytes, anything
    /// else as JSON. Nothing is an empty answer with the status that the function set, 200 unless it did.
    /// </summary>
    public static Task SendAsync(HttpContext http, object? result) => result switch
    {
        null or HttpResponse => Task.CompletedTask,
        IActionResult action => action.ExecuteResultAsync(
            new ActionContext(http, http.GetRouteData(), new ActionDescriptor())),
        IResult answer => answer.ExecuteAsync(http),
        LocalHttpResponseData data => data.WriteToAsync(http.Response, http.RequestAborted),
        string text => TextAsync(http, text),
        byte[] bytes => BytesAsync(http, bytes),
        _ => JsonAsync(http, result),
    };

    private static Task TextAsync(HttpContext http, string text)
    {
        http.Response.ContentType ??= "text/plain; charset=utf-8";
        return http.Response.WriteAsync(text, http.RequestAborted);
    }

    private static Task BytesAsync(HttpContext http, byte[] bytes)
    {
        http.Response.ContentType ??= "application/octet-stream";
        return http.Response.Body.WriteAsync(bytes, http.RequestAborted).AsTask();
    }

    private static Task JsonAsync(HttpContext http, object result)
    {
        var options = http.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
        return http.Response.WriteAsJsonAsync(
            result, result.GetType(), options, contentType: null, http.RequestAborted);
    }
}
