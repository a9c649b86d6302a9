using Microsoft.Extensions.Options;
using Npgsql;

namespace Assay.Local;

/// <summary>
/// The engine's connections to its database. Prepared statements, settings of a session and LISTEN make them fast, but
/// a pooler that gives every transaction another session (PgBouncer's transaction mode) has none of them. So
/// connections do without until the database itself confirms a setting that was sent with the connection, which a
/// pooler refuses or keeps to itself.
/// </summary>
internal sealed class DurableDatabase : IAsyncDisposable
{
    readonly NpgsqlDataSource direct;
    readonly NpgsqlDataSource throughPooler;
    readonly TaskCompletionSource<bool> isDirect = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public DurableDatabase(IOptions<DurableOptions> options)
    {
        var text = new NpgsqlConnectionStringBuilder(options.Value.ConnectionString)
        {
            // Sessions carry no state from one use to the next.
            NoResetOnClose = true,
        };
        text.ApplicationName ??= "assay durable";
        throughPooler = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(text.ConnectionString)
        {
            MaxAutoPrepare = 0,
        });

        // Statements are few and the same.
        if (!text.ContainsKey("Max Auto Prepare"))
            text.MaxAutoPrepare = 100;
        // Plans are made while the tables are still empty and live on while they fill: they must use the indexes.
        text.Options = "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off "
            + $"{text.Options} -c durable.direct=yes";
        direct = NpgsqlDataSource.Create(text);
        ListenerConnectionString = new NpgsqlConnectionStringBuilder(text.ConnectionString)
        {
            Pooling = false, KeepAlive = 10, MaxAutoPrepare = 0,
        }.ConnectionString;
    }

    public NpgsqlDataSource Source => isDirect.Task is { IsCompletedSuccessfully: true, Result: true }
        ? direct
        : throughPooler;

    /// <summary>Whether there is no pooler between; ends once <see cref="ConnectAsync"/> has found out.</summary>
    public Task<bool> IsDirect => isDirect.Task;

    /// <summary>For the one connection that stays open to listen.</summary>
    public string ListenerConnectionString { get; }

    /// <summary>Connects for the first time, and finds out whether to a pooler.</summary>
    public async Task ConnectAsync(CancellationToken cancellation)
    {
        try
        {
            await using var ask = direct.CreateCommand("select current_setting('durable.direct', true)");
            isDirect.TrySetResult(await ask.ExecuteScalarAsync(cancellation) is "yes");
        }
        catch (PostgresException refusal) when (refusal.SqlState == PostgresErrorCodes.ProtocolViolation)
        {
            isDirect.TrySetResult(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await direct.DisposeAsync();
        await throughPooler.DisposeAsync();
    }
}
