using System.Data;
using System.Security.Cryptography;
using Npgsql;

namespace Assay;

/// <summary>
/// Copies a database into a file, and such a file into a new database, and compares the two row by row. What belongs to
/// the server (roles, their passwords) is not in it: a restoration makes it as migrating does.
/// </summary>
/// <param name="administrator">A superuser, since row-level security hides rows from everybody else.</param>
/// <param name="tool">Finds pg_dump or pg_restore for a server of a major version.</param>
public sealed class DatabaseBackup(
    NpgsqlConnectionStringBuilder administrator,
    Func<string, int, CancellationToken, Task<PostgresTool>> tool)
{
    /// <summary>Writes FILE and FILE.json; neither may be there. Others go on using the database.</summary>
    /// <exception cref="BackupException">It cannot be made; nothing is left of it.</exception>
    public async Task<BackupManifest> TakeAsync(string file, CancellationToken cancellation)
    {
        foreach (var path in new[] { file, BackupManifest.PathFor(file) })
        {
            if (File.Exists(path))
                throw new BackupException($"{path} is there already.");
        }
        await using var connection = await OpenAsync(administrator.Database!, cancellation);
        await using var transaction = await connection.BeginTransactionAsync(
            IsolationLevel.RepeatableRead, cancellation);
        await using var export = new NpgsqlCommand("select pg_export_snapshot()", connection);
        var snapshot = (string)(await export.ExecuteScalarAsync(cancellation))!;
        var dump = await tool("pg_dump", connection.PostgreSqlVersion.Major, cancellation);

        var unfinished = $"{file}.unfinished";
        try
        {
            var takenAt = DateTime.UtcNow;
            // Both at a time, and both see what there was when the snapshot was taken.
            var dumping = DumpAsync(dump, snapshot, unfinished, cancellation);
            var reading = DatabaseContent.ReadAsync(connection, cancellation);
            await Task.WhenAll(dumping, reading);
            var (bytes, hash) = await dumping;
            var manifest = new BackupManifest(
                administrator.Database!, takenAt, dump.Version, bytes, hash, await reading);
            await manifest.WriteAsync(file, cancellation);
            File.Move(unfinished, file);
            return manifest;
        }
        catch
        {
            File.Delete(BackupManifest.PathFor(file));
            throw;
        }
        finally
        {
            File.Delete(unfinished);
        }
    }

    /// <summary>Makes a new database from a backup, and compares it with what was backed up.</summary>
    /// <param name="rolePassword">As in <see cref="DatabaseBootstrap.PrepareAsync"/>.</param>
    /// <exception cref="BackupException">
    /// The file is not whole, or it could not be restored, and there is no new database; or the two differ.
    /// </exception>
    /// <exception cref="MigrationException">There is a database of that name.</exception>
    public async Task<BackupManifest> RestoreAsync(
        string file, string database, string? rolePassword, CancellationToken cancellation)
    {
        var manifest = await BackupManifest.ReadAsync(file, cancellation);
        PostgresTool restore;
        await using (var server = await OpenAsync("postgres", cancellation))
        {
            var version = Math.Max(server.PostgreSqlVersion.Major, manifest.Tool);
            restore = await tool("pg_restore", version, cancellation);
        }
        var target = For(database);
        await DatabaseBootstrap.CreateAsync(target, rolePassword, cancellation);
        try
        {
            await using var dump = File.OpenRead(file);
            // Version 0.8.0 of pgvector builds indexes wrongly with several workers. Materialized views are filled as
            // their owner, whom row-level security lets see everything, but only while it is not switched off.
            await restore.RunAsync(
                target,
                [
                    "--exit-on-error", "--no-password", "--enable-row-security",
                    "--dbname", PostgresTool.Target(target, "-c max_parallel_maintenance_workers=0"),
                ],
                dump, Stream.Null, cancellation);
        }
        catch
        {
            await DropAsync(database);
            throw;
        }
        await CheckAsync(manifest, database, cancellation);
        await ExecuteAsync(database, "analyze", cancellation);
        return manifest;
    }

    /// <exception cref="BackupException">The database is not as it was backed up; each table is named.</exception>
    public async Task CheckAsync(BackupManifest manifest, string database, CancellationToken cancellation)
    {
        await using var connection = await OpenAsync(database, cancellation);
        await using var transaction = await connection.BeginTransactionAsync(
            IsolationLevel.RepeatableRead, cancellation);
        var now = await DatabaseContent.ReadAsync(connection, cancellation);
        if (now.DifferencesFrom(manifest.Content) is { Count: > 0 } differences)
            throw new BackupException(
                $"The database {database} is not as it was backed up:\n  {string.Join("\n  ", differences)}");
    }

    private async Task<(long Bytes, string Hash)> DumpAsync(
        PostgresTool dump, string snapshot, string path, CancellationToken cancellation)
    {
        // For its owner's eyes only: it holds what row-level security keeps apart.
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using var file = new FileStream(path, options);
        using var sha = SHA256.Create();
        await using var hashing = new CryptoStream(file, sha, CryptoStreamMode.Write, leaveOpen: true);
        await dump.RunAsync(
            administrator,
            [
                "--format=custom", "--no-password", $"--snapshot={snapshot}",
                "--dbname", PostgresTool.Target(administrator),
            ],
            Stream.Null, hashing, cancellation);
        await hashing.FlushFinalBlockAsync(cancellation);
        file.Flush(flushToDisk: true);
        return (file.Length, Convert.ToHexStringLower(sha.Hash!));
    }

    private NpgsqlConnectionStringBuilder For(string database) => new(administrator.ConnectionString)
    {
        Database = database, Pooling = false, CommandTimeout = 0, ApplicationName = "assay-backup",
    };

    private async Task<NpgsqlConnection> OpenAsync(string database, CancellationToken cancellation)
    {
        var connection = new NpgsqlConnection(For(database).ConnectionString);
        try
        {
            await connection.OpenAsync(cancellation);
            await using var role = new NpgsqlCommand(
                "select rolsuper from pg_roles where rolname = current_user", connection);
            if (await role.ExecuteScalarAsync(cancellation) is not true)
                throw new BackupException(
                    $"Row-level security hides rows from {administrator.Username}: a superuser must do this.");
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private Task DropAsync(string database) => ExecuteAsync(
        "postgres", $"drop database \"{database.Replace("\"", "\"\"")}\" with (force)", CancellationToken.None);

    private async Task ExecuteAsync(string database, string sql, CancellationToken cancellation)
    {
        await using var connection = await OpenAsync(database, cancellation);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
