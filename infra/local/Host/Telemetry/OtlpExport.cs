using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Assay.Local;

/// <summary>
/// Sends traces and metrics over OTLP. The standard variables say where, how and under which name:
/// <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>, <c>OTEL_EXPORTER_OTLP_PROTOCOL</c>, <c>OTEL_SERVICE_NAME</c> and so on.
/// </summary>
internal sealed class OtlpExport(HostSettings settings, HostStart start) : IHostedLifecycleService
{
    public const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    // A receiver that is away does not hold up a restart.
    private const int StopMilliseconds = 2_000;

    private TracerProvider? traces;
    private MeterProvider? metrics;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        traces = Sdk.CreateTracerProviderBuilder()
            .ConfigureServices(services => services.AddSingleton(settings.App))
            .ConfigureResource(Describe)
            .SetSampler(new ParentBasedSampler(new RootSampler()))
            .AddSource(
                DurableTraces.SourceName, HostTraces.SourceName, "Microsoft.AspNetCore", "Npgsql", "System.Net.Http")
            .AddOtlpExporter()
            .Build();
        metrics = Sdk.CreateMeterProviderBuilder()
            .ConfigureServices(services => services.AddSingleton(settings.App))
            .ConfigureResource(Describe)
            .AddMeter(DurableMeter.Name, "Microsoft.AspNetCore.Hosting", "Npgsql", "System.Runtime")
            .AddOtlpExporter()
            .Build();
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Sends what is left, if the receiver takes it in time.</summary>
    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(
            Task.Run(() => traces?.Shutdown(StopMilliseconds), CancellationToken.None),
            Task.Run(() => metrics?.Shutdown(StopMilliseconds), CancellationToken.None));
        traces?.Dispose();
        metrics?.Dispose();
    }

    private void Describe(ResourceBuilder resource) => resource
        .Clear()
        .AddService(start.App.GetName().Name ?? "functions")
        .AddTelemetrySdk()
        .AddEnvironmentVariableDetector();

    /// <summary>
    /// A trace begins with a request or a function, never with a call that the host's own loops make to look for work.
    /// </summary>
    private sealed class RootSampler : Sampler
    {
        public override SamplingResult ShouldSample(in SamplingParameters parameters) =>
            new(parameters.Kind == System.Diagnostics.ActivityKind.Client
                ? SamplingDecision.Drop
                : SamplingDecision.RecordAndSample);
    }
}
