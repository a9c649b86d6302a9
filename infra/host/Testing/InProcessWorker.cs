using System.Collections.Immutable;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Assay.Hosting;

/// <summary>What runs as a worker in this process.</summary>
/// <param name="Assembly">Where its functions are.</param>
/// <param name="Main">Its entry point.</param>
/// <param name="Classes">The only classes whose functions count, or null.</param>
/// <param name="Overrides">Applied after the app's own registrations.</param>
internal sealed record InProcessApp(
    Assembly Assembly, Action<string[]> Main, IReadOnlyCollection<Type>? Classes, Action<IServiceCollection>? Overrides)
{
    /// <summary>Where the app says that it was built (a test may refer to several), or beside its assembly.</summary>
    public string Folder
    {
        get
        {
            var beside = Path.GetDirectoryName(Assembly.Location)!;
            var built = Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
                .FirstOrDefault(one => one.Key == "FunctionAppFolder")?.Value;
            return Directory.Exists(built) ? built : beside;
        }
    }
}

/// <summary>
/// A worker on a thread of this process. Its settings are its own: they are arguments of its entry point, never
/// variables of the process.
/// </summary>
internal sealed class InProcessWorker : IWorkerProgram
{
    // The worker's library asks the process for its entry assembly and its environment while an app is being built.
    private static readonly SemaphoreSlim Building = new(1);
    private static readonly AsyncLocal<InProcessWorker?> Current = new();
    private static readonly IDisposable Subscription = DiagnosticListener.AllListeners.Subscribe(new Listeners());

    private readonly InProcessApp app;
    private readonly Socket socket;
    private readonly TaskCompletionSource<string> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource built = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IHost? host;

    private InProcessWorker(InProcessApp app)
    {
        this.app = app;
        // Bound here and handed to the worker's web server, so that no two workers can want the same port.
        socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
    }

    public Task<string> Ended => ended.Task;

    public IServiceProvider Services =>
        host?.Services ?? throw new InvalidOperationException("The app has not been built.");

    public static InProcessWorker Start(
        InProcessApp app, WorkerStart start, IReadOnlyDictionary<string, string?> settings)
    {
        GC.KeepAlive(Subscription);
        var worker = new InProcessWorker(app);
        string[] arguments = [
            "--hostBuilder:reloadConfigOnChange=false",
            .. settings.Where(one => one.Value is not null).Select(one => $"--{Nested(one.Key)}={one.Value}"),
            $"--Functions:Worker:HostEndpoint={start.HostAddress}", $"--Functions:Worker:WorkerId={start.WorkerId}",
            $"--Functions:Worker:RequestId={start.WorkerId}",
            $"--Functions:Worker:GrpcMaxMessageLength={FunctionRpcServer.MessageLengthMax}"];
        Building.Wait();
        var entry = Assembly.GetEntryAssembly();
        var hidden = Hide(settings);
        try
        {
            Assembly.SetEntryAssembly(app.Assembly);
            Environment.SetEnvironmentVariable(
                "FUNCTIONS_APPLICATION_DIRECTORY", Path.GetDirectoryName(app.Assembly.Location));
            Current.Value = worker;
            // The entry point blocks until the app has stopped, so it gets a thread of its own.
            new Thread(() => worker.Run(arguments)) { IsBackground = true, Name = "Functions worker" }.Start();
            Task.WaitAny(worker.built.Task, worker.ended.Task);
        }
        finally
        {
            Current.Value = null;
            Assembly.SetEntryAssembly(entry);
            foreach (var (name, value) in hidden)
                Environment.SetEnvironmentVariable(name, value);
            Building.Release();
        }

        return worker;
    }

    /// <summary>Asks the app to stop: a thread cannot be ended from outside.</summary>
    public void Kill() => host?.Services.GetService<IHostApplicationLifetime>()?.StopApplication();

    public void Dispose()
    {
        if (!ended.Task.IsCompleted)
            Kill();
        socket.Dispose();
    }

    private static string Nested(string name) => name.Replace("__", ":", StringComparison.Ordinal);

    // The worker's library puts the environment before the arguments.
    private static List<(string Name, string? Value)> Hide(IReadOnlyDictionary<string, string?> settings)
    {
        List<(string, string?)> hidden = [];
        foreach (var (setting, wanted) in settings)
        {
            var name = Nested(setting).Replace(":", "__", StringComparison.Ordinal);
            if (Environment.GetEnvironmentVariable(name) is { } value && value != wanted)
            {
                hidden.Add((name, value));
                Environment.SetEnvironmentVariable(name, null);
            }
        }

        return hidden;
    }

    private void Run(string[] arguments)
    {
        try
        {
            app.Main(arguments);
            ended.TrySetResult("its entry point returned");
        }
        catch (Exception error)
        {
            ended.TrySetException(new HostConfigurationException(error.Message, error));
        }
    }

    private void Configure(IHostBuilder builder) => builder.ConfigureServices((_, services) =>
    {
        var port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        // One process has one address in the worker's library, however many workers there are.
        services.PostConfigure<WorkerOptions>(worker => worker.Capabilities["HttpUri"] = $"http://127.0.0.1:{port}/");
        services.PostConfigure<KestrelServerOptions>(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        services.Configure<SocketTransportOptions>(transport => transport.CreateBoundListenSocket = _ => socket);
        services.AddSingleton<IHostLifetime, TestLifetime>();
        if (app.Classes is { } classes)
            Keep(services, [.. classes.Select(one => one.FullName!)]);
        app.Overrides?.Invoke(services);
    });

    private static void Keep(IServiceCollection services, IReadOnlyList<string> classes)
    {
        var all = services.Last(one => one.ServiceType == typeof(IFunctionMetadataProvider));
        services.AddSingleton<IFunctionMetadataProvider>(provider => new SomeFunctions(
            (IFunctionMetadataProvider)(all.ImplementationInstance ?? all.ImplementationFactory?.Invoke(provider)
                ?? ActivatorUtilities.CreateInstance(provider, all.ImplementationType!)),
            classes));
    }

    private sealed class SomeFunctions(IFunctionMetadataProvider all, IReadOnlyList<string> classes)
        : IFunctionMetadataProvider
    {
        public async Task<ImmutableArray<IFunctionMetadata>> GetFunctionMetadataAsync(string directory) =>
            [.. (await all.GetFunctionMetadataAsync(directory)).Where(function => classes.Any(
                type => Path.GetFileNameWithoutExtension(function.EntryPoint) == type.Replace('+', '.')))];
    }

    /// <summary>Signals are the test process's own.</summary>
    private sealed class TestLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class Listeners : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
    {
        public void OnNext(DiagnosticListener value)
        {
            if (value.Name == "Microsoft.Extensions.Hosting")
                value.Subscribe(this);
        }

        public void OnNext(KeyValuePair<string, object?> value)
        {
            if (Current.Value is not { } worker)
                return;
            if (value is { Key: "HostBuilding", Value: IHostBuilder builder })
                worker.Configure(builder);
            if (value is { Key: "HostBuilt", Value: IHost host } && worker.host is null)
            {
                worker.host = host;
                worker.built.TrySetResult();
            }
        }

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }
    }
}
