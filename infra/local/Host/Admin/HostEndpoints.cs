using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Assay.Local;

/// <summary>What the host serves itself: its page, its administration and the webhooks of its extensions.</summary>
internal static class HostEndpoints
{
    public static void Map(WebApplication app)
    {
        MapStatus(app);
        var functions = app.Services.GetRequiredService<AdminFunctions>();
        var keys = app.Services.GetRequiredService<FunctionKeys>();
        Add(app, "GET", "/", SendPageAsync);
        Add(app, "GET", "/admin/functions", Guarded(keys, functions.ListAsync));
        Add(app, "GET", "/admin/functions/{name}", Guarded(keys, functions.ShowAsync));
        Add(app, "GET", "/admin/functions/{name}/status", Guarded(keys, functions.StatusAsync));
        Add(app, "POST", "/admin/functions/{name}", Guarded(keys, functions.RunAsync));

        var metrics = app.Services.GetRequiredService<MetricsPage>();
        Add(app, "GET", "/admin/host/metrics", Guarded(keys, metrics.SendAsync));

        var blobs = app.Services.GetRequiredService<AdminBlobs>();
        Add(app, "GET", "/admin/blobs/poison", Guarded(keys, blobs.ListPoisonAsync));
        Add(app, "POST", "/admin/blobs/poison/{id}/retry", Guarded(keys, blobs.RetryPoisonAsync));

        Action<string, string, RequestDelegate> add =
            (method, pattern, handle) => Add(app, method, pattern, Guarded(keys, handle));
        AdminInstances.Map(app.Services, add);
        DurableWebhooks.Map(app.Services, add);
    }

    /// <summary>The two that also a host with an invalid configuration serves.</summary>
    public static void MapStatus(WebApplication app)
    {
        var state = app.Services.GetRequiredService<HostState>();
        var keys = app.Services.GetRequiredService<FunctionKeys>();
        var catalog = app.Services.GetRequiredService<FunctionCatalog>();
        Add(app, "GET", "/admin/host/status", Guarded(keys, http => SendStatusAsync(http, state, catalog)));
        RequestDelegate ping = static http => Task.CompletedTask;
        Add(app, "GET", "/admin/host/ping", ping);
        Add(app, "POST", "/admin/host/ping", ping);
    }

    /// <summary>Adds an endpoint that, like functions, is unknown rather than forbidden under another method.</summary>
    public static void Add(IEndpointRouteBuilder routes, string method, string pattern, RequestDelegate handle) =>
        routes.Map(pattern, handle).WithMetadata(new ServedMethods([method]));

    /// <summary>Asks for the master key first, if keys are enforced.</summary>
    public static RequestDelegate Guarded(FunctionKeys keys, RequestDelegate handle) => http =>
    {
        if (keys.Refusal(http.Request) is not { } status)
            return handle(http);
        http.Response.StatusCode = status;
        return Task.CompletedTask;
    };

    private static Task SendStatusAsync(HttpContext http, HostState state, FunctionCatalog catalog)
    {
        var status = new JsonObject
        {
            ["id"] = state.Id,
            ["state"] = state.IsRunning ? "Running" : "Error",
            ["version"] = state.Version,
        };
        string[] errors =
        [
            .. state.Errors,
            .. catalog.Failed.Select(failed => $"The '{failed.Name}' function is in error: {failed.Error}"),
        ];
        if (errors.Length > 0)
            status["errors"] = new JsonArray([.. errors.Select(error => (JsonNode)error)]);
        return http.Response.WriteAsJsonAsync(status, http.RequestAborted);
    }

    private static Task SendPageAsync(HttpContext http)
    {
        http.Response.ContentType = "text/html; charset=utf-8";
        return http.Response.WriteAsync(
            """
            <!doctype html>
            <html lang="en">
            <title>Functions host</title>
            <h1>Your Functions host is up and running</h1>
            <p>Functions: <a href="admin/functions">admin/functions</a>.
               State: <a href="admin/host/status">admin/host/status</a>.</p>
            </html>
            """,
            http.RequestAborted);
    }
}
