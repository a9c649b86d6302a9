using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Text;
using System.Text.RegularExpressions;
using Assay.Hosting.Rpc;
using Microsoft.Azure.WebJobs;
using Microsoft.Azure.WebJobs.Extensions.Timers;
using Microsoft.Azure.WebJobs.Host;
using Microsoft.Azure.WebJobs.Host.Config;
using Microsoft.Azure.WebJobs.Host.Timers;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Assay.Hosting;

/// <summary>The WebJobs SDK with the app's extensions: everything that is not HTTP runs by it.</summary>
internal sealed partial class WebJobsHost : IAsyncDisposable
{
    private readonly HostSettings settings;
    private readonly Workers workers;
    private readonly ILogger logger;
    private readonly IHost host;
    private readonly IJobHostMetadataProvider metadata;
    private readonly EmittedFunctions emitted;
    private readonly ConcurrentDictionary<string, Task<string>> clients = new();
    private readonly ConcurrentDictionary<string, Func<Binder, Task>> bindingCalls = new();

    public WebJobsHost(
        HostSettings settings, Workers workers, IReadOnlyList<FunctionDescription> functions, ILoggerFactory loggers,
        Webhooks webhooks)
    {
        this.settings = settings;
        this.workers = workers;
        logger = loggers.CreateLogger("Host");
        var extensions = ExtensionLoader.For(settings.AppFolder);
        var types = new LateTypeLocator();
        host = Build(extensions, types, loggers, webhooks);
        metadata = host.Services.GetRequiredService<IJobHostMetadataProvider>();
        types.Locator = emitted = EmittedFunctions.Create(functions, metadata, extensions, InvokeAsync);
    }

    private JobHost JobHost => (JobHost)host.Services.GetRequiredService<IJobHost>();

    /// <summary>Starts what listens: timers, blobs, orchestrations.</summary>
    public Task StartAsync(CancellationToken cancellation) => host.StartAsync(cancellation);

    /// <summary>Nothing new begins; what runs may end.</summary>
    public async Task StopAsync(TimeSpan grace)
    {
        using var late = new CancellationTokenSource(grace);
        try
        {
            await host.StopAsync(late.Token);
        }
        catch (Exception error)
        {
            // Such as a listener that throws while its storage is away: the rest still has to stop.
            logger.LogWarning("A listener did not stop: {Message}", error.Message);
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await ((IAsyncDisposable)host).DisposeAsync();
        }
        catch (Exception error)
        {
            logger.LogDebug(error, "An extension did not close.");
        }
    }

    /// <summary>Runs a function outside its trigger, as the administration asks for.</summary>
    public Task RunAsync(FunctionDescription function, string? input) => JobHost.CallAsync(
        emitted.Method(function.Name),
        new Dictionary<string, object> { [FunctionDescription.NameOf(function.Trigger!)] = input ?? "" },
        CancellationToken.None);

    /// <summary>Binds what an HTTP function wants beside its request, such as the client of Durable.</summary>
    public async Task BindInputsAsync(
        FunctionDescription function, InvocationRequest request, RouteValueDictionary route,
        CancellationToken cancellation)
    {
        foreach (var binding in function.Inputs)
        {
            object value = FunctionDescription.IsDeferred(binding)
                ? await BindAsync<ParameterBindingData>(WithRouteValues(binding, route), cancellation)
                : FunctionDescription.Is(binding, "durableClient")
                // It says where Durable is, which stays the same.
                ? await clients.GetOrAdd(binding.ToString(), _ => BindAsync<string>(binding, CancellationToken.None))
                : await BindAsync<string>(WithRouteValues(binding, route), cancellation);
            request.AddInput(binding, RpcValues.ToTypedData(value));
        }
    }

    /// <summary>Writes what an invocation of an HTTP function has given out.</summary>
    public Task WriteOutputsAsync(
        FunctionDescription function, InvocationResponse response, CancellationToken cancellation) =>
        WithBinderAsync(binder => WriteAsync(function, response, binder, cancellation), cancellation);

    private IHost Build(
        ExtensionLoader extensions, LateTypeLocator types, ILoggerFactory loggers, Webhooks webhooks) =>
        new HostBuilder()
            .UseContentRoot(settings.AppFolder)
            .ConfigureWebJobs(
                (_, builder) =>
                {
                    builder.AddTimers();
                    // The extension's own monitor does not load beside this version of WebJobs' storage.
                    builder.Services.Replace(ServiceDescriptor.Singleton<ScheduleMonitor, BlobScheduleMonitor>());
                    builder.AddAzureStorageCoreServices();
                    builder.UseHostId(settings.HostId);
                    extensions.AddTo(builder, settings, logger);
                },
                options => options.AllowPartialHostStartup = true)
            .ConfigureAppConfiguration((_, configuration) =>
            {
                configuration.Sources.Clear();
                configuration.AddConfiguration(settings.Configuration);
            })
            .ConfigureServices(services =>
            {
                services.AddSingleton(loggers);
                services.AddSingleton<ITypeLocator>(types);
                services.AddSingleton<IWebHookProvider>(webhooks);
                services.AddSingleton<IWebJobsExceptionHandler>(new LoggedExceptions(logger));
                services.AddOptions<SingletonOptions>().Bind(
                    settings.Configuration.GetSection($"{HostSettings.Section}:singleton"));
                services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(30));
                if (settings.FunctionTimeout is { } timeout)
                    services.Configure<JobHostFunctionTimeoutOptions>(options =>
                    {
                        options.Timeout = timeout;
                        options.ThrowOnTimeout = true;
                    });
            })
            .Build();

    // What every emitted method calls.
    private async Task<object?> InvokeAsync(
        int index, object?[] arguments, Binder binder, CancellationToken cancellation)
    {
        if (index == emitted.Functions.Count)
        {
            await bindingCalls[(string)arguments[0]!](binder);
            return null;
        }

        var function = emitted.Functions[index];
        var (request, span) = Invocations.Start(function, Guid.NewGuid().ToString());
        using var _ = span;
        foreach (var (binding, argument) in function.Inputs.Prepend(function.Trigger!).Zip(arguments))
            request.AddInput(binding, RpcValues.ToTypedData(argument));
        var given = request.InputData.Select(one => one.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        request.AddMetadata(
            binder.BindingData, name => !given.Contains(name) && !(function.IsDurable && name == "data"));

        var worker = await workers.GetAsync(cancellation);
        var response = await worker.InvokeAsync(request, cancellation);
        response.ThrowIfFailed();
        await WriteAsync(function, response, binder, cancellation);
        return RpcValues.FromTypedData(response.ReturnValue);
    }

    private async Task<T> BindAsync<T>(JObject binding, CancellationToken cancellation)
    {
        T value = default!;
        await WithBinderAsync(
            async binder => value = await binder.BindAsync<T>([AttributeOf(binding)], cancellation), cancellation);
        return value;
    }

    private Attribute AttributeOf(JObject binding) => EmittedFunctions.AttributeOf(binding, metadata);

    // WebJobs hands out binders to methods only.
    private async Task WithBinderAsync(Func<Binder, Task> work, CancellationToken cancellation)
    {
        var id = Guid.NewGuid().ToString();
        bindingCalls[id] = work;
        try
        {
            await JobHost.CallAsync(
                emitted.Method(EmittedFunctions.BindingMethod), new Dictionary<string, object> { ["call"] = id },
                cancellation);
        }
        finally
        {
            bindingCalls.TryRemove(id, out _);
        }
    }

    private async Task WriteAsync(
        FunctionDescription function, InvocationResponse response, Binder binder, CancellationToken cancellation)
    {
        foreach (var binding in function.Outputs)
        {
            var name = FunctionDescription.NameOf(binding);
            var value = RpcValues.FromTypedData(name == "$return"
                ? response.ReturnValue : response.OutputData.FirstOrDefault(one => one.Name == name)?.Data);
            if (value is null)
                continue;
            if (FunctionDescription.Is(binding, "blob"))
            {
                await using var stream = await binder.BindAsync<Stream>([AttributeOf(binding)], cancellation);
                await stream.WriteAsync(value as byte[] ?? Encoding.UTF8.GetBytes($"{value}"), cancellation);
                continue;
            }

            var collector = await binder.BindAsync<IAsyncCollector<string>>([AttributeOf(binding)], cancellation);
            foreach (var item in value as JArray ?? [value is JToken token ? token : $"{value}"])
                await collector.AddAsync(
                    item.Type == JTokenType.String ? (string)item! : item.ToString(Formatting.None), cancellation);
            await collector.FlushAsync(cancellation);
        }
    }

    private static JObject WithRouteValues(JObject binding, RouteValueDictionary route)
    {
        var copy = (JObject)binding.DeepClone();
        foreach (var text in copy.Properties().Where(one => one.Value.Type == JTokenType.String).ToList())
            text.Value = Placeholder().Replace(
                (string)text.Value!, match => route[match.Groups[1].Value]?.ToString() ?? match.Value);
        return copy;
    }

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex Placeholder();

    /// <summary>Functions are known only after extensions have said which attributes there are.</summary>
    private sealed class LateTypeLocator : ITypeLocator
    {
        public ITypeLocator? Locator { get; set; }

        public IReadOnlyList<Type> GetTypes() => Locator?.GetTypes() ?? [];
    }

    /// <summary>
    /// An error in a listener or a timed-out function is a line in the log and never the end of the process.
    /// </summary>
    private sealed class LoggedExceptions(ILogger logger) : IWebJobsExceptionHandler
    {
        public void Initialize(JobHost host)
        {
        }

        public Task OnTimeoutExceptionAsync(ExceptionDispatchInfo exceptionInfo, TimeSpan timeoutGracePeriod)
        {
            logger.LogError("{Message}", exceptionInfo.SourceException.Message);
            return Task.CompletedTask;
        }

        public Task OnUnhandledExceptionAsync(ExceptionDispatchInfo exceptionInfo)
        {
            logger.LogError(exceptionInfo.SourceException, "An extension failed in the background.");
            return Task.CompletedTask;
        }
    }
}
