using Npgsql;

namespace Assay;

/// <summary>A name for a database that the test itself creates and migrates; dropped in the end.</summary>
internal sealed class ScratchDatabase : IAsyncDisposable
{
    public string Name { get; } = TestServer.NewDatabaseName();

    public NpgsqlConnectionStringBuilder Administrator => TestServer.For(Name);

    public Task PrepareAsync() =>
        DatabaseBootstrap.PrepareAsync(Administrator, TestServer.RolePassword, CancellationToken.None);

    public Migrator NewMigrator(IReadOnlyList<MigrationFile> migrations, Action<string>? report = null) =>
        new(Administrator.ConnectionString, migrations, report);

    /// <summary>The first column of every row.</summary>
    public async Task<IReadOnlyList<string>> ListAsync(string sql)
    {
        await using var connection = await TestServer.OpenAsync(Name);
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var values = new List<string>();
        while (await reader.ReadAsync())
            values.Add(reader.GetString(0));
        return values;
    }

    public async ValueTask DisposeAsync() => await TestServer.DropAsync(Name);
}
