using System.Diagnostics;

namespace Assay;

/// <summary>
/// PgBouncer in transaction mode in front of a test's own server, with few sessions for many connections.
/// </summary>
internal sealed class PgBouncer : IAsyncDisposable
{
    private static readonly string? Binary = FindBinary();

    private readonly Process process;
    private readonly string folder;

    private PgBouncer(Process process, string folder, string connectionString) =>
        (this.process, this.folder, ConnectionString) = (process, folder, connectionString);

    /// <summary>Whether this machine has it, and all that it needs.</summary>
    public static bool CanRun => Binary is not null && PostgresCluster.CanRun;

    public string ConnectionString { get; }

    /// <param name="ignoresOptions">Whether it keeps a connection's settings to itself instead of refusing it.</param>
    public static async Task<PgBouncer> StartAsync(PostgresCluster cluster, bool ignoresOptions)
    {
        var folder = Directory.CreateTempSubdirectory("assay-pgbouncer-").FullName;
        await PostgresCluster.GiveToServerAsync(folder);
        // As root the repository may lie where the server's user cannot go.
        File.Copy(Binary!, Path.Combine(folder, "pgbouncer"));
        var (port, settings) = (PostgresCluster.FreePort(), Path.Combine(folder, "pgbouncer.ini"));
        await File.WriteAllTextAsync(settings,
            $"""
            [databases]
            * = host=127.0.0.1 port={cluster.Port} user=postgres
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {port}
            unix_socket_dir =
            auth_type = any
            pool_mode = transaction
            default_pool_size = 3
            max_client_conn = 500
            {(ignoresOptions ? "ignore_startup_parameters = options" : "")}
            """);
        var command = PostgresCluster.AsServer(Path.Combine(folder, "pgbouncer"), "--quiet", settings);
        var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { WorkingDirectory = "/" })!;
        var bouncer = new PgBouncer(
            process, folder, $"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres");
        await Eventually.TrueAsync(bouncer.AnswersAsync, within: null, () => "PgBouncer did not start.");
        return bouncer;
    }

    public async ValueTask DisposeAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            await using var connection = new Npgsql.NpgsqlConnection($"{ConnectionString};Pooling=false");
            await connection.OpenAsync();
            return true;
        }
        catch (Npgsql.NpgsqlException)
        {
            return false;
        }
    }

    private static string? FindBinary()
    {
        var fetched = Environment.GetEnvironmentVariable("ASSAY_PGBOUNCER");
        return ((string?[])[fetched, "/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"])
            .FirstOrDefault(path => path is not null && File.Exists(path) && Starts(path));
    }

    /// <summary>It may lack libraries.</summary>
    private static bool Starts(string path)
    {
        using var process = Process.Start(
            new ProcessStartInfo(path, ["--version"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}

/// <summary>A test that needs a pooler.</summary>
internal sealed class NeedsPgBouncerTheoryAttribute : TheoryAttribute
{
    public NeedsPgBouncerTheoryAttribute() => Skip = PgBouncer.CanRun
        ? null
        : "There is no PgBouncer on this machine, or there are no Postgres server binaries.";
}
