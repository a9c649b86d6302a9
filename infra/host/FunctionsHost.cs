using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing.Matching;
using Yarp.ReverseProxy.Forwarder;

namespace Assay.Hosting;

/// <summary>A running host with its app. Any number may run in one process.</summary>
public sealed class FunctionsHost : IAsyncDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private readonly HostSettings settings;
    private readonly ILoggerFactory loggers;
    private readonly ILogger logger;
    private readonly HostKeys keys;
    private readonly Webhooks webhooks;
    private readonly CancellationTokenSource stopping = new();
    private readonly TaskCompletionSource<WebJobsHost> jobs = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private FunctionRpcServer rpc = null!;
    private Workers workers = null!;
    private WebApplication app = null!;
    private HttpFunctions http = null!;
    private Task listening = Task.CompletedTask;
    private Task? stopped;
    private IReadOnlyList<FunctionDescription> functions = [];

    private FunctionsHost(FunctionsHostOptions options)
    {
        settings = new HostSettings(options);
        loggers = HostLogging.Create(settings, options.Logging);
        logger = loggers.CreateLogger("Host");
        keys = new HostKeys(settings);
        webhooks = new Webhooks(keys);
    }

    /// <summary>Where the host listens, such as <c>http://127.0.0.1:40123</c>.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>Starts the app's worker and answers HTTP; what listens elsewhere may follow a moment later.</summary>
    /// <exception cref="HostConfigurationException">The folder holds no app that can run.</exception>
    public static async Task<FunctionsHost> StartAsync(FunctionsHostOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var host = new FunctionsHost(options);
        try
        {
            await host.StartAsync(options.Program ?? WorkerProcess.Start, cancellation);
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
        loggers.Dispose();
    }

    private async Task StartAsync(Func<WorkerStart, IWorkerProgram> program, CancellationToken cancellation)
    {
        rpc = await FunctionRpcServer.StartAsync(loggers, cancellation);
        workers = new Workers(settings, rpc, loggers, program);
        functions = await workers.StartAsync(cancellation);
        app = BuildApp();
        await app.StartAsync(cancellation);
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        webhooks.Address = settings.AsksForKeys ? new UriBuilder(Address) { Host = "localhost" }.Uri : Address;
        PrintFunctions();
        logger.LogInformation("Host started. Now listening on: {Address}", Address);
        if (keys.AreAskedFor && settings.Configuration["Host:MasterKey"] is null)
            logger.LogInformation("The master key of this run is {Key}", keys.Master);
        listening = Task.Run(() => StartJobsAsync(stopping.Token), CancellationToken.None);
    }

    private WebApplication BuildApp()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = settings.AppFolder });
        builder.WebHost.UseKestrelCore().UseUrls(settings.Url.ToString().TrimEnd('/')).ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = HttpFunctions.BodyMax;
        });
        builder.Services.AddSingleton(loggers);
        builder.Services.AddRouting().AddHttpForwarder();
        builder.Services.AddSingleton<MatcherPolicy, ServedMethodsPolicy>();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(30));
        var built = builder.Build();
        built.UseRouting();
        http = new HttpFunctions(
            settings, workers, JobsAsync, keys, built.Services.GetRequiredService<IHttpForwarder>(), loggers);
        foreach (var function in functions.Where(one => one is { IsHttp: true, Error: null }))
            http.Map(built, function);
        new AdminRoutes(settings, functions, JobsAsync, keys, loggers).Map(built, Status);
        built.Map("/runtime/webhooks/{extension}/{**rest}", async (HttpContext context, string extension) =>
        {
            if (keys.Refusal(context.Request) is { } refusal)
            {
                context.Response.StatusCode = refusal;
                return;
            }

            await JobsAsync();
            await webhooks.AnswerAsync(context, extension);
        });
        built.MapGet("/", () => Results.Text("<!doctype html><title>Functions</title><p>Your Functions host is up and running.", "text/html"));
        return built;
    }

    // Whoever needs an extension waits a while for it, since storage may be about to come back.
    private Task<WebJobsHost> JobsAsync() =>
        jobs.Task.IsCompletedSuccessfully ? jobs.Task : jobs.Task.WaitAsync(TimeSpan.FromSeconds(20), stopping.Token);

    private JsonObject Status()
    {
        var status = new JsonObject { ["id"] = settings.HostId, ["state"] = "Running", ["version"] = "4.1037.0.0" };
        if (functions.Where(one => one.Error is not null).ToArray() is { Length: > 0 } failed)
            status["errors"] = new JsonArray([.. failed.Select(one => JsonValue.Create($"{one.Name}: {one.Error}"))]);
        return status;
    }

    private void PrintFunctions()
    {
        var prefix = $"{Address.ToString().TrimEnd('/')}/{(settings.RoutePrefix.Length > 0 ? $"{settings.RoutePrefix}/" : "")}";
        var lines = functions.OrderBy(one => !one.IsHttp).ThenBy(one => one.Name, StringComparer.OrdinalIgnoreCase).Select(one => one.IsHttp
            ? $"\t{one.Name}: [{string.Join(',', one.Methods)}] {prefix}{one.Route}"
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
        if (jobs.Task.IsCompletedSuccessfully)
            await (await jobs.Task).StopAsync(Grace);
        jobs.TrySetException(new InvalidOperationException("The host has stopped."));
        _ = jobs.Task.Exception;
        if (workers is not null)
            await workers.StopAsync(Grace);
        if (jobs.Task.IsCompletedSuccessfully)
            await (await jobs.Task).DisposeAsync();
        http?.Dispose();
        if (app is not null)
            await app.DisposeAsync();
        if (rpc is not null)
            await rpc.DisposeAsync();
    }
}
