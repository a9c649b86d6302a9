using System.Text.Json;
using Azure.Core.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Assay.Local;

/// <summary>Adds the host's own services to the app's and puts the HTTP pipeline together.</summary>
internal static class HostComposition
{
    /// <summary>As on the real host.</summary>
    private const long RequestBodyBytesMax = 104_857_600;

    public static IHost Build(
        WebApplicationBuilder web,
        HostStart start,
        IReadOnlyList<Func<FunctionExecutionDelegate, FunctionExecutionDelegate>> middleware)
    {
        AddServices(web.Services, start);
        foreach (var step in middleware)
            web.Services.AddSingleton(step);
        start.InProcess?.Overrides?.Invoke(web.Services);

        var app = web.Build();
        DurableRegistration.Register(app.Services);
        HttpPipeline.Use(app);
        var host = new LocalHost(app, isProgram: start.InProcess is null);
        start.InProcess?.Built.SetResult(host);
        return host;
    }

    private static void AddServices(IServiceCollection services, HostStart start)
    {
        services.AddSingleton(start);
        services.AddSingleton(start.State);
        services.AddSingleton(start.Settings);
        services.TryAddSingleton(TimeProvider.System);
        services.Configure<JsonSerializerOptions>(options => options.PropertyNameCaseInsensitive = true);
        services.AddOptions<WorkerOptions>().PostConfigure<IOptions<JsonSerializerOptions>>(
            (options, json) => options.Serializer ??= new JsonObjectSerializer(json.Value));
        services.AddSingleton<FunctionReader>();
        services.AddSingleton<FunctionDiscovery>();
        services.AddSingleton(provider => provider.GetRequiredService<FunctionDiscovery>().Discover(start));
        services.AddSingleton<FunctionPipeline>();

        services.AddSingleton<FunctionKeys>();
        services.AddSingleton<HttpFunctions>();
        services.AddSingleton<MatcherPolicy, HttpMethodPolicy>();

        services.AddSingleton<BlobConnections>();
        services.AddSingleton<BlobRuns>();
        services.AddSingleton<TriggerDatabase>();
        services.AddHostedService<SchemaPreparation>();
        services.AddSingleton<TimerStore>();
        services.AddSingleton<TimerRuns>();
        services.AddSingleton<BlobReceipts>();
        services.AddSingleton<BlobWorkers>();
        services.AddHostedService<TimerListener>();
        services.AddHostedService<BlobListener>();

        services.AddMetrics();
        services.AddSingleton<MetricsPage>();
        services.AddDurable(start.Settings);
        if (!string.IsNullOrEmpty(start.Settings.App[OtlpExport.Endpoint]))
            services.AddHostedService<OtlpExport>();

        services.AddSingleton<AdminFunctions>();
        services.AddSingleton<AdminBlobs>();
        services.AddSingleton<ManualRuns>();
        services.AddHostedService(provider => provider.GetRequiredService<ManualRuns>());

        services.Configure<KestrelServerOptions>(options =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxRequestBodySize = RequestBodyBytesMax;
        });
        services.Configure<HostOptions>(options =>
        {
            options.ShutdownTimeout = start.Settings.DrainLimit;
            options.ServicesStopConcurrently = true;
        });
        services.Configure<ConsoleLifetimeOptions>(options => options.SuppressStatusMessages = true);
        if (start.InProcess is not null)
            services.AddSingleton<IHostLifetime, NoLifetime>();
        services.AddHostedService<HostAnnouncement>();
    }

    /// <summary>A host inside a test leaves the process's signals alone.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
