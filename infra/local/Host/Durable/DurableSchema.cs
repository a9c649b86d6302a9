using Npgsql;

namespace Assay.Local;

/// <summary>
/// Creates and upgrades the schema <c>durable</c>: runs the files that have not run yet, in order, in one transaction.
/// Safe when several processes start at once.
/// </summary>
internal static class DurableSchema
{
    // Any fixed number will do; it is the same in all versions of this program.
    const long AdvisoryLock = 0x6475_7261_626c_65;

    public static async Task UpgradeAsync(
        NpgsqlDataSource database, IReadOnlyList<SchemaFile> files, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await ExecuteAsync(connection, $"select pg_advisory_xact_lock({AdvisoryLock})", cancellation);

        var version = await VersionAsync(connection, cancellation);
        foreach (var file in files.Where(file => file.Number > version))
        {
            await ExecuteAsync(connection, file.Sql, cancellation);
            await using var record = new NpgsqlCommand(
                "insert into durable.schema_version (version, name) values ($1, $2)", connection)
            {
                Parameters = { new() { Value = file.Number }, new() { Value = file.Name } },
            };
            await record.ExecuteNonQueryAsync(cancellation);
        }
        await transaction.CommitAsync(cancellation);
    }

    /// <summary>The highest version that has run; 0 when none has, after creating what remembers it.</summary>
    static async Task<int> VersionAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        // The role may own an existing schema without being allowed to create one.
        await using var exists = new NpgsqlCommand(
            "select to_regclass('durable.schema_version') is not null", connection);
        if (!(bool)(await exists.ExecuteScalarAsync(cancellation))!)
        {
            await using var schema = new NpgsqlCommand("select to_regnamespace('durable') is not null", connection);
            if (!(bool)(await schema.ExecuteScalarAsync(cancellation))!)
                await ExecuteAsync(connection, "create schema durable", cancellation);
            await ExecuteAsync(
                connection,
                """
                create table durable.schema_version (
                    version integer primary key,
                    name text not null,
                    applied_at timestamptz not null default now()
                )
                """, cancellation);
        }
        await using var highest = new NpgsqlCommand(
            "select coalesce(max(version), 0) from durable.schema_version", connection);
        return (int)(await highest.ExecuteScalarAsync(cancellation))!;
    }

    static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
