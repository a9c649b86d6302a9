using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace Assay.Hosting;

/// <summary>
/// Sends the host's own part of traces over OTLP when host.json says <c>"telemetryMode": "OpenTelemetry"</c>, as the
/// real host does: requests, invocations, orchestrations and activities. The standard variables say where and how.
/// </summary>
internal static class HostTelemetry
{
    private static readonly string[] Sources =
        [Invocations.SourceName, "Microsoft.AspNetCore", "DurableTask.Core", "WebJobs.Extensions.DurableTask"];

    public static IDisposable? Create(HostSettings settings) =>
        settings.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 }
        && "OpenTelemetry".Equals(
            settings.Configuration[$"{HostSettings.Section}:telemetryMode"], StringComparison.OrdinalIgnoreCase)
            ? Sdk.CreateTracerProviderBuilder().AddSource(Sources).AddOtlpExporter().Build()
            : null;

    /// <summary>Says what a request was, but not its address: a token in it is as good as a password.</summary>
    public static void Describe(HttpContext context, string route)
    {
        if (context.Features.Get<IHttpActivityFeature>()?.Activity is not { IsAllDataRequested: true } span)
            return;
        span.DisplayName = $"{context.Request.Method} {route}";
        span.SetTag("http.request.method", context.Request.Method);
        span.SetTag("http.route", route);
        span.SetTag("http.response.status_code", context.Response.StatusCode);
        if (context.Response.StatusCode >= StatusCodes.Status500InternalServerError)
            span.SetStatus(ActivityStatusCode.Error);
    }
}
