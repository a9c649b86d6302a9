using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Converters;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Assay.Local;

internal static class DurableServices
{
    /// <summary>
    /// Adds the durable engine. The host fills the registered <see cref="DurableFunctions"/> before hosted services
    /// start, binds <c>[DurableClient]</c> from the registered <see cref="DurableTaskClient"/>, and fills
    /// <see cref="DurableWebhookAddress"/> once it listens. A registered <see cref="DataConverter"/> is used for
    /// payloads.
    /// </summary>
    public static IServiceCollection AddDurableEngine(
        this IServiceCollection services, Action<DurableOptions> configure)
    {
        services.AddOptions<DurableOptions>().Configure(configure);
        services.AddSingleton<IValidateOptions<DurableOptions>, DurableOptionsValidation>();
        services.TryAddSingleton<DataConverter>(JsonDataConverter.Default);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<HttpActivity>();
        services.TryAddSingleton(provider =>
        {
            var functions = new DurableFunctions();
            functions.AddActivity(
                TaskOrchestrationContextExtensionMethods.HttpActivity,
                (call, cancellation) => provider.GetRequiredService<HttpActivity>().RunAsync(call, cancellation));
            return functions;
        });
        services.AddSingleton<DurableWebhookAddress>();
        services.AddSingleton<DurableDatabase>();
        services.AddSingleton<Outage>();
        services.AddSingleton<Signal>();
        services.AddSingleton<DatabaseClock>();
        services.AddSingleton<InstanceWaiters>();
        services.AddSingleton<CurrentSession>();
        services.AddSingleton<InstanceStore>();
        services.AddSingleton<InstanceStarts>();
        services.AddSingleton<HistoryStore>();
        services.AddSingleton<InstanceRewind>();
        services.AddSingleton<InstanceHistory>();
        services.AddSingleton<InstanceReports>();
        services.AddMetrics();
        services.AddSingleton<QueueFigures>();
        services.AddSingleton<DurableMeter>();
        services.AddSingleton(provider => new Lease(
            provider.GetRequiredService<IOptions<DurableOptions>>().Value,
            provider.GetRequiredService<DurableDatabase>(), provider.GetRequiredService<DatabaseClock>(),
            provider.GetRequiredService<Outage>(), provider.GetRequiredService<Signal>()));
        services.AddSingleton(Parts);
        services.AddSingleton<DurableTaskClient, DurableClient>();
        services.AddSingleton<DurableEngine>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<DurableEngine>());
        services.AddSingleton<IHostedService, Notifications>();
        return services;
    }

    static EngineParts Parts(IServiceProvider provider) => new(
        provider.GetRequiredService<IOptions<DurableOptions>>().Value, provider.GetRequiredService<DurableFunctions>(),
        provider.GetRequiredService<DurableDatabase>(), provider.GetRequiredService<HistoryStore>(),
        provider.GetRequiredService<DatabaseClock>(), provider.GetRequiredService<Lease>(),
        provider.GetRequiredService<Outage>(), provider.GetRequiredService<Signal>(),
        provider.GetRequiredService<InstanceWaiters>(), provider.GetRequiredService<CurrentSession>(),
        provider.GetRequiredService<DurableMeter>(), provider.GetRequiredService<DataConverter>(),
        provider.GetRequiredService<ILoggerFactory>());
}

internal sealed class DurableOptionsValidation : IValidateOptions<DurableOptions>
{
    public ValidateOptionsResult Validate(string? name, DurableOptions options) =>
        options.Problem() is { } problem ? ValidateOptionsResult.Fail(problem) : ValidateOptionsResult.Success;
}
