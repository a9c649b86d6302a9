using Microsoft.Extensions.Options;
using Npgsql;

namespace Assay.Local;

/// <summary>The engine's connections to its database.</summary>
internal sealed class DurableDatabase : IAsyncDisposable
{
    public DurableDatabase(IOptions<DurableOptions> options)
    {
        var text = new NpgsqlConnectionStringBuilder(options.Value.ConnectionString);
        text.ApplicationName ??= "assay durable";
        // Statements are few and the same; sessions carry no state from one to the next.
        if (!text.ContainsKey("Max Auto Prepare"))
            text.MaxAutoPrepare = 100;
        text.NoResetOnClose = true;
        // Plans are made while the tables are still empty and live on while they fill: they must use the indexes.
        text.Options ??= "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off";
        Source = NpgsqlDataSource.Create(text.ConnectionString);

        var listener = new NpgsqlConnectionStringBuilder(text.ConnectionString)
        {
            Pooling = false, KeepAlive = 10, MaxAutoPrepare = 0,
        };
        ListenerConnectionString = listener.ConnectionString;
    }

    public NpgsqlDataSource Source { get; }

    /// <summary>For the one connection that stays open to listen.</summary>
    public string ListenerConnectionString { get; }

    public ValueTask DisposeAsync() => Source.DisposeAsync();
}
