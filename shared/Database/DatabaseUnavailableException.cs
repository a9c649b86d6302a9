using System.Net.Sockets;
using Npgsql;

namespace Assay;

/// <summary>
/// Postgres could not be reached, is starting or stopping, has no connection free, or did not answer in time. The same
/// call may succeed later; whether this one took effect is not known when it was committing.
/// </summary>
public sealed class DatabaseUnavailableException(Exception inner)
    : Exception("The database is not available at the moment.", inner)
{
    /// <summary>Whether a failure is the database's absence rather than an answer of it.</summary>
    public static bool IsUnavailability(Exception exception) => exception switch
    {
        DatabaseUnavailableException => true,
        // Class 08: connection failures. 53: out of connections, memory or disk. 57P01–57P05: shutting down, starting
        // up, or having cut the session.
        PostgresException { SqlState: var state } =>
            state.StartsWith("08") || state.StartsWith("53") || state.StartsWith("57P0"),
        NpgsqlException { InnerException: IOException or SocketException or TimeoutException } => true,
        NpgsqlException { IsTransient: true } => true,
        _ => false,
    };
}
