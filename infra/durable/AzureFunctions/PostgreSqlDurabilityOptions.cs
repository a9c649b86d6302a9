using Microsoft.Azure.WebJobs.Extensions.DurableTask;
using Microsoft.Extensions.Logging;
using Newtonsoft.Json;
using Npgsql;

namespace Assay.DurableTask.PostgreSql.AzureFunctions;

/// <summary><c>extensions.durableTask.storageProvider</c> in <c>host.json</c>.</summary>
internal sealed class PostgreSqlDurabilityOptions
{
    public const string DefaultConnectionStringName = "DurableDatabase";

    /// <summary>The app setting that holds the connection string.</summary>
    [JsonProperty("connectionStringName")]
    public string ConnectionStringName { get; set; } = DefaultConnectionStringName;

    /// <summary>The app setting with a connection string past any pooler, to listen for notifications.</summary>
    [JsonProperty("listenConnectionStringName")]
    public string? ListenConnectionStringName { get; set; }

    [JsonProperty("schemaName")]
    public string? SchemaName { get; set; }

    [JsonProperty("notifications")]
    public bool? Notifications { get; set; }

    [JsonProperty("lease")]
    public TimeSpan? Lease { get; set; }

    [JsonProperty("pollInterval")]
    public TimeSpan? PollInterval { get; set; }

    [JsonProperty("pollIntervalWithoutNotifications")]
    public TimeSpan? PollIntervalWithoutNotifications { get; set; }

    [JsonProperty("maxDeaths")]
    public int? MaxDeaths { get; set; }

    [JsonProperty("maxAbandons")]
    public int? MaxAbandons { get; set; }

    [JsonProperty("retention")]
    public TimeSpan? Retention { get; set; }

    /// <exception cref="InvalidOperationException">A setting has a value that it cannot have.</exception>
    public static PostgreSqlDurabilityOptions Read(DurableTaskOptions extension)
    {
        var options = new PostgreSqlDurabilityOptions();
        try
        {
            JsonConvert.PopulateObject(JsonConvert.SerializeObject(extension.StorageProvider), options);
        }
        catch (JsonException exception)
        {
            throw new InvalidOperationException(
                $"host.json: extensions.durableTask.storageProvider is not understood. {exception.Message}", exception);
        }
        return options;
    }

    /// <exception cref="InvalidOperationException">There is no connection string.</exception>
    public PostgreSqlOrchestrationServiceSettings ToSettings(
        DurableTaskOptions extension, IConnectionInfoResolver connections, string hub, ILoggerFactory loggers)
    {
        var settings = new PostgreSqlOrchestrationServiceSettings(Resolve(connections, ConnectionStringName))
        {
            TaskHubName = hub,
            LoggerFactory = loggers,
            ExtendedSessions = extension.ExtendedSessionsEnabled,
            ExtendedSessionIdleTimeout = TimeSpan.FromSeconds(extension.ExtendedSessionIdleTimeoutInSeconds),
            Retention = Retention,
        };
        if (ListenConnectionStringName is not null)
            settings.ListenConnectionString = Resolve(connections, ListenConnectionStringName);
        settings.SchemaName = SchemaName ?? settings.SchemaName;
        settings.Notifications = Notifications ?? settings.Notifications;
        settings.Lease = Lease ?? settings.Lease;
        settings.PollInterval = PollInterval ?? settings.PollInterval;
        settings.PollIntervalWithoutNotifications =
            PollIntervalWithoutNotifications ?? settings.PollIntervalWithoutNotifications;
        settings.MaxDeaths = MaxDeaths ?? settings.MaxDeaths;
        settings.MaxAbandons = MaxAbandons ?? settings.MaxAbandons;
        settings.MaxConcurrentOrchestrations =
            extension.MaxConcurrentOrchestratorFunctions ?? settings.MaxConcurrentOrchestrations;
        settings.MaxConcurrentActivities = extension.MaxConcurrentActivityFunctions ?? settings.MaxConcurrentActivities;
        return settings;
    }

    static string Resolve(IConnectionInfoResolver connections, string name)
    {
        var value = connections.Resolve(name)?.Value;
        if (string.IsNullOrWhiteSpace(value))
        {
            throw new InvalidOperationException(
                $"The app setting '{name}' is missing: it has to hold the connection string of the PostgreSQL database "
                + "of Durable Functions, such as 'Host=localhost;Database=app;Username=app;Password=…'. Another "
                + "setting can be named in host.json: extensions.durableTask.storageProvider.connectionStringName.");
        }
        try
        {
            _ = new NpgsqlConnectionStringBuilder(value);
            return value;
        }
        catch (ArgumentException exception)
        {
            // Its message may hold a part of the connection string.
            throw new InvalidOperationException(
                $"The app setting '{name}' is no connection string for Npgsql ({exception.GetType().Name}).");
        }
    }
}
