using System.Reflection;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Assay.Hosting;

/// <summary>
/// An app inside a test: its real entry point on a thread of its own, under the real host, over the real protocol and
/// real HTTP. Any number can run in one process at the same time. The app reads no <c>local.settings.json</c>, so that
/// a test sees the same on every machine.
/// </summary>
public sealed class FunctionsTestHost : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(1);

    private readonly FunctionsHost host;
    private readonly InProcessWorker worker;

    private FunctionsTestHost(FunctionsHost host, InProcessWorker worker)
    {
        this.host = host;
        this.worker = worker;
        Client = new HttpClient { BaseAddress = host.Address, Timeout = TimeSpan.FromMinutes(2) };
    }

    /// <summary>Where the app listens, such as <c>http://127.0.0.1:40123</c>.</summary>
    public Uri Address => host.Address;

    /// <summary>A client whose relative addresses are the app's.</summary>
    public HttpClient Client { get; }

    /// <summary>The app's services; scoped ones need a scope.</summary>
    public IServiceProvider Services => worker.Services;

    /// <summary>Runs the entry point of an app's assembly, such as <c>typeof(Program).Assembly</c>.</summary>
    /// <param name="settings">App settings that go before all others; <c>:</c> or <c>__</c> nests.</param>
    /// <param name="overrides">Applied after the app's own registrations.</param>
    /// <param name="logging">Where the host's own log goes; nowhere when null.</param>
    /// <exception cref="InvalidOperationException">The app did not start; the inner exception says why.</exception>
    public static Task<FunctionsTestHost> StartAsync(
        Assembly app,
        IReadOnlyDictionary<string, string?> settings,
        Action<IServiceCollection>? overrides = null,
        Action<ILoggingBuilder>? logging = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(app);
        var entry = app.EntryPoint
            ?? throw new ArgumentException($"{app.GetName().Name} has no entry point.", nameof(app));
        return StartAsync(
            new InProcessApp(app, arguments => Run(entry, arguments), null, overrides),
            settings, logging, cancellation);
    }

    /// <summary>
    /// Runs an app of some function classes only. Their project has to reference Microsoft.Azure.Functions.Worker.Sdk,
    /// whose source generators find the functions.
    /// </summary>
    /// <param name="configure">What the app's <c>Program.cs</c> would do between creating and building.</param>
    public static Task<FunctionsTestHost> StartAsync(
        IReadOnlyCollection<Type> functionClasses,
        IReadOnlyDictionary<string, string?> settings,
        Action<FunctionsApplicationBuilder>? configure = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(functionClasses);
        return StartAsync(
            new InProcessApp(functionClasses.First().Assembly, Main, functionClasses, null), settings, null,
            cancellation);

        void Main(string[] arguments)
        {
            var builder = FunctionsApplication.CreateBuilder(arguments);
            builder.ConfigureFunctionsWebApplication();
            configure?.Invoke(builder);
            builder.Build().Run();
        }
    }

    /// <summary>Stops as a signal would: what runs may finish. Safe to repeat.</summary>
    public Task StopAsync() => host.StopAsync();

    /// <summary>Stops, if that has not been done.</summary>
    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await host.DisposeAsync();
    }

    internal static async Task<FunctionsTestHost> StartAsync(
        InProcessApp app, IReadOnlyDictionary<string, string?> settings, Action<ILoggingBuilder>? logging,
        CancellationToken cancellation)
    {
        InProcessWorker? worker = null;
        // Hosts of different tests share neither timers nor locks, unless a test wants them to.
        var all = new Dictionary<string, string?>
        {
            ["AzureFunctionsWebHost__hostid"] = $"test{Guid.NewGuid():n}"[..32],
        };
        foreach (var (name, value) in settings)
            all[name] = value;
        try
        {
            var host = await FunctionsHost.StartAsync(
                new FunctionsHostOptions
                {
                    AppFolder = app.Folder,
                    Url = "http://127.0.0.1:0",
                    Settings = all,
                    ReadsLocalSettings = false,
                    Logging = logging ?? (_ => { }),
                    Program = start => worker = InProcessWorker.Start(app, start, all),
                },
                cancellation);
            var test = new FunctionsTestHost(host, worker!);
            try
            {
                await host.ListeningAsync(cancellation).WaitAsync(StartTimeout, cancellation);
                return test;
            }
            catch
            {
                await test.DisposeAsync();
                throw;
            }
        }
        catch (HostConfigurationException error)
        {
            throw new InvalidOperationException(
                $"The app did not start: {error.Message}", error.InnerException ?? error);
        }
    }

    private static void Run(MethodInfo entry, string[] arguments) => entry.Invoke(
        null, BindingFlags.DoNotWrapExceptions, binder: null,
        entry.GetParameters().Length == 0 ? null : [arguments], culture: null);
}
