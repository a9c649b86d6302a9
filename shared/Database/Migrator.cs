using Npgsql;

namespace Assay;

/// <summary>A migration as this build and the database know it. <c>AppliedAt</c> is null while it is pending.</summary>
public sealed record MigrationState(int Version, string Label, DateTime? AppliedAt);

/// <summary>
/// Applies and reverts migrations in order, each in a transaction, as <c>assay_owner</c>. One runner at a time: others
/// wait for the advisory lock. A database whose applied migrations differ from this build's is left alone.
/// </summary>
/// <param name="connectionString">Of an administrator who may take the role <c>assay_owner</c>.</param>
/// <param name="report">Told about every step, a line each.</param>
public sealed class Migrator(
    string connectionString, IReadOnlyList<MigrationFile> migrations, Action<string>? report = null)
{
    // Any constant will do, as long as every version of the runner uses the same one.
    private const long LockKey = 0x4173736179; // "Assay"

    private sealed record Applied(int Version, string Name, string Checksum, DateTime AppliedAt)
    {
        public string Label => $"{Version:0000}_{Name}";
    }

    /// <summary>Applies what is pending. Returns how many migrations ran.</summary>
    public Task<int> MigrateAsync(CancellationToken cancellation) => MoveToAsync(migrations.Count, cancellation);

    /// <summary>Reverts the newest migrations. Returns how many were reverted.</summary>
    /// <param name="count">How many, at least 1; more than there are reverts all.</param>
    public Task<int> RollbackAsync(int count, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return RunAsync(applied => Math.Max(0, applied.Count - count), cancellation);
    }

    /// <summary>Applies or reverts until <paramref name="version"/> is the newest; 0 reverts all.</summary>
    public Task<int> MoveToAsync(int version, CancellationToken cancellation)
    {
        if (version < 0 || version > migrations.Count)
            throw new MigrationException(
                $"There is no migration {version:0000}; the newest is {migrations.Count:0000}.");
        return RunAsync(_ => version, cancellation);
    }

    /// <summary>Every migration of this build, in order, with the time at which it was applied.</summary>
    public async Task<IReadOnlyList<MigrationState>> StatusAsync(CancellationToken cancellation)
    {
        await using var connection = await OpenAsync(cancellation);
        var applied = await TableExistsAsync(connection, cancellation)
            ? await ReadAppliedAsync(connection, cancellation)
            : [];
        Verify(applied);
        return [.. migrations.Select((migration, index) =>
            new MigrationState(migration.Version, migration.Label, applied.ElementAtOrDefault(index)?.AppliedAt))];
    }

    private async Task<int> RunAsync(Func<IReadOnlyList<Applied>, int> target, CancellationToken cancellation)
    {
        await using var connection = await OpenAsync(cancellation);
        await LockAsync(connection, cancellation);
        await CreateTableAsync(connection, cancellation);
        var applied = await ReadAppliedAsync(connection, cancellation);
        Verify(applied);

        var version = target(applied);
        for (var next = applied.Count; next < version; next++)
            await ApplyAsync(connection, migrations[next], cancellation);
        for (var last = applied.Count; last > version; last--)
            await RevertAsync(connection, migrations[last - 1], cancellation);

        // Closing would do, a moment later: the server notices by itself.
        await ExecuteAsync(connection, $"select pg_advisory_unlock({LockKey})", cancellation);
        return Math.Abs(version - applied.Count);
    }

    private void Verify(IReadOnlyList<Applied> applied)
    {
        for (var index = 0; index < applied.Count; index++)
        {
            if (index >= migrations.Count || applied[index].Version != migrations[index].Version)
                throw new MigrationException(
                    $"The database has migration {applied[index].Label}, which this build does not know. Use a build "
                    + "at least as new as the one that migrated the database.");
            if (applied[index].Checksum != migrations[index].Checksum || applied[index].Name != migrations[index].Name)
                throw new MigrationException(
                    $"Migration {migrations[index].Label} was edited after it ran as {applied[index].Label}. Restore "
                    + "its files and put the change into a new migration.");
        }
    }

    private Task ApplyAsync(NpgsqlConnection connection, MigrationFile migration, CancellationToken cancellation) =>
        StepAsync(
            connection, $"Applying {migration.Label}", migration.Up,
            new NpgsqlCommand("insert into ops.migration (version, name, checksum) values ($1, $2, $3)")
            {
                Parameters =
                {
                    new() { Value = migration.Version },
                    new() { Value = migration.Name },
                    new() { Value = migration.Checksum },
                },
            },
            cancellation);

    private Task RevertAsync(NpgsqlConnection connection, MigrationFile migration, CancellationToken cancellation) =>
        StepAsync(
            connection, $"Reverting {migration.Label}", migration.Down,
            new NpgsqlCommand("delete from ops.migration where version = $1")
            {
                Parameters = { new() { Value = migration.Version } },
            },
            cancellation);

    private async Task StepAsync(
        NpgsqlConnection connection, string title, string sql, NpgsqlCommand record, CancellationToken cancellation)
    {
        report?.Invoke(title);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        try
        {
            await ExecuteAsync(connection, "set local role assay_owner", cancellation);
            await ExecuteAsync(connection, sql, cancellation);
            record.Connection = connection;
            await record.ExecuteNonQueryAsync(cancellation);
            await transaction.CommitAsync(cancellation);
        }
        catch (PostgresException exception)
        {
            string?[] why = [exception.MessageText, exception.Detail, exception.Hint];
            throw new MigrationException(
                $"{title} failed and was undone: {string.Join(' ', why.OfType<string>())}", exception);
        }
        finally
        {
            await record.DisposeAsync();
        }
    }

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellation)
    {
        // Not pooled: the session holds a lock and a role, which must end with it.
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            Pooling = false,
            CommandTimeout = 0,
            ApplicationName = "assay-migrations",
        };
        var connection = new NpgsqlConnection(settings.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellation);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private async Task LockAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var attempt = new NpgsqlCommand($"select pg_try_advisory_lock({LockKey})", connection);
        if (await attempt.ExecuteScalarAsync(cancellation) is true)
            return;
        report?.Invoke("Waiting for another runner to finish");
        await ExecuteAsync(connection, $"select pg_advisory_lock({LockKey})", cancellation);
    }

    private static Task CreateTableAsync(NpgsqlConnection connection, CancellationToken cancellation) =>
        ExecuteAsync(
            connection,
            """
            set client_min_messages = warning;
            set role assay_owner;
            create schema if not exists ops;
            create table if not exists ops.migration (
                version integer primary key,
                name text not null,
                checksum text not null,
                applied_at timestamptz not null default now()
            );
            reset role;
            """,
            cancellation);

    private static async Task<bool> TableExistsAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("select to_regclass('ops.migration') is not null", connection);
        return await command.ExecuteScalarAsync(cancellation) is true;
    }

    private static async Task<IReadOnlyList<Applied>> ReadAppliedAsync(
        NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            "select version, name, checksum, applied_at from ops.migration order by version", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var applied = new List<Applied>();
        while (await reader.ReadAsync(cancellation))
            applied.Add(new Applied(
                reader.GetInt32(0), reader.GetString(1), reader.GetString(2), reader.GetDateTime(3)));
        return applied;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
