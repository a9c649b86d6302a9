using Assay.DurableTask.PostgreSql;
using Npgsql;

namespace Assay.Bench;

/// <summary>A database of its own on the server that <c>ASSAY_DATABASE</c> names; dropped afterwards.</summary>
internal sealed class BenchDatabase : IAsyncDisposable
{
    private static readonly string? RolePassword = Environment.GetEnvironmentVariable("ASSAY_ROLE_PASSWORD");

    private readonly NpgsqlConnectionStringBuilder server = ConnectionStrings.Parse(
        Environment.GetEnvironmentVariable("ASSAY_DATABASE")
            ?? throw new InvalidOperationException("ASSAY_DATABASE is not set: run ./dev bench."));

    private readonly string name = $"assay_bench_{Guid.NewGuid():n}";

    private string scopeKey = "";

    private BenchDatabase()
    {
    }

    public string Durable => ConnectionStrings.ForRole(Administrator, "assay_durable", RolePassword);

    public string App => ConnectionStrings.ForRole(Administrator, "assay_app", RolePassword);

    public string Host => server.Host!;

    public int Port => server.Port;

    /// <summary>As Node.js libraries and PostgreSQL's programs take it.</summary>
    public string Url =>
        $"postgresql://{Uri.EscapeDataString(server.Username ?? "postgres")}" +
        (server.Password is { Length: > 0 } password ? $":{Uri.EscapeDataString(password)}" : "") +
        $"@{Uri.EscapeDataString(server.Host!)}:{server.Port}/{name}";

    /// <summary>What the app needs to run on this database.</summary>
    public IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>
    {
        ["Assay__Database"] = App,
        ["Assay__JobDatabase"] = ConnectionStrings.ForRole(Administrator, "assay_job", RolePassword),
        ["Assay__ScopeKey"] = scopeKey,
        ["DurableDatabase"] = Durable,
    };

    private NpgsqlConnectionStringBuilder Administrator => new(server.ConnectionString) { Database = name };

    /// <summary>An empty database, as a peer makes its own tables in.</summary>
    public static async Task<BenchDatabase> CreateAsync()
    {
        var database = new BenchDatabase();
        await database.OnServerAsync($"create database {database.name}");
        return database;
    }

    /// <summary>A database with Assay's roles and tables.</summary>
    public static async Task<BenchDatabase> CreateMigratedAsync()
    {
        var database = new BenchDatabase();
        await DatabaseBootstrap.PrepareAsync(database.Administrator, RolePassword, CancellationToken.None);
        await new Migrator(database.Administrator.ConnectionString, MigrationFile.Embedded)
            .MigrateAsync(CancellationToken.None);
        database.scopeKey = await new ScopeKeys(database.Administrator.ConnectionString)
            .NewestAsync(CancellationToken.None);
        return database;
    }

    /// <summary>A database with Assay's roles and the tables of orchestrations.</summary>
    public static async Task<BenchDatabase> CreateDurableAsync()
    {
        var database = await CreateMigratedAsync();
        await using var service = new PostgreSqlOrchestrationService(new(database.Durable));
        await service.CreateIfNotExistsAsync();
        return database;
    }

    /// <summary>What a connection as the app acts for an organization with, for longer than the app would.</summary>
    public string Prove(Guid organization) =>
        ScopeKey.Parse(scopeKey).Prove(organization, null, "system|||", DateTimeOffset.UtcNow.AddMinutes(9));

    /// <returns>The id of the new organization.</returns>
    public async Task<Guid> AddOrganizationAsync(string slug)
    {
        var id = Guid.CreateVersion7();
        await ValueAsync<object?>(
            $"insert into ops.organization (id, name, slug) values ('{id}', 'Benchmark', '{slug}') returning id");
        return id;
    }

    /// <summary>The connection string of orchestrations by way of another address.</summary>
    public string DurableThrough(string host, int port) =>
        new NpgsqlConnectionStringBuilder(Durable) { Host = host, Port = port }.ConnectionString;

    /// <summary>Statements one by one, as the administrator.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Administrator.ConnectionString);
        await connection.OpenAsync();
        const StringSplitOptions neat = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;
        foreach (var statement in sql.Split(';', neat))
        {
            await using var command = new NpgsqlCommand(statement, connection) { CommandTimeout = 0 };
            await command.ExecuteNonQueryAsync();
        }
    }

    /// <summary>A connection of the administrator.</summary>
    public async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(Administrator.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    /// <summary>The first column of the first row, as the administrator.</summary>
    public async Task<T> ValueAsync<T>(string sql)
    {
        await using var connection = new NpgsqlConnection(Administrator.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await OnServerAsync($"drop database if exists {name} with (force)");
    }

    private async Task OnServerAsync(string sql)
    {
        var settings = new NpgsqlConnectionStringBuilder(server.ConnectionString)
        {
            Database = "postgres",
            Pooling = false,
        };
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
