using Npgsql;

namespace Assay;

/// <summary>The Postgres server that tests make their databases on.</summary>
internal static class TestServer
{
    public static NpgsqlConnectionStringBuilder Administrator { get; } = ConnectionStrings.Parse(
        Environment.GetEnvironmentVariable("ASSAY_DATABASE")
            ?? throw new InvalidOperationException("ASSAY_DATABASE is not set: run ./dev test."));

    public static string? RolePassword { get; } = Environment.GetEnvironmentVariable("ASSAY_ROLE_PASSWORD");

    public static NpgsqlConnectionStringBuilder For(string database) =>
        new(Administrator.ConnectionString) { Database = database };

    /// <summary>Opens a connection that no pool keeps, so that what it locks ends with it.</summary>
    public static async Task<NpgsqlConnection> OpenAsync(string database = "postgres")
    {
        var settings = For(database);
        settings.Pooling = false;
        var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    public static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 120 };
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>A name that no other test, in this process or another, uses.</summary>
    public static string NewDatabaseName() => $"assay_test_{Guid.NewGuid():n}";

    public static async Task DropAsync(string database)
    {
        await using var connection = await OpenAsync();
        await ExecuteAsync(connection, $"drop database if exists {database} with (force)");
    }
}
