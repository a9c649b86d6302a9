namespace Assay.Local;

/// <summary>
/// How the durable engine runs: <c>extensions.durableTask</c> of <c>host.json</c> and <c>DurableDatabase</c>.
/// </summary>
internal sealed class DurableOptions
{
    /// <summary>Npgsql connection string of a role that may create and own the schema <c>durable</c>.</summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>Instances of one hub are invisible to the engines of another in the same database.</summary>
    public string HubName { get; set; } = "default";

    /// <summary>Activities that this process runs at a time.</summary>
    public int MaxConcurrentActivities { get; set; } = 16;

    /// <summary>Orchestrators whose code this process runs at a time; any number may wait.</summary>
    public int MaxConcurrentOrchestrators { get; set; } = 16;

    /// <summary>How long a process may be silent before others take over its work.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>How often to look for work when nothing was notified; the only way to find it without LISTEN.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Whether to LISTEN for work; a connection through a pooler does not in any case.</summary>
    public bool Notifications { get; set; } = true;

    /// <summary>How long a graceful stop waits for running activities before it cancels them.</summary>
    public TimeSpan StopLimit { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Times that an activity may be running when its process dies before it counts as failed.</summary>
    public int ActivityAttemptsMax { get; set; } = 5;

    /// <summary>Times in a row that an orchestrator may be running when its process dies before it fails.</summary>
    public int TakeoversMax { get; set; } = 5;

    /// <summary>
    /// Characters that an episode or an activity may store at once; PostgreSQL takes a gigabyte, of up to three bytes
    /// each.
    /// </summary>
    public long CommitCharactersMax { get; set; } = 256_000_000;

    /// <summary>Keep waiting orchestrators in memory; when off, each episode replays the history.</summary>
    public bool KeepInMemory { get; set; } = true;

    /// <summary>
    /// Waiting orchestrators kept in memory; beyond it the idlest are given up and replayed when needed.
    /// </summary>
    public int InstancesInMemoryMax { get; set; } = 5_000;

    /// <summary>Says what is wrong with the options, or null.</summary>
    public string? Problem() => this switch
    {
        { ConnectionString: "" } => "The setting DurableDatabase (an Npgsql connection string) is missing.",
        { HubName: "" } => "extensions.durableTask.hubName must not be empty.",
        { MaxConcurrentActivities: < 1 } => "extensions.durableTask.maxConcurrentActivityFunctions must be at least 1.",
        { MaxConcurrentOrchestrators: < 1 } =>
            "extensions.durableTask.maxConcurrentOrchestratorFunctions must be at least 1.",
        { Lease.TotalSeconds: < 1 } => "The lease must be at least one second.",
        _ => null,
    };
}
