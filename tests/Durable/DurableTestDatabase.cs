using Assay.Local;
using Npgsql;

namespace Assay;

/// <summary>
/// An empty database for the engines of one test class: <c>IClassFixture&lt;DurableTestDatabase&gt;</c>.
/// </summary>
public sealed class DurableTestDatabase : IAsyncLifetime
{
    private readonly string name = TestServer.NewDatabaseName();

    public string ConnectionString { get; private set; } = "";

    public async Task InitializeAsync()
    {
        await using var connection = await TestServer.OpenAsync();
        await TestServer.ExecuteAsync(connection, $"create database {name}");
        ConnectionString = TestServer.For(name).ConnectionString;
    }

    public Task DisposeAsync() => TestServer.DropAsync(name);

    /// <summary>An engine of its own, with its own functions, on this database; not started yet.</summary>
    internal TestEngine NewEngine(string? hub = null, Action<DurableOptions>? configure = null) =>
        new(ConnectionString, hub ?? $"hub{Guid.NewGuid():n}", configure);

    /// <summary>Cuts everybody off and refuses them until it is allowed again.</summary>
    public async Task AllowConnectionsAsync(bool allow)
    {
        await using var connection = await TestServer.OpenAsync();
        await TestServer.ExecuteAsync(connection, $"alter database {name} with allow_connections {allow}");
        if (!allow)
        {
            await TestServer.ExecuteAsync(
                connection, $"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'");
        }
    }

    public async Task<T> ValueAsync<T>(string sql)
    {
        await using var connection = await TestServer.OpenAsync(name);
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var connection = await TestServer.OpenAsync(name);
        await TestServer.ExecuteAsync(connection, sql);
    }
}
