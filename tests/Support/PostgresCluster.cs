using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Assay;

/// <summary>
/// A Postgres server of a test's own, which the test may stop and start. It runs from this machine's server binaries,
/// as the user postgres where the tests run as root.
/// </summary>
internal sealed class PostgresCluster : IAsyncDisposable
{
    private static readonly string? Binaries = FindBinaries();

    private readonly string folder;
    private readonly IReadOnlyDictionary<string, string> environment;

    private PostgresCluster(string folder, int port, IReadOnlyDictionary<string, string> environment)
    {
        this.folder = folder;
        this.environment = environment;
        Port = port;
    }

    public int Port { get; }

    /// <summary>Whether this machine has server binaries, and not only a server somewhere.</summary>
    public static bool CanRun => Binaries is not null;

    /// <summary>The administrator's connection string.</summary>
    public string Administrator => $"Host=127.0.0.1;Port={Port};Username=postgres;Database=assay;Pooling=false";

    /// <summary>A role's connection string; loopback is trusted.</summary>
    public string Login(string role) => $"Host=127.0.0.1;Port={Port};Username={role};Database=assay";

    /// <param name="environment">Of the server; null adds nothing.</param>
    /// <param name="configuration">Lines of <c>postgresql.conf</c>.</param>
    public static async Task<PostgresCluster> StartNewAsync(
        IReadOnlyDictionary<string, string>? environment = null, params string[] configuration)
    {
        var cluster = await InNewFolderAsync(environment);
        await cluster.RunAsServerAsync("initdb", "-D", cluster.folder, "-U", "postgres", "-A", "trust", "-E", "UTF8",
            "--locale=C.UTF-8", "--no-sync");
        await File.AppendAllLinesAsync(Path.Combine(cluster.folder, "postgresql.conf"), configuration);
        await cluster.StartAsync();
        return cluster;
    }

    /// <summary>A second cluster, from a copy of the files of this one; not started yet.</summary>
    public async Task<PostgresCluster> CopyAsync()
    {
        var copy = await InNewFolderAsync(environment);
        await RunAsServerAsync("pg_basebackup", "-h", "127.0.0.1", "-p", $"{Port}", "-U", "postgres",
            "-D", copy.folder, "--checkpoint=fast", "--no-sync");
        return copy;
    }

    /// <summary>Starts a copy, which first goes through the archived changes, as far as is configured.</summary>
    /// <param name="configuration">Lines of <c>postgresql.conf</c>.</param>
    public async Task RecoverAsync(params string[] configuration)
    {
        await File.AppendAllLinesAsync(Path.Combine(folder, "postgresql.conf"), configuration);
        await File.WriteAllTextAsync(Path.Combine(folder, "recovery.signal"), "");
        await StartAsync();
    }

    public Task StartAsync() =>
        RunAsServerAsync("pg_ctl", "-D", folder, "-w", "-l", Path.Combine(folder, "log"),
            "-o", $"-p {Port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=", "start");

    /// <summary>Cuts every session and stops, without waiting for clients to go.</summary>
    /// <param name="mode">"immediate" does not put the files in order, as if the server crashed.</param>
    public Task StopAsync(string mode = "fast") =>
        RunAsServerAsync("pg_ctl", "-D", folder, "-w", "-m", mode, "stop");

    /// <summary>SIGKILL for the server's first process; the others end when they notice.</summary>
    public async Task KillAsync()
    {
        var first = (await File.ReadAllLinesAsync(Path.Combine(folder, "postmaster.pid")))[0];
        await RunAsync("/bin/sh", "-c", $"kill -KILL {first}");
    }

    /// <summary>Starts a server that was killed, as soon as the last process of the old one is gone.</summary>
    public Task RestartAsync() => Eventually.TrueAsync(
        async () =>
        {
            try
            {
                await StartAsync();
                return true;
            }
            catch (InvalidOperationException)
            {
                return false;
            }
        },
        within: null, () => "The killed server does not start again.");

    private static async Task<PostgresCluster> InNewFolderAsync(IReadOnlyDictionary<string, string>? environment)
    {
        // Not below the repository: as root that may lie where the user postgres cannot go.
        var parent = Directory.CreateTempSubdirectory("assay-cluster-").FullName;
        await GiveToServerAsync(parent);
        return new PostgresCluster(
            Path.Combine(parent, "data"), FreePort(), environment ?? new Dictionary<string, string>());
    }

    /// <summary>Lets the server's user write to a folder.</summary>
    public static Task GiveToServerAsync(string path) =>
        Environment.IsPrivilegedProcess ? RunAsync("chown", "postgres", path) : Task.CompletedTask;

    /// <summary>A command that runs as the server's user, where that is another than the test's.</summary>
    public static string[] AsServer(params string[] command) => Environment.IsPrivilegedProcess
        ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--", .. command]
        : command;

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        if (File.Exists(Path.Combine(folder, "postmaster.pid")))
            await RunAsServerAsync("pg_ctl", "-D", folder, "-w", "-m", "immediate", "stop");
        Directory.Delete(Path.GetDirectoryName(folder)!, recursive: true);
    }

    private Task RunAsServerAsync(string binary, params string[] arguments)
    {
        string[] settings = [.. environment.Select(setting => $"{setting.Key}={setting.Value}")];
        return RunAsync("env", [.. settings, .. AsServer([Path.Combine(Binaries!, binary), .. arguments])]);
    }

    private static async Task RunAsync(string file, params string[] arguments)
    {
        // The server outlives pg_ctl and would hold a pipe open, so what it prints goes nowhere.
        var start = new ProcessStartInfo(
            "/bin/sh", ["-c", "exec \"$@\" >/dev/null 2>&1 </dev/null", "sh", file, .. arguments])
        {
            WorkingDirectory = "/",
        };
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException(
                $"{file} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
    }

    private static string? FindBinaries() =>
        new[] { "/usr/lib/postgresql" }
            .Where(Directory.Exists)
            .SelectMany(Directory.GetDirectories)
            .OrderByDescending(version => int.TryParse(Path.GetFileName(version), out var number) ? number : 0)
            .Select(version => Path.Combine(version, "bin"))
            .Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'))
            .FirstOrDefault(
                bin => File.Exists(Path.Combine(bin, "initdb")) && File.Exists(Path.Combine(bin, "postgres")));
}
