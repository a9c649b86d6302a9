using System.Collections.Concurrent;
using System.Diagnostics;

namespace Assay;

/// <summary>A durable engine in a process of its own (<c>tests/FaultWorker</c>), for a test to mistreat.</summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly ConcurrentQueue<string> output = new();

    private WorkerProcess(Process process)
    {
        this.process = process;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Id => process.Id;

    public bool HasExited => process.HasExited;

    public int ExitCode => process.ExitCode;

    /// <summary>The last lines that the process wrote.</summary>
    public string Output => string.Join('\n', output);

    /// <summary>Returns at once; the worker appears in <c>durable.worker</c> once it works.</summary>
    /// <param name="options">Of the engine, as <c>Name=value</c>.</param>
    public static WorkerProcess Start(
        IEnumerable<string> options, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Assay.FaultWorker.dll"));
        foreach (var option in options)
            start.ArgumentList.Add($"--{option}");
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        // A process that is made to crash leaves no dump behind.
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        return new WorkerProcess(Process.Start(start)!);
    }

    /// <summary>SIGKILL: no handler runs, nothing is flushed, connections just drop.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>Sends a signal: STOP, CONT, TERM.</summary>
    public async Task SignalAsync(string signal)
    {
        // The shell's own kill: a small system has no program of that name.
        using var kill = Process.Start("/bin/sh", ["-c", $"kill -{signal} {process.Id}"]);
        await kill.WaitForExitAsync();
    }

    public Task ExitAsync() => process.WaitForExitAsync();

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            await KillAsync();
        process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is null)
            return;
        output.Enqueue(line);
        while (output.Count > 200)
            output.TryDequeue(out _);
    }
}
