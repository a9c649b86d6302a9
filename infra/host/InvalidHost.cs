using System.Text.Json.Nodes;

namespace Assay.Hosting;

/// <summary>What answers in place of an app that cannot be run.</summary>
internal static class InvalidHost
{
    public static WebApplication Build(string url, string error)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls(url);
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        app.MapGet("/admin/host/ping", () => Results.Ok());
        app.MapGet("/admin/host/status", () => Results.Text(
            new JsonObject { ["state"] = "Error", ["errors"] = new JsonArray(error) }.ToJsonString(),
            "application/json"));
        app.MapFallback("{**path}", () => Results.Text(
            "Function host is not running.", statusCode: StatusCodes.Status503ServiceUnavailable));
        return app;
    }
}
