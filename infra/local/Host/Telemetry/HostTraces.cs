using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Assay.Local;

/// <summary>Spans of the host itself, in OpenTelemetry's names: requests, and functions that nobody calls.</summary>
internal static class HostTraces
{
    public const string SourceName = "Assay.Host";

    private static readonly ActivitySource source = new(SourceName);

    /// <summary>Surrounds a function that a timer or a blob triggered: what begins a trace by itself.</summary>
    public static Activity? Run(Invocation invocation) => invocation.Function.Trigger.FaasTrigger is { } trigger
        ? source.StartActivity(
            invocation.Function.Name, ActivityKind.Internal, default(ActivityContext),
            [
                new("faas.trigger", trigger), new("faas.name", invocation.Function.Name),
                new("faas.invocation_id", invocation.Id),
            ])
        : null;

    /// <summary>ASP.NET Core makes the request's span; this says what the request was and came to.</summary>
    public static async Task DescribeAsync(HttpContext http, RequestDelegate next)
    {
        await next(http);
        if (http.Features.Get<IHttpActivityFeature>()?.Activity is not { IsAllDataRequested: true } span)
            return;

        var route = (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;
        span.DisplayName = route is null ? http.Request.Method : $"{http.Request.Method} /{route.TrimStart('/')}";
        span.SetTag("http.request.method", http.Request.Method);
        span.SetTag("http.route", route);
        span.SetTag("url.scheme", http.Request.Scheme);
        // A token in an address is as good as a password.
        var tellsSecret = http.Request.RouteValues.ContainsKey("token");
        span.SetTag("url.path", tellsSecret ? $"/{route!.TrimStart('/')}" : http.Request.Path.Value);
        span.SetTag("http.response.status_code", http.Response.StatusCode);
        if (http.Response.StatusCode >= StatusCodes.Status500InternalServerError)
            span.SetStatus(ActivityStatusCode.Error);
    }
}
