using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Assay.DurableTask.PostgreSql;

/// <summary>How a <see cref="PostgreSqlOrchestrationService"/> works.</summary>
public sealed class PostgreSqlOrchestrationServiceSettings
{
    /// <param name="connectionString">Of the database, for Npgsql. It may lead through PgBouncer.</param>
    public PostgreSqlOrchestrationServiceSettings(string connectionString) => ConnectionString = connectionString;

    /// <summary>Of the database, for Npgsql.</summary>
    public string ConnectionString { get; }

    /// <summary>
    /// For the one connection that listens for notifications; by default <see cref="ConnectionString"/>. Through a
    /// pooler nothing can be heard: then the service polls, unless this leads to the server itself.
    /// </summary>
    public string? ListenConnectionString { get; set; }

    /// <summary>Whether to listen for notifications at all.</summary>
    public bool Notifications { get; set; } = true;

    /// <summary>Instances of one task hub know nothing of those of another.</summary>
    public string TaskHubName { get; set; } = "default";

    /// <summary>The schema that the service creates and keeps up to date: letters, digits and underscores.</summary>
    public string SchemaName { get; set; } = Database.DefaultSchema;

    /// <summary>How long a process may be silent before others take over its work. At least two seconds.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>How often to look for work that nobody announces, while notifications are heard.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The same while they are not heard.</summary>
    public TimeSpan PollIntervalWithoutNotifications { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How many orchestrators run at once in this process.</summary>
    public int MaxConcurrentOrchestrations { get; set; } = 50 * Environment.ProcessorCount;

    /// <summary>How many activities run at once in this process.</summary>
    public int MaxConcurrentActivities { get; set; } = 50 * Environment.ProcessorCount;

    /// <summary>Whether an orchestrator stays in memory between episodes.</summary>
    public bool ExtendedSessions { get; set; }

    /// <summary>How long it stays there with nothing to do.</summary>
    public TimeSpan ExtendedSessionIdleTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>After how many deaths of processes that held it an orchestration or activity fails.</summary>
    public int MaxDeaths { get; set; } = 5;

    /// <summary>After how many dispatches in a row that came to nothing an orchestration or activity fails.</summary>
    public int MaxAbandons { get; set; } = 50;

    /// <summary>How long ended instances are kept; for ever by default.</summary>
    public TimeSpan? Retention { get; set; }

    /// <summary>Where the service logs to.</summary>
    public ILoggerFactory LoggerFactory { get; set; } = NullLoggerFactory.Instance;

    /// <exception cref="ArgumentException">A setting is missing or out of its range.</exception>
    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(ConnectionString);
        ArgumentException.ThrowIfNullOrWhiteSpace(TaskHubName);
        _ = new NpgsqlConnectionStringBuilder(ConnectionString);
        if (!Database.IsName(SchemaName))
            throw new ArgumentException($"The schema name '{SchemaName}' is not of letters, digits and underscores.");
        Require(Lease >= TimeSpan.FromSeconds(2), nameof(Lease), "at least two seconds");
        Require(PollInterval > TimeSpan.Zero, nameof(PollInterval), "positive");
        Require(PollIntervalWithoutNotifications > TimeSpan.Zero, nameof(PollIntervalWithoutNotifications), "positive");
        Require(MaxConcurrentOrchestrations > 0, nameof(MaxConcurrentOrchestrations), "positive");
        Require(MaxConcurrentActivities > 0, nameof(MaxConcurrentActivities), "positive");
        Require(MaxDeaths is > 0 and < 1000, nameof(MaxDeaths), "between 1 and 999");
        Require(MaxAbandons is > 0 and < 1000, nameof(MaxAbandons), "between 1 and 999");
        Require(Retention is null || Retention > TimeSpan.Zero, nameof(Retention), "positive");
    }

    static void Require(bool condition, string name, string expected)
    {
        if (!condition)
            throw new ArgumentException($"The setting {name} has to be {expected}.");
    }
}
