using System.Reflection;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Assay.Local;

/// <summary>
/// An app running inside a test: its real entry point, its own port, real HTTP. Any number can run in one process at
/// the same time. The app reads no <c>local.settings.json</c>, so that a test sees the same on every machine.
/// </summary>
public sealed class FunctionsTestHost : IAsyncDisposable
{
    private readonly IHost host;
    private readonly Task ended;
    private bool isStopped;

    private FunctionsTestHost(IHost host, Task ended)
    {
        this.host = host;
        this.ended = ended;
        var addresses = host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        Address = new Uri(addresses.Addresses.First());
        Client = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromMinutes(2) };
    }

    /// <summary>Where the app listens, such as <c>http://127.0.0.1:40123</c>.</summary>
    public Uri Address { get; }

    /// <summary>A client whose relative addresses are the app's.</summary>
    public HttpClient Client { get; }

    /// <summary>The app's services; scoped ones need a scope.</summary>
    public IServiceProvider Services => host.Services;

    /// <summary>Runs the entry point of an app's assembly, such as <c>typeof(Program).Assembly</c>.</summary>
    /// <param name="settings">App settings that go before all others; <c>:</c> or <c>__</c> nests.</param>
    /// <param name="overrides">Applied after the app's own registrations.</param>
    /// <exception cref="InvalidOperationException">The app did not start; the inner exception says why.</exception>
    public static Task<FunctionsTestHost> StartAsync(
        Assembly app,
        IReadOnlyDictionary<string, string?> settings,
        Action<IServiceCollection>? overrides = null,
        CancellationToken cancellation = default)
    {
        var entry = app.EntryPoint
            ?? throw new ArgumentException($"{app.GetName().Name} has no entry point.", nameof(app));
        return StartAsync(new InProcessStart(app, null, settings, overrides), () => Run(entry), cancellation);
    }

    /// <summary>Runs an app of some function classes only.</summary>
    /// <param name="configure">What the app's <c>Program.cs</c> would do between creating and building.</param>
    public static Task<FunctionsTestHost> StartAsync(
        IReadOnlyCollection<Type> functionClasses,
        IReadOnlyDictionary<string, string?> settings,
        Action<FunctionsApplicationBuilder>? configure = null,
        CancellationToken cancellation = default)
    {
        var app = functionClasses.Select(type => type.Assembly).FirstOrDefault() ?? typeof(FunctionsTestHost).Assembly;
        return StartAsync(new InProcessStart(app, functionClasses, settings, null), Main, cancellation);

        void Main()
        {
            var builder = FunctionsApplication.CreateBuilder([]);
            builder.ConfigureFunctionsWebApplication();
            configure?.Invoke(builder);
            builder.Build().Run();
        }
    }

    /// <summary>Stops as a signal would: what runs may finish. Safe to repeat.</summary>
    public async Task StopAsync()
    {
        if (isStopped)
            return;
        isStopped = true;
        host.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        await ended;
    }

    /// <summary>Stops, if that has not been done.</summary>
    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await StopAsync();
    }

    private static async Task<FunctionsTestHost> StartAsync(
        InProcessStart start, Action main, CancellationToken cancellation)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        InProcessStart.Current = start;
        // The entry point blocks until the app has stopped, so it gets a thread of its own.
        var thread = new Thread(() => RunToEnd(main, start, ended)) { IsBackground = true, Name = "FunctionsTestHost" };
        thread.Start();
        InProcessStart.Current = null;

        var host = await start.Built.Task.WaitAsync(cancellation);
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = host.Services.GetRequiredService<IHostApplicationLifetime>()
            .ApplicationStarted.Register(started.SetResult);
        var first = await Task.WhenAny(started.Task, ended.Task).WaitAsync(cancellation);
        if (first == ended.Task)
        {
            await ended.Task;
            throw new InvalidOperationException("The app ended before it had started.");
        }

        return new FunctionsTestHost(host, ended.Task);
    }

    private static void RunToEnd(Action main, InProcessStart start, TaskCompletionSource ended)
    {
        try
        {
            main();
            start.Built.TrySetException(new InvalidOperationException("The app's entry point built no host."));
            ended.SetResult();
        }
        catch (Exception error)
        {
            var reported = new InvalidOperationException($"The app did not start or run: {error.Message}", error);
            start.Built.TrySetException(reported);
            ended.SetException(reported);
        }
    }

    private static void Run(MethodInfo entry)
    {
        object?[]? arguments = entry.GetParameters().Length == 0 ? null : [Array.Empty<string>()];
        entry.Invoke(null, BindingFlags.DoNotWrapExceptions, binder: null, arguments, culture: null);
    }
}
