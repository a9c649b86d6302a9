using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Assay.Local;

/// <summary>Connects the functions that the host found with the engine that calls them.</summary>
internal static class DurableRegistration
{
    /// <summary>Adds the engine with the figures of <c>extensions.durableTask</c>, if it has a database.</summary>
    public static void AddDurable(this IServiceCollection services, HostSettings settings)
    {
        if (settings.DurableDatabase is not { } database)
            return;

        services.AddSingleton<DataConverter>(provider => new WorkerDataConverter(
            provider.GetRequiredService<IOptions<WorkerOptions>>().Value.Serializer!));
        var section = settings.HostJson.GetSection("extensions:durableTask");
        services.AddDurableEngine(options =>
        {
            options.ConnectionString = database;
            options.HubName = settings.HubName;
            options.MaxConcurrentActivities =
                section.GetValue("maxConcurrentActivityFunctions", options.MaxConcurrentActivities);
            options.MaxConcurrentOrchestrators =
                section.GetValue("maxConcurrentOrchestratorFunctions", options.MaxConcurrentOrchestrators);
            options.StopLimit = settings.DrainLimit - HandOver(settings.DrainLimit);
        });
    }

    /// <summary>
    /// The part of a drain that is kept for giving back what did not end, before the host stops waiting.
    /// </summary>
    private static TimeSpan HandOver(TimeSpan drain) =>
        drain < TimeSpan.FromSeconds(4) ? drain / 2 : TimeSpan.FromSeconds(2);

    /// <summary>Tells the engine every orchestrator and activity.</summary>
    public static void Register(IServiceProvider services)
    {
        if (services.GetService<DurableFunctions>() is not { } engine)
            return;

        services.GetRequiredService<IHostApplicationLifetime>().ApplicationStarted.Register(() => Announce(services));
        var catalog = services.GetRequiredService<FunctionCatalog>();
        var pipeline = services.GetRequiredService<FunctionPipeline>();
        var converter = services.GetRequiredService<DataConverter>();
        foreach (var (function, trigger) in catalog.With<OrchestrationTrigger>().ToArray())
            Add(catalog, function, "orchestration", trigger.Name ?? function.Name, name => engine.AddOrchestrator(
                name, context => OrchestrateAsync(pipeline, function, context)));
        foreach (var (function, trigger) in catalog.With<ActivityTrigger>().ToArray())
            Add(catalog, function, "activity", trigger.Name ?? function.Name, name => engine.AddActivity(
                name, (call, cancellation) => ActAsync(pipeline, converter, function, call, cancellation)));
    }

    /// <summary>An attribute can name an orchestration or activity differently from its function.</summary>
    private static void Add(FunctionCatalog catalog, Function function, string kind, string name, Action<string> add)
    {
        try
        {
            add(name);
        }
        catch (ArgumentException)
        {
            catalog.Fail(function.Name, $"There is another {kind} with the name '{name}'.", stopsServing: true);
        }
    }

    /// <summary>Lets the engine's client say where the management API is, once that is known.</summary>
    private static void Announce(IServiceProvider services)
    {
        var settings = services.GetRequiredService<HostSettings>();
        var addresses = services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>();
        var webhooks = services.GetRequiredService<DurableWebhookAddress>();
        if (addresses?.Addresses.FirstOrDefault() is { } address)
            webhooks.BaseUrl = $"{address.TrimEnd('/')}/runtime/webhooks/durabletask";
        if (settings.EnforcesKeys && settings.App["Host:SystemKey"] is { Length: > 0 } key)
            webhooks.QueryString = $"code={Uri.EscapeDataString(key)}";
    }

    private static Task<object?> OrchestrateAsync(
        FunctionPipeline pipeline, Function function, TaskOrchestrationContext context)
    {
        var reason = $"Orchestration {context.InstanceId}";
        return pipeline.RunAsync(new Invocation(function, context, reason, CancellationToken.None)
        {
            Prepare = invocation => ((OrchestrationContext)context).FunctionContext = invocation,
            BindingData = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase)
            {
                ["instanceId"] = context.InstanceId,
            },
        });
    }

    private static async Task<string?> ActAsync(
        FunctionPipeline pipeline, DataConverter converter, Function function, ActivityCall call,
        CancellationToken cancellation)
    {
        var reason = $"Orchestration {call.InstanceId}";
        var input = new ActivityInput(call.InstanceId, call.Input);
        var result = await pipeline.RunAsync(new Invocation(function, input, reason, cancellation)
        {
            BindingData = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase)
            {
                ["instanceId"] = call.InstanceId,
            },
        });
        return converter.Serialize(result);
    }
}
