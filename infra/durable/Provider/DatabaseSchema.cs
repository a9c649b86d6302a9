using System.Globalization;
using System.Reflection;
using Npgsql;

namespace Assay.DurableTask.PostgreSql;

/// <summary>
/// Creates and upgrades the schema: runs the files that have not run yet, in order, in one transaction. Safe when
/// several processes start at once. Files never change after they were released.
/// </summary>
internal static class DatabaseSchema
{
    // Any fixed number will do; it is the same in all versions of this library.
    const long AdvisoryLock = 0x6475_7274_6173_6b;

    const string Prefix = "Assay.DurableTask.PostgreSql.Schema.";

    public static async Task UpgradeAsync(Database database, CancellationToken cancellation)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await ExecuteAsync(connection, $"select pg_advisory_xact_lock({AdvisoryLock})", cancellation);
        var version = await VersionAsync(database, connection, cancellation);
        foreach (var name in FileNames())
        {
            var number = int.Parse(name.AsSpan(Prefix.Length, 3), CultureInfo.InvariantCulture);
            if (number <= version)
                continue;
            await ExecuteAsync(connection, database.Sql(await ReadAsync(name, cancellation)), cancellation);
            await using var record = new NpgsqlCommand(
                database.Sql("insert into durable_task.schema_version (version) values ($1)"), connection)
            {
                Parameters = { new() { Value = number } },
            };
            await record.ExecuteNonQueryAsync(cancellation);
        }
        await transaction.CommitAsync(cancellation);
    }

    /// <summary>Whether there is a schema to drop is for the database to know.</summary>
    public static async Task DropAsync(Database database, CancellationToken cancellation)
    {
        await using var command = database.Source.CreateCommand($"drop schema if exists \"{database.Schema}\" cascade");
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>The highest version that has run; 0 when none has, after creating what remembers it.</summary>
    static async Task<int> VersionAsync(Database database, NpgsqlConnection connection, CancellationToken cancellation)
    {
        // The role may own an existing schema without being allowed to create one.
        await using var exists = new NpgsqlCommand("select to_regnamespace($1) is not null", connection)
        {
            Parameters = { new() { Value = $"\"{database.Schema}\"" } },
        };
        if (!(bool)(await exists.ExecuteScalarAsync(cancellation))!)
            await ExecuteAsync(connection, $"create schema \"{database.Schema}\"", cancellation);
        await ExecuteAsync(
            connection,
            database.Sql(
                """
                create table if not exists durable_task.schema_version (
                    version integer primary key,
                    applied_at timestamptz not null default now()
                )
                """),
            cancellation);
        await using var highest = new NpgsqlCommand(
            database.Sql("select coalesce(max(version), 0) from durable_task.schema_version"), connection);
        return (int)(await highest.ExecuteScalarAsync(cancellation))!;
    }

    static IEnumerable<string> FileNames() => Assembly.GetExecutingAssembly().GetManifestResourceNames()
        .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
        .Order(StringComparer.Ordinal);

    static async Task<string> ReadAsync(string name, CancellationToken cancellation)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!);
        return await reader.ReadToEndAsync(cancellation);
    }

    static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
