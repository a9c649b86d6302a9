using System.Diagnostics;

namespace Assay.Faults;

/// <summary>The wall clock of processes that a test starts, to set forward and back while they run.</summary>
internal sealed class SettableClock : IDisposable
{
    private static readonly Lazy<string?> Library = new(Compile);

    private readonly string file = Path.Combine(Path.GetDirectoryName(Library.Value)!, $"{Guid.NewGuid():n}");

    public SettableClock() => Set(TimeSpan.Zero);

    /// <summary>Whether there is a C compiler, and the result can be loaded.</summary>
    public static bool CanRun => Library.Value is not null;

    /// <summary>For the processes whose clock this is.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>
    {
        ["LD_PRELOAD"] = Library.Value!,
        ["ASSAY_CLOCK"] = file,
    };

    /// <summary>Sets the clock so much off the true time.</summary>
    public void Set(TimeSpan off)
    {
        // In place: the processes have it mapped.
        using var seconds = File.OpenHandle(file, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
        RandomAccess.Write(seconds, BitConverter.GetBytes((long)off.TotalSeconds), fileOffset: 0);
    }

    public void Dispose() => File.Delete(file);

    private static string? Compile()
    {
        // Open to the user of the database server, too.
        var folder = Directory.CreateTempSubdirectory("assay-clock-").FullName;
        var library = Path.Combine(folder, "clock.so");
        const string compile =
            "chmod 755 \"${1%/*}\" && cc -shared -fPIC -O1 -o \"$1\" \"$2\" -ldl && LD_PRELOAD=\"$1\" /bin/true";
        using var process = Process.Start(new ProcessStartInfo(
            "/bin/sh",
            ["-c", $"({compile}) >/dev/null 2>&1", "sh", library, Path.Combine(AppContext.BaseDirectory, "clock.c")]))!;
        process.WaitForExit();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        return process.ExitCode == 0 ? library : null;
    }
}

/// <summary>A test that sets clocks.</summary>
internal sealed class NeedsSettableClockFactAttribute : FactAttribute
{
    public NeedsSettableClockFactAttribute() => Skip = (PostgresCluster.CanRun, SettableClock.CanRun) switch
    {
        (false, _) => "There are no Postgres server binaries on this machine.",
        (_, false) => "Setting a process's clock takes Linux and a C compiler.",
        _ => null,
    };
}
