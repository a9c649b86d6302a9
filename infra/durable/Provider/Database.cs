using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Assay.DurableTask.PostgreSql;

/// <summary>
/// The connections of a service, and its statements, which name the schema <c>durable_task</c> whatever it is called.
/// Each statement stands for itself, so that any pooler may be between; where none is, what is sent often is prepared.
/// </summary>
internal sealed partial class Database : IAsyncDisposable
{
    public const string DefaultSchema = "durable_task";

    static readonly TimeSpan shortestWait = TimeSpan.FromMilliseconds(50);
    static readonly TimeSpan longestWait = TimeSpan.FromSeconds(2);

    readonly ConcurrentDictionary<string, string> statements = new(ReferenceEqualityComparer.Instance as
        IEqualityComparer<string>);
    readonly string schema;
    readonly ILogger logger;
    volatile bool prepares;
    volatile bool mayPrepare = true;

    public Database(PostgreSqlOrchestrationServiceSettings settings)
    {
        schema = settings.SchemaName;
        logger = settings.LoggerFactory.CreateLogger(typeof(PostgreSqlOrchestrationService).FullName!);
        var builder = new NpgsqlConnectionStringBuilder(settings.ConnectionString)
        {
            // A reset sends statements that a pooler in transaction mode would give to anyone.
            NoResetOnClose = true,
        };
        if (string.IsNullOrEmpty(builder.ApplicationName))
            builder.ApplicationName = "durable-task";
        Source = NpgsqlDataSource.Create(builder);
    }

    public NpgsqlDataSource Source { get; }

    public string Schema => schema;

    /// <summary>Names that need no quotes in SQL, apart from their case.</summary>
    public static bool IsName(string name) => Name().IsMatch(name);

    public string Sql(string text) => schema == DefaultSchema
        ? text
        : statements.GetOrAdd(text, static (text, schema) =>
            text.Replace($"{DefaultSchema}.", $"\"{schema}\".", StringComparison.Ordinal), schema);

    public NpgsqlBatchCommand Command(string text, params ReadOnlySpan<object?> values)
    {
        var command = new NpgsqlBatchCommand(Sql(text));
        foreach (var value in values)
            command.Parameters.Add(value as NpgsqlParameter ?? new NpgsqlParameter { Value = value ?? DBNull.Value });
        return command;
    }

    /// <summary>What was notified on one connection was heard on another: they lead to sessions of their own.</summary>
    public void LeadsToSessions() => prepares = mayPrepare;

    /// <summary>Saves the server from planning what this connection has sent before.</summary>
    public Task PrepareAsync(NpgsqlBatch batch, CancellationToken cancellation = default) =>
        prepares ? batch.PrepareAsync(cancellation) : Task.CompletedTask;

    /// <summary>
    /// Whether there is a pooler after all, and another session behind the connection: nothing was done.
    /// </summary>
    public bool StopsPreparing(Exception exception)
    {
        if (!IsUnprepared(exception))
            return false;
        (prepares, mayPrepare) = (false, false);
        return true;
    }

    /// <summary>Tries again while the database is away or refuses connections.</summary>
    public async Task<T> RetryAsync<T>(Func<CancellationToken, Task<T>> action, CancellationToken cancellation)
    {
        for (var wait = shortestWait; ; wait = wait * 2 < longestWait ? wait * 2 : longestWait)
        {
            try
            {
                return await action(cancellation);
            }
            catch (Exception exception) when (IsOutage(exception))
            {
                StopsPreparing(exception);
                logger.LogWarning(exception, "The database cannot be reached; trying again in {Wait}.", wait);
                await Task.Delay(wait, cancellation);
            }
        }
    }

    public static bool IsOutage(Exception exception) => exception switch
    {
        // Connection, resources, operator intervention, system; deadlock, serialization, read-only after a failover.
        PostgresException postgres => postgres.SqlState[..2] is "08" or "53" or "57" or "58" or "40"
            || postgres.SqlState == PostgresErrorCodes.ReadOnlySqlTransaction || IsUnprepared(postgres),
        NpgsqlException => true,
        System.IO.IOException or System.Net.Sockets.SocketException or TimeoutException => true,
        _ => false,
    };

    static bool IsUnprepared(Exception exception) => exception is PostgresException
    {
        SqlState: PostgresErrorCodes.InvalidSqlStatementName or PostgresErrorCodes.DuplicatePreparedStatement,
    };

    /// <summary>What was to be written cannot be stored, at any try.</summary>
    public static bool IsAboutData(Exception exception) => exception switch
    {
        PostgresException postgres => postgres.SqlState[..2] is "22" or "23" or "54",
        ArgumentException or OutOfMemoryException or OverflowException => true,
        _ => false,
    };

    public ValueTask DisposeAsync() => Source.DisposeAsync();

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]{0,62}$")]
    private static partial Regex Name();
}
