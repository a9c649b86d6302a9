using Npgsql;

namespace Assay.Local;

/// <summary>
/// The database of <c>DurableDatabase</c> as the triggers use it: single statements with positional parameters, few
/// connections. The schema is brought up to date before the first statement.
/// </summary>
internal sealed class TriggerDatabase(HostSettings settings) : IAsyncDisposable
{
    private readonly Lazy<NpgsqlDataSource> source = new(() => Create(settings));
    private readonly SemaphoreSlim upgrading = new(1);
    private volatile bool isUpgraded;

    public async Task<T?> FindAsync<T>(
        string sql, object?[] parameters, Func<NpgsqlDataReader, T> read, CancellationToken cancellation)
        where T : class
    {
        var rows = await ListAsync(sql, parameters, read, cancellation);
        return rows.Count == 0 ? null : rows[0];
    }

    public async Task<List<T>> ListAsync<T>(
        string sql, object?[] parameters, Func<NpgsqlDataReader, T> read, CancellationToken cancellation)
    {
        await using var command = await CommandAsync(sql, parameters, cancellation);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellation))
            rows.Add(read(reader));
        return rows;
    }

    /// <summary>The number of rows changed.</summary>
    public async Task<int> ExecuteAsync(string sql, object?[] parameters, CancellationToken cancellation)
    {
        await using var command = await CommandAsync(sql, parameters, cancellation);
        return await command.ExecuteNonQueryAsync(cancellation);
    }

    public async Task<bool> ChangedAsync(string sql, object?[] parameters, CancellationToken cancellation) =>
        await ExecuteAsync(sql, parameters, cancellation) > 0;

    /// <summary>Brings the schema up to date, if that has not been done.</summary>
    public async Task UpgradeAsync(CancellationToken cancellation)
    {
        await upgrading.WaitAsync(cancellation);
        try
        {
            if (!isUpgraded)
                await DurableSchema.UpgradeAsync(source.Value, SchemaFile.Embedded(), cancellation);
            isUpgraded = true;
        }
        finally
        {
            upgrading.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (source.IsValueCreated)
            await source.Value.DisposeAsync();
        upgrading.Dispose();
    }

    private async Task<NpgsqlCommand> CommandAsync(string sql, object?[] parameters, CancellationToken cancellation)
    {
        if (!isUpgraded)
            await UpgradeAsync(cancellation);

        var command = source.Value.CreateCommand(sql);
        foreach (var parameter in parameters)
            command.Parameters.Add(new NpgsqlParameter { Value = parameter ?? DBNull.Value });
        return command;
    }

    private static NpgsqlDataSource Create(HostSettings settings) => NpgsqlDataSource.Create(
        new NpgsqlConnectionStringBuilder(settings.DurableDatabase)
        {
            ApplicationName = "assay-triggers",
            MaxPoolSize = 8,
            // Sessions carry no state from one statement to the next.
            NoResetOnClose = true,
        });
}
