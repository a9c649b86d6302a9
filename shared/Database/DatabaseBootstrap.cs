using Npgsql;

namespace Assay;

/// <summary>
/// What must stand before migrations can run, and what they cannot do: roles, the database, the extensions, and rights
/// on the database as a whole. Safe to repeat and to race.
/// </summary>
public static class DatabaseBootstrap
{
    /// <summary>The roles that Assay logs in as. None may create roles or databases or bypass policies.</summary>
    public static IReadOnlyList<string> Roles { get; } = ["assay_owner", "assay_app", "assay_job", "assay_durable"];

    // Owns what identities are proved by. Nobody logs in as it; the app reaches what it owns through its functions.
    private const string IdentityRole = "assay_identity";

    // Advisory locks are per database, so everything that touches the whole server locks in this one.
    private const string MaintenanceDatabase = "postgres";
    private const int MajorVersionMin = 15;

    /// <param name="administrator">A superuser, or a role that may create databases and roles.</param>
    /// <param name="rolePassword">Given to every role when not null; null leaves passwords as they are.</param>
    /// <exception cref="MigrationException">The server is too old or lacks an extension.</exception>
    public static Task PrepareAsync(
        NpgsqlConnectionStringBuilder administrator, string? rolePassword, CancellationToken cancellation) =>
        PrepareAsync(administrator, rolePassword, mustBeNew: false, cancellation);

    /// <summary>
    /// As <see cref="PrepareAsync(NpgsqlConnectionStringBuilder, string?, CancellationToken)"/>, anew.
    /// </summary>
    /// <exception cref="MigrationException">Also when the database exists, which is left alone.</exception>
    public static Task CreateAsync(
        NpgsqlConnectionStringBuilder administrator, string? rolePassword, CancellationToken cancellation) =>
        PrepareAsync(administrator, rolePassword, mustBeNew: true, cancellation);

    private static async Task PrepareAsync(
        NpgsqlConnectionStringBuilder administrator, string? rolePassword, bool mustBeNew,
        CancellationToken cancellation)
    {
        await using (var maintenance = await OpenAsync(administrator, MaintenanceDatabase, cancellation))
        {
            if (maintenance.PostgreSqlVersion.Major < MajorVersionMin)
                throw new MigrationException(
                    $"PostgreSQL {maintenance.PostgreSqlVersion} is too old; {MajorVersionMin} or later is needed.");
            await ServerLock.TakeAsync(maintenance, cancellation);
            await CreateRolesAsync(maintenance, rolePassword, cancellation);
            await CreateDatabaseAsync(maintenance, administrator.Database!, mustBeNew, cancellation);
        }

        await using var connection = await OpenAsync(administrator, administrator.Database!, cancellation);
        await ServerLock.TakeAsync(connection, cancellation);
        await CreateExtensionsAsync(connection, cancellation);
        await GrantAsync(connection, administrator.Database!, cancellation);
    }

    private static async Task CreateRolesAsync(
        NpgsqlConnection connection, string? rolePassword, CancellationToken cancellation)
    {
        foreach (var role in Roles)
        {
            await CreateRoleAsync(connection, role, "login", cancellation);
            if (rolePassword is not null)
                await ExecuteAsync(connection, $"alter role {role} password {Literal(rolePassword)}", cancellation);
        }
        await CreateRoleAsync(connection, IdentityRole, "nologin", cancellation);
        // Migrations change what it owns.
        if (!await IsTrueAsync(
                connection, $"select pg_has_role('assay_owner', '{IdentityRole}', 'member')", cancellation))
            await ExecuteAsync(connection, $"grant {IdentityRole} to assay_owner", cancellation);

        // A superuser may take any role; another administrator must be a member of the owner to run migrations as it.
        if (!await IsTrueAsync(connection, "select pg_has_role(current_user, 'assay_owner', 'member')", cancellation))
            await ExecuteAsync(connection, "grant assay_owner to current_user", cancellation);
    }

    private static async Task CreateRoleAsync(
        NpgsqlConnection connection, string role, string login, CancellationToken cancellation)
    {
        if (!await IsTrueAsync(
                connection, $"select exists (select from pg_roles where rolname = '{role}')", cancellation))
            await ExecuteAsync(
                connection, $"create role {role} {login} nosuperuser nocreatedb nocreaterole nobypassrls",
                cancellation);
    }

    private static async Task CreateDatabaseAsync(
        NpgsqlConnection connection, string database, bool mustBeNew, CancellationToken cancellation)
    {
        var exists = await IsTrueAsync(
            connection, $"select exists (select from pg_database where datname = {Literal(database)})", cancellation);
        if (exists && mustBeNew)
            throw new MigrationException($"There is a database {database} already; it is left alone.");
        if (!exists)
            await ExecuteAsync(
                connection, $"create database {Identifier(database)} encoding 'UTF8' template template0", cancellation);
    }

    // pgcrypto verifies imported bcrypt hashes; btree_gist keeps an entity's versions from overlapping.
    private static async Task CreateExtensionsAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        foreach (var (name, package) in new[]
            {
                ("vector", "no pgvector. Install the package postgresql-NN-pgvector of the server's version, or see "
                    + "README.md."),
                ("pgcrypto", "no pgcrypto. Install the package postgresql-contrib of the server's version."),
                ("btree_gist", "no btree_gist. Install the package postgresql-contrib of the server's version."),
            })
            if (!await IsTrueAsync(connection, $"select exists (select from pg_extension where extname = '{name}')",
                    cancellation))
                await CreateExtensionAsync(connection, name, package, cancellation);
    }

    private static async Task CreateExtensionAsync(
        NpgsqlConnection connection, string name, string package, CancellationToken cancellation)
    {
        try
        {
            await ExecuteAsync(connection, $"create extension {name} with schema public", cancellation);
        }
        catch (PostgresException exception) when (exception.SqlState is "0A000" or "58P01")
        {
            throw new MigrationException($"The server has {package}", exception);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new MigrationException(
                $"The administrator may not create the extension. As a superuser, run \"create extension {name}\" in "
                + "the database once.", exception);
        }
    }

    /// <summary>Rights on the database as a whole, which a clone of it does not inherit.</summary>
    // Temporary tables: under row-level security the app cannot COPY into a table, but into one of these first.
    internal static Task GrantAsync(NpgsqlConnection connection, string database, CancellationToken cancellation) =>
        ExecuteAsync(
            connection,
            $"""
            revoke all on database {Identifier(database)} from public;
            grant connect, create, temporary on database {Identifier(database)} to assay_owner;
            grant connect, temporary on database {Identifier(database)} to assay_app, assay_job;
            grant connect, create on database {Identifier(database)} to assay_durable;
            """,
            cancellation);

    private static async Task<NpgsqlConnection> OpenAsync(
        NpgsqlConnectionStringBuilder administrator, string database, CancellationToken cancellation)
    {
        var settings = new NpgsqlConnectionStringBuilder(administrator.ConnectionString)
        {
            Database = database,
            Pooling = false,
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

    private static async Task<bool> IsTrueAsync(
        NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(cancellation) is true;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellation);
    }

    // Statements about roles and databases take no parameters.
    private static string Identifier(string name) => $"\"{name.Replace("\"", "\"\"")}\"";

    private static string Literal(string text) =>
        text.Contains('\\') ? $"E'{text.Replace("\\", "\\\\").Replace("'", "''")}'" : $"'{text.Replace("'", "''")}'";
}

/// <summary>Keeps apart those who change what all databases of a server share.</summary>
internal static class ServerLock
{
    private const long Key = 0x41737361795376; // "AssaySv"

    /// <summary>Held until the connection, which must not be a pooled one, closes.</summary>
    public static async Task TakeAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand($"select pg_advisory_lock({Key})", connection)
        {
            CommandTimeout = 0,
        };
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
