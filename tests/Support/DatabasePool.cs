using System.Collections.Concurrent;
using Npgsql;

namespace Assay;

/// <summary>A clone of the template that one test uses at a time, under a name of that test's.</summary>
internal sealed record PooledDatabase(string Name, string ScopeKey, DatabaseOrigin Origin);

/// <summary>
/// Databases that tests have done with. Making one takes half a second of processor, and cleaning one a tenth of that,
/// so the next test is given one of these. A database is renamed when it is taken: what still knows its old name, such
/// as a pool of connections, cannot come back to it.
/// </summary>
internal static class DatabasePool
{
    private const int IdleMax = 16;

    private static readonly string Run = $"assay_test_{Guid.NewGuid():n}"[..19];

    private static readonly ConcurrentBag<PooledDatabase> Idle = [];

    private static readonly Lazy<Task<NpgsqlConnection>> Begun = new(BeginAsync);

    /// <summary>A name that tells whose database it is.</summary>
    public static string NewName() => $"{Run}_{Guid.NewGuid():n}";

    public static async Task<PooledDatabase> TakeAsync(string name)
    {
        while (Idle.TryTake(out var idle))
        {
            if (await TryRenameAsync(idle.Name, name))
                return idle with { Name = name };
            await TestServer.DropAsync(idle.Name);
        }
        return await MakeAsync(name);
    }

    /// <summary>Keeps it for the next test, or drops it where it is no longer as it was made.</summary>
    public static async Task GiveBackAsync(PooledDatabase database)
    {
        if (Idle.Count < IdleMax && await TryCleanAsync(database))
            Idle.Add(database);
        else
            await TestServer.DropAsync(database.Name);
    }

    /// <summary>Makes it as it was when it was new. False where that cannot be.</summary>
    public static async Task<bool> TryCleanAsync(PooledDatabase database)
    {
        try
        {
            await using var connection = await TestServer.OpenAsync(database.Name);
            return await database.Origin.TryRestoreAsync(connection);
        }
        catch (NpgsqlException)
        {
            // Somebody holds locks, or has made it another database: no matter why.
            return false;
        }
    }

    /// <summary>At the end of all tests.</summary>
    public static async Task DropAllAsync()
    {
        while (Idle.TryTake(out var idle))
            await TestServer.DropAsync(idle.Name);
        if (Begun.IsValueCreated)
            await (await Begun.Value).DisposeAsync();
    }

    private static async Task<PooledDatabase> MakeAsync(string name)
    {
        await Begun.Value;
        var template = await TemplateDatabase.NameAsync();
        await using (var server = await TestServer.OpenAsync())
        {
            await TestServer.ExecuteAsync(server, $"create database {name} template {template}");
            await DatabaseBootstrap.GrantAsync(server, name, CancellationToken.None);
        }
        var administrator = new NpgsqlConnectionStringBuilder(TestServer.For(name).ConnectionString)
        {
            Pooling = false,
        };
        var scopeKey = await new ScopeKeys(administrator.ConnectionString).NewestAsync(CancellationToken.None);
        await using var connection = await TestServer.OpenAsync(name);
        return new(name, scopeKey, await DatabaseOrigin.ReadAsync(connection));
    }

    // Tells others by its connection that this run is alive, and drops what runs that were killed have left.
    private static async Task<NpgsqlConnection> BeginAsync()
    {
        var settings = TestServer.For("postgres");
        (settings.Pooling, settings.ApplicationName) = (false, Run);
        var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync();
        var left = new List<string>();
        await using (var query = new NpgsqlCommand(
            """
            select datname from pg_database
            where datname ~ '^assay_test_[0-9a-f]{8}_'
                and left(datname, 19) not in (select application_name from pg_stat_activity)
            """,
            connection))
        await using (var reader = await query.ExecuteReaderAsync())
            while (await reader.ReadAsync())
                left.Add(reader.GetString(0));
        foreach (var name in left)
            await TestServer.DropAsync(name);
        return connection;
    }

    private static async Task<bool> TryRenameAsync(string from, string to)
    {
        try
        {
            await using var server = await TestServer.OpenAsync();
            await TestServer.ExecuteAsync(server, $"alter database {from} rename to {to}");
            return true;
        }
        catch (PostgresException)
        {
            // Somebody is connected.
            return false;
        }
    }
}
