using System.Text.Json.Nodes;
using Yarp.ReverseProxy.Forwarder;

namespace Assay.Hosting;

/// <summary>A running host with its app. Any number may run in one process.</summary>
public sealed class FunctionsHost : IAsyncDisposable
{
    /// <summary>Of the real host that this one behaves like.</summary>
    internal const string Version = "4.1037.0.0";

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private readonly HostSettings settings;
    private readonly ILoggerFactory loggers;
    private readonly ILogger logger;
    private readonly IDisposable? telemetry;
    private readonly HostKeys keys;
    private readonly Webhooks webhooks;
    private readonly FunctionRpcServer rpc;
    private readonly Workers workers;
    private readonly CancellationTokenSource stopping = new();
    private readonly TaskCompletionSource<WebJobsHost> jobs = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WebApplication? app;
    private HttpFunctions? http;
    private Task listening = Task.CompletedTask;
    private Task? stopped;
    private IReadOnlyList<FunctionDescription> functions = [];

    private FunctionsHost(FunctionsHostOptions options)
    {
        settings = new HostSettings(options);
        loggers = HostLogging.Create(settings, options.Logging);
        logger = loggers.CreateLogger("Host");
        telemetry = HostTelemetry.Create(settings);
        keys = new HostKeys(settings);
        webhooks = new Webhooks(keys);
        rpc = new FunctionRpcServer(loggers);
        workers = new Workers(settings, rpc, loggers, options.Program ?? WorkerProcess.Start);
    }

    /// <summary>Where the host listens, such as <c>http://127.0.0.1:40123</c>.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>Starts the app's worker and answers HTTP; what listens elsewhere may follow a moment later.</summary>
    /// <exception cref="HostConfigurationException">The folder holds no app that can run.</exception>
    public static async Task<FunctionsHost> StartAsync(
        FunctionsHostOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var host = new FunctionsHost(options);
        try
        {
            await host.StartAsync(cancellation);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Completes when everything that listens does: timers, blobs, orchestrations.</summary>
    public Task ListeningAsync(CancellationToken cancellation = default) => listening.WaitAsync(cancellation);

    /// <summary>No new requests; those under way end; then listeners, then the worker. Safe to repeat.</summary>
    public Task StopAsync()
    {
        lock (stopping)
            return stopped ??= StopOnceAsync();
    }

    /// <summary>Stops, if that has not been done.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        telemetry?.Dispose();
        loggers.Dispose();
    }

    private async Task StartAsync(CancellationToken cancellation)
    {
        await rpc.StartAsync(cancellation);
        functions = await workers.StartAsync(cancellation);
        app = BuildApp();
        await app.StartAsync(cancellation);
        Address = new Uri(app.Urls.First());
        webhooks.Address = settings.AsksForKeys ? new UriBuilder(Address) { Host = "localhost" }.Uri : Address;
        PrintFunctions();
        logger.LogInformation("Host started. Now listening on: {Address}", Address);
        if (keys.AreAskedFor && settings.Configuration["Host:MasterKey"] is null)
            logger.LogInformation("The master key of this run is {Key}", keys.Master);
        listening = Task.Run(() => StartJobsAsync(stopping.Token), CancellationToken.None);
    }

    private WebApplication BuildApp()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls($"{settings.Url}").ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = HttpFunctions.BodyMax;
        });
        builder.Services.AddSingleton(loggers).AddRouting().AddHttpForwarder();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(30));
        var built = builder.Build();
        built.UseRouting();
        // A wrong method is an unknown route, where ASP.NET Core has an endpoint without any metadata that answers 405.
        built.Use((context, next) =>
        {
            if (context.GetEndpoint() is { Metadata.Count: 0 })
                context.SetEndpoint(null);
            return next(context);
        });
        var forwarder = built.Services.GetRequiredService<IHttpForwarder>();
        http = new HttpFunctions(settings, workers, JobsAsync, keys, forwarder, loggers);
        foreach (var function in functions.Where(one => one is { IsHttp: true, Error: null }))
            http.Map(built, function);
        new AdminRoutes(settings, functions, JobsAsync, keys, loggers).Map(built);
        built.Map("/runtime/webhooks/{extension}/{**rest}", async (HttpContext context, string extension) =>
        {
            await JobsAsync();
            await webhooks.AnswerAsync(context, extension, forwarder);
        }).AddEndpointFilter(keys.FilterAsync);
        built.MapGet("/", () => Results.Text(
            "<!doctype html><title>Functions</title><p>Your Functions host is up and running.", "text/html"));
        return built;
    }

    // Whoever needs an extension waits a while for it, since storage may be about to come back.
    private Task<WebJobsHost> JobsAsync() => jobs.Task.IsCompletedSuccessfully
        ? jobs.Task : jobs.Task.WaitAsync(TimeSpan.FromSeconds(20), stopping.Token);

    private void PrintFunctions()
    {
        var root = $"{new Uri(Address, settings.RoutePrefix)}".TrimEnd('/');
        var lines = functions.OrderBy(one => !one.IsHttp).ThenBy(one => one.Name, StringComparer.OrdinalIgnoreCase)
            .Select(one => one.IsHttp
                ? $"\t{one.Name}: [{string.Join(',', one.Methods)}] {root}/{one.Route}"
                : $"\t{one.Name}: {(one.Trigger is { } trigger ? FunctionDescription.TypeOf(trigger) : "no trigger")}");
        logger.LogInformation("Functions:\n\n{Functions}\n", string.Join('\n', lines));
        foreach (var function in functions.Where(one => one.Error is not null))
            logger.LogError("The '{Name}' function is in error: {Error}", function.Name, function.Error);
    }

    // Storage that is away makes a start fail; HTTP is served meanwhile.
    private async Task StartJobsAsync(CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            WebJobsHost? host = null;
            try
            {
                host = new WebJobsHost(settings, workers, functions, loggers, webhooks);
                await host.StartAsync(cancellation);
                jobs.TrySetResult(host);
                return;
            }
            catch (Exception error)
            {
                if (host is not null)
                    await host.DisposeAsync();
                if (cancellation.IsCancellationRequested)
                    return;
                logger.LogError("The listeners of the app did not start and are tried again: {Message}", error.Message);
                logger.LogDebug(error, "Start of the job host");
                await Task.Delay(TimeSpan.FromSeconds(Math.Min(30, attempt * 2)), cancellation)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task StopOnceAsync()
    {
        await stopping.CancelAsync();
        if (app is not null)
        {
            logger.LogInformation("Stopping: requests under way may end.");
            await app.StopAsync(CancellationToken.None);
        }

        await listening;
        var started = jobs.Task.IsCompletedSuccessfully ? await jobs.Task : null;
        if (started is not null)
            await started.StopAsync(Grace);
        await workers.StopAsync(Grace);
        if (started is not null)
            await started.DisposeAsync();
        http?.Dispose();
        if (app is not null)
            await app.DisposeAsync();
        await rpc.DisposeAsync();
    }
}
