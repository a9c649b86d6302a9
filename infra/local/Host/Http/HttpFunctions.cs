using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace Assay.Local;

/// <summary>Runs the function that a request matched and sends its answer.</summary>
internal sealed class HttpFunctions(FunctionPipeline pipeline, FunctionCatalog catalog, FunctionKeys keys)
{
    public const string InvocationIdHeader = "x-ms-invocation-id";

    public IEnumerable<Endpoint> Endpoints() => catalog.With<HttpTrigger>().Select(pair =>
    {
        var (function, trigger) = pair;
        var builder = new RouteEndpointBuilder(http => RunAsync(http, function, trigger), trigger.Pattern, order: 0)
        {
            DisplayName = function.Name,
        };
        builder.Metadata.Add(new ServedMethods(trigger.Methods));
        return builder.Build();
    });

    private async Task RunAsync(HttpContext http, Function function, HttpTrigger trigger)
    {
        if (!keys.Allows(http.Request, function.Name, trigger.Level))
        {
            http.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

        var invocation = new Invocation(
            function, http, "This function was programmatically called via the host APIs.", http.RequestAborted)
        {
            BindingData = BindingData(http.Request),
            Prepare = context =>
            {
                context.Items[FunctionContextExtensions.HttpContextKey] = http;
                context.Features.Set<IHttpRequestDataFeature>(RequestData.Feature);
            },
            Complete = bindings => AnswerAsync(http, function.Outputs.HttpResult(bindings)),
        };
        http.Request.Headers[InvocationIdHeader] = invocation.Id;
        try
        {
            await pipeline.RunAsync(invocation);
        }
        catch (FunctionTimeoutException)
        {
            Abandon(http);
        }
    }

    private static async Task AnswerAsync(HttpContext http, object? result)
    {
        // As under the real host, whose worker sends answers outside of the invocation's span.
        Activity.Current = null;
        await HttpResponses.SendAsync(http, result);
    }

    /// <summary>The function may still be writing, so nothing else may use the connection.</summary>
    private static void Abandon(HttpContext http)
    {
        if (http.Response.HasStarted)
        {
            http.Abort();
            return;
        }

        http.Response.StatusCode = StatusCodes.Status500InternalServerError;
        http.Response.Headers.Connection = "close";
    }

    private static Dictionary<string, object?> BindingData(HttpRequest request)
    {
        var data = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in request.Query)
            data[name] = value.ToString();
        foreach (var (name, value) in request.RouteValues)
            data[name] = value?.ToString();
        return data;
    }

    private sealed class RequestData : IHttpRequestDataFeature
    {
        public static RequestData Feature { get; } = new();

        public ValueTask<HttpRequestData?> GetHttpRequestDataAsync(FunctionContext context) =>
            new(context.GetHttpContext() is { } http ? LocalHttpRequestData.Of(context, http) : null);
    }
}
