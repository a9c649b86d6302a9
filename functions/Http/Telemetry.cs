using Microsoft.Azure.Functions.Worker.OpenTelemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Assay;

/// <summary>
/// Spans of functions, of requests to others and of SQL, and what the connection pools measure, sent over OTLP where
/// <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> says so. The host sends its own part.
/// </summary>
internal static class Telemetry
{
    public static IServiceCollection AddTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        if (string.IsNullOrEmpty(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
            return services;

        services.AddOpenTelemetry()
            .UseFunctionsWorkerDefaults()
            .WithTracing(tracing => tracing.AddSource("Grpc.Net.Client", "Npgsql", "System.Net.Http"))
            .WithMetrics(metrics => metrics.AddMeter("Npgsql", "System.Net.Http"))
            .UseOtlpExporter();
        return services;
    }
}
