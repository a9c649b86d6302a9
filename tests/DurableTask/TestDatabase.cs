using Npgsql;

namespace Assay.DurableTaskTests;

/// <summary>A database of a test's own.</summary>
internal sealed class TestDatabase : IAsyncDisposable
{
    static readonly Lazy<Task<string>> administrator = new(FindAsync);

    TestDatabase(string name, string connectionString) => (Name, ConnectionString) = (name, connectionString);

    public string Name { get; }

    public string ConnectionString { get; }

    public static async Task<TestDatabase> CreateAsync(string? server = null)
    {
        var settings = new NpgsqlConnectionStringBuilder(server ?? await administrator.Value)
        {
            Database = "postgres", Pooling = false,
        };
        var name = $"durable_task_test_{Guid.NewGuid():n}";
        await ExecuteAsync(settings.ConnectionString, $"create database {name}");
        settings.Database = name;
        settings.Pooling = true;
        return new(name, settings.ConnectionString);
    }

    public Task ExecuteAsync(string sql) => ExecuteAsync(ConnectionString, sql);

    public async Task<T> GetAsync<T>(string sql)
    {
        await using var connection = await OpenAsync(ConnectionString);
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>What the provider's own check finds wrong; nothing, if all is well.</summary>
    public Task<string> ProblemsAsync(string schema = "durable_task") => GetAsync<string>(
        $"""
        select coalesce(string_agg(problem || ': ' || coalesce(instance_id, '?'), ', '), '') from {schema}.integrity()
        """);

    public async ValueTask DisposeAsync()
    {
        var settings = new NpgsqlConnectionStringBuilder(ConnectionString) { Database = "postgres" };
        await ExecuteAsync(settings.ConnectionString, $"drop database if exists {Name} with (force)");
    }

    static async Task<NpgsqlConnection> OpenAsync(string connectionString)
    {
        var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = await OpenAsync(connectionString);
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 120 };
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The server that is there for tests, or one of this process's own.</summary>
    static async Task<string> FindAsync()
    {
        var given = Environment.GetEnvironmentVariable("ASSAY_DATABASE");
        if (given?.Contains('=', StringComparison.Ordinal) == true && !given.Contains("://", StringComparison.Ordinal))
            return given;
        var cluster = await PostgresCluster.StartNewAsync(null, "max_connections = 300");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => cluster.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return cluster.Login("postgres");
    }
}
