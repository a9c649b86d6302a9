using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using Assay.Hosting.Rpc;
using Microsoft.Azure.WebJobs;
using Microsoft.Azure.WebJobs.Extensions.Timers;
using Microsoft.Azure.WebJobs.Host;
using Microsoft.Azure.WebJobs.Host.Config;
using Microsoft.Azure.WebJobs.Host.Timers;
using Microsoft.Extensions.DependencyInjection.Extensions;
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
    private readonly ConcurrentDictionary<string, Task<object?>> clients = new();
    private readonly ConcurrentDictionary<string, BindingCall> bindingCalls = new();

    public WebJobsHost(
        HostSettings settings, Workers workers, IReadOnlyList<FunctionDescription> functions, ILoggerFactory loggers, Webhooks webhooks)
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
            if (host is IAsyncDisposable disposable)
                await disposable.DisposeAsync();
        }
        catch (Exception error)
        {
            logger.LogDebug(error, "An extension did not close.");
        }
    }

    /// <summary>Runs a function outside its trigger, as the administration asks for.</summary>
    public Task RunAsync(FunctionDescription function, string? input) =>
        JobHost.CallAsync(
            emitted.Method(function.Name),
            new Dictionary<string, object> { [FunctionDescription.NameOf(function.Trigger!)] = input ?? "" },
            CancellationToken.None);

    /// <summary>Binds what an HTTP function wants beside its request, such as the client of Durable.</summary>
    public async Task BindInputsAsync(
        FunctionDescription function, InvocationRequest request, Func<string, string?> routeValue, CancellationToken cancellation)
    {
        foreach (var binding in function.Inputs)
        {
            var value = string.Equals(FunctionDescription.TypeOf(binding), "durableClient", StringComparison.OrdinalIgnoreCase)
                // It says where Durable is, which stays the same.
                ? await clients.GetOrAdd(binding.ToString(), static (_, of) => of.self.BindAsync(of.binding, CancellationToken.None), (self: this, binding))
                : await BindAsync(WithRouteValues(binding, routeValue), cancellation);
            request.InputData.Add(new Rpc.ParameterBinding
            {
                Name = FunctionDescription.NameOf(binding), Data = RpcValues.ToTypedData(value),
            });
        }
    }

    /// <summary>Writes what an invocation has given out.</summary>
    public Task WriteOutputsAsync(FunctionDescription function, InvocationResponse response, CancellationToken cancellation) =>
        function.Outputs.Any()
            ? CallBindingAsync(new BindingCall(binder => WriteAsync(function, response, binder, cancellation)), cancellation)
            : Task.CompletedTask;

    private IHost Build(ExtensionLoader extensions, LateTypeLocator types, ILoggerFactory loggers, Webhooks webhooks) =>
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
                    extensions.AddTo(builder, new WebJobsBuilderContext
                    {
                        ApplicationRootPath = settings.AppFolder, Configuration = settings.Configuration, EnvironmentName = "Development",
                    }, logger);
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
                services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(30));
                if (settings.FunctionTimeout is { } timeout)
                    services.Configure<JobHostFunctionTimeoutOptions>(options =>
                    {
                        options.Timeout = timeout;
                        options.ThrowOnTimeout = true;
                    });
            })
            .Build();

    private async Task<object?> InvokeAsync(int index, object?[] arguments, Binder binder, CancellationToken cancellation)
    {
        if (index == emitted.Functions.Count)
        {
            await bindingCalls[(string)arguments[0]!].RunAsync(binder);
            return null;
        }

        var function = emitted.Functions[index];
        var (request, span) = Invocations.Start(function, Guid.NewGuid().ToString());
        using var _ = span;
        var names = function.Inputs.Prepend(function.Trigger!).Select(FunctionDescription.NameOf).ToArray();
        for (var i = 0; i < names.Length; i++)
            request.InputData.Add(new Rpc.ParameterBinding { Name = names[i], Data = RpcValues.ToTypedData(arguments[i]) });
        request.AddMetadata(binder.BindingData, name => !names.Contains(name, StringComparer.OrdinalIgnoreCase) && !(function.IsDurable && name == "data"));

        var worker = await workers.GetAsync(cancellation);
        var response = await worker.InvokeAsync(request, cancellation);
        response.ThrowIfFailed();
        if (function.Outputs.Any())
            await WriteAsync(function, response, binder, cancellation);
        return RpcValues.FromTypedData(response.ReturnValue);
    }

    private async Task<object?> BindAsync(JObject binding, CancellationToken cancellation)
    {
        object? value = null;
        var type = FunctionDescription.IsDeferred(binding) ? typeof(ParameterBindingData) : typeof(string);
        await CallBindingAsync(
            new BindingCall(async binder => value = await BindAsync(binder, binding, type, cancellation)), cancellation);
        return value;
    }

    private async Task<object?> BindAsync(Binder binder, JObject binding, Type type, CancellationToken cancellation)
    {
        Attribute[] attributes = [EmittedFunctions.AttributeOf(binding, metadata)];
        if (type == typeof(string))
            return await binder.BindAsync<string>(attributes, cancellation);
        return type == typeof(ParameterBindingData)
            ? await binder.BindAsync<ParameterBindingData>(attributes, cancellation)
            : await binder.BindAsync<Stream>(attributes, cancellation);
    }

    private async Task CallBindingAsync(BindingCall call, CancellationToken cancellation)
    {
        var id = Guid.NewGuid().ToString();
        bindingCalls[id] = call;
        try
        {
            await JobHost.CallAsync(
                emitted.Method(EmittedFunctions.BindingMethod), new Dictionary<string, object> { ["call"] = id }, cancellation);
        }
        finally
        {
            bindingCalls.TryRemove(id, out _);
        }
    }

    private async Task WriteAsync(FunctionDescription function, InvocationResponse response, Binder binder, CancellationToken cancellation)
    {
        foreach (var binding in function.Outputs)
        {
            var name = FunctionDescription.NameOf(binding);
            var value = RpcValues.FromTypedData(
                name == "$return" ? response.ReturnValue : response.OutputData.FirstOrDefault(one => one.Name == name)?.Data);
            if (value is null)
                continue;
            if (string.Equals(FunctionDescription.TypeOf(binding), "blob", StringComparison.OrdinalIgnoreCase))
            {
                await using var stream = (Stream)(await BindAsync(binder, binding, typeof(Stream), cancellation))!;
                await stream.WriteAsync(value as byte[] ?? System.Text.Encoding.UTF8.GetBytes($"{value}"), cancellation);
                continue;
            }

            var collector = await binder.BindAsync<IAsyncCollector<string>>([EmittedFunctions.AttributeOf(binding, metadata)], cancellation);
            foreach (var item in value as JArray ?? [.. new object[] { value }.Select(one => (JToken)new JValue($"{one}"))])
                await collector.AddAsync(item.Type == JTokenType.String ? (string)item! : item.ToString(Newtonsoft.Json.Formatting.None), cancellation);
            await collector.FlushAsync(cancellation);
        }
    }

    private static JObject WithRouteValues(JObject binding, Func<string, string?> routeValue)
    {
        var copy = (JObject)binding.DeepClone();
        foreach (var text in copy.Properties().Where(one => one.Value.Type == JTokenType.String).ToList())
            text.Value = Placeholder().Replace((string)text.Value!, match => routeValue(match.Groups[1].Value) ?? match.Value);
        return copy;
    }

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex Placeholder();

    /// <summary>Work to do within a method that has a binder.</summary>
    private sealed class BindingCall(Func<Binder, Task> work)
    {
        public Task RunAsync(Binder binder) => work(binder);
    }

    /// <summary>Functions are known only after extensions have said which attributes there are.</summary>
    private sealed class LateTypeLocator : ITypeLocator
    {
        public ITypeLocator? Locator { get; set; }

        public IReadOnlyList<Type> GetTypes() => Locator?.GetTypes() ?? [];
    }

    /// <summary>An error in a listener or a timed-out function is a line in the log and never the end of the process.</summary>
    private sealed class LoggedExceptions(ILogger logger) : IWebJobsExceptionHandler
    {
        public void Initialize(JobHost host)
        {
        }

        public Task OnTimeoutExceptionAsync(System.Runtime.ExceptionServices.ExceptionDispatchInfo exceptionInfo, TimeSpan timeoutGracePeriod)
        {
            logger.LogError("{Message}", exceptionInfo.SourceException.Message);
            return Task.CompletedTask;
        }

        public Task OnUnhandledExceptionAsync(System.Runtime.ExceptionServices.ExceptionDispatchInfo exceptionInfo)
        {
            logger.LogError(exceptionInfo.SourceException, "An extension failed in the background.");
            return Task.CompletedTask;
        }
    }
}
