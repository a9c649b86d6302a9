using System.Diagnostics;
using Npgsql;

namespace Assay.Faults;

/// <summary>A file system in memory, small enough to be filled; mounting it takes root.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private static readonly Lazy<bool> Mounts = new(() =>
    {
        var folder = Directory.CreateTempSubdirectory("assay-disk-").FullName;
        var mounted = Run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder);
        if (mounted)
            Run("umount", folder);
        Directory.Delete(folder);
        return mounted;
    });

    private readonly string folder;

    private SmallDisk(string folder) => this.folder = folder;

    public static bool CanMount => Environment.IsPrivilegedProcess && Mounts.Value;

    public static async Task<SmallDisk> MountAsync(int megabytes)
    {
        var folder = Directory.CreateTempSubdirectory("assay-disk-").FullName;
        if (!Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", folder))
            throw new InvalidOperationException("The disk could not be mounted.");
        await PostgresCluster.GiveToServerAsync(Directory.CreateDirectory(Path.Combine(folder, "tables")).FullName);
        await PostgresCluster.GiveToServerAsync(folder);
        return new SmallDisk(folder);
    }

    /// <summary>A database whose tables, but not its log, are on this disk; its connection string.</summary>
    public async Task<string> CreateDatabaseAsync(PostgresCluster cluster)
    {
        var settings = new NpgsqlConnectionStringBuilder(cluster.Login("postgres")) { Database = "postgres" };
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync();
        await TestServer.ExecuteAsync(connection, $"create tablespace small location '{folder}/tables'");
        await TestServer.ExecuteAsync(connection, "create database small tablespace small");
        settings.Database = "small";
        return settings.ConnectionString;
    }

    /// <summary>Leaves no room.</summary>
    public void Fill()
    {
        using var ballast = File.Create(Path.Combine(folder, "ballast"), bufferSize: 0);
        try
        {
            while (true)
                ballast.Write(new byte[4096]);
        }
        catch (IOException)
        {
            // It is full.
        }
    }

    /// <summary>Gives back the room that <see cref="Fill"/> took.</summary>
    public void Free() => File.Delete(Path.Combine(folder, "ballast"));

    public ValueTask DisposeAsync()
    {
        // Lazily: of the server that used it a process may just be ending.
        Run("umount", "--lazy", folder);
        Directory.Delete(folder);
        return ValueTask.CompletedTask;
    }

    private static bool Run(string file, params string[] arguments)
    {
        var start = new ProcessStartInfo(
            "/bin/sh", ["-c", "exec \"$@\" >/dev/null 2>&1 </dev/null", "sh", file, .. arguments]);
        using var process = Process.Start(start)!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}

/// <summary>A test that fills a disk.</summary>
internal sealed class NeedsTmpfsFactAttribute : FactAttribute
{
    public NeedsTmpfsFactAttribute() => Skip = (PostgresCluster.CanRun, SmallDisk.CanMount) switch
    {
        (false, _) => "There are no Postgres server binaries on this machine.",
        (_, false) => "A tmpfs may not be mounted here.",
        _ => null,
    };
}
