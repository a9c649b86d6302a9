using Microsoft.Azure.WebJobs.Extensions.DurableTask;
using Microsoft.Azure.WebJobs.Host.Scale;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Assay.DurableTask.PostgreSql.AzureFunctions;

/// <summary>
/// What the Durable extension asks for a provider when <c>storageProvider.type</c> is <c>postgresql</c>. All who ask
/// for one database and task hub get the same provider, so that what a client starts is known at once here. Their
/// connections close with the host, which may be started anew in the same process.
/// </summary>
public sealed class PostgreSqlDurabilityProviderFactory : IDurabilityProviderFactory, IAsyncDisposable, IDisposable
{
    readonly DurableTaskOptions extension;
    readonly IConnectionInfoResolver connections;
    readonly ILoggerFactory loggers;
    readonly Dictionary<(string Connection, string Hub), PostgreSqlDurabilityProvider> providers = [];
    bool disposed;

    /// <summary>Called by the host.</summary>
    public PostgreSqlDurabilityProviderFactory(
        IOptions<DurableTaskOptions> options, IConnectionInfoResolver connections, ILoggerFactory loggers)
    {
        ArgumentNullException.ThrowIfNull(options);
        extension = options.Value;
        this.connections = connections;
        this.loggers = loggers;
    }

    /// <inheritdoc />
    public string Name => PostgreSqlDurabilityProvider.ProviderName;

    /// <inheritdoc />
    public DurabilityProvider GetDurabilityProvider() => Provide(null, null);

    /// <inheritdoc />
    public DurabilityProvider GetDurabilityProvider(DurableClientAttribute attribute) =>
        Provide(attribute?.ConnectionName, attribute?.TaskHub);

    /// <inheritdoc />
    public DurabilityProvider GetDurabilityProvider(
        DurableClientAttribute attribute, TriggerMetadata triggerMetadata) =>
        Provide(attribute?.ConnectionName, attribute?.TaskHub);

    /// <summary>There are no entities, and so no queue of theirs.</summary>
    public void SetUseSeparateQueueForEntityWorkItems(bool newValue)
    {
    }

    /// <summary>Called by hosts that dispose of what they hold without waiting.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <summary>Stops what still works and closes every connection. Safe to repeat.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (providers)
        {
            if (disposed)
                return;
            disposed = true;
        }
        foreach (var provider in providers.Values)
            await provider.DisposeAsync();
    }

    PostgreSqlDurabilityProvider Provide(string? connection, string? hub)
    {
        var options = PostgreSqlDurabilityOptions.Read(extension);
        if (!string.IsNullOrEmpty(connection))
            options.ConnectionStringName = connection;
        hub = string.IsNullOrEmpty(hub) ? extension.HubName : hub;
        lock (providers)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            var key = (options.ConnectionStringName, hub);
            if (!providers.TryGetValue(key, out var provider))
            {
                var service = new PostgreSqlOrchestrationService(Settings(options, hub));
                providers[key] = provider = new(service, options);
            }
            return provider;
        }
    }

    PostgreSqlOrchestrationServiceSettings Settings(PostgreSqlDurabilityOptions options, string hub)
    {
        var settings = options.ToSettings(extension, connections, hub, loggers);
        // The extension logs what the orchestration service and the dispatchers may do at once from its own options.
        extension.MaxConcurrentOrchestratorFunctions ??= settings.MaxConcurrentOrchestrations;
        extension.MaxConcurrentActivityFunctions ??= settings.MaxConcurrentActivities;
        return settings;
    }
}
