using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;
using Assay.Hosting;

namespace Assay.Faults;

/// <summary>A host of the app in <c>tests/Faults/App</c>, and its worker, processes for a test to mistreat.</summary>
internal sealed class HostProcess : IAsyncDisposable
{
    private static readonly string AppFolder = typeof(Workflows).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(one => one.Key == "FunctionAppFolder").Value!;

    private readonly Process process;
    private readonly ConcurrentQueue<string> output = new();

    private HostProcess(Process process)
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

    /// <summary>The last lines that both wrote.</summary>
    public string Output => string.Join('\n', output);

    /// <summary>The process of the worker, or null while there is none.</summary>
    public int? WorkerId =>
        Children().Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var id, ..] ? int.Parse(id) : null;

    /// <summary>Returns at once; the host appears in <c>durable_task.worker</c> once it works.</summary>
    public static HostProcess Start(IReadOnlyDictionary<string, string> settings)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList =
            {
                typeof(FunctionsHost).Assembly.Location, "--app", AppFolder, "--urls", "http://127.0.0.1:0",
            },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        // A process that is made to crash leaves no dump behind.
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        return new HostProcess(Process.Start(start)!);
    }

    /// <summary>SIGKILL for the host: no handler runs, nothing is flushed. Its worker ends with it.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>SIGKILL for the worker, if there is one at the moment; the host starts another.</summary>
    public async Task KillWorkerAsync()
    {
        if (WorkerId is { } worker)
            await ShellAsync($"kill -KILL {worker}");
    }

    /// <summary>Sends a signal to the host: STOP, CONT, TERM.</summary>
    public Task SignalAsync(string signal) => ShellAsync($"kill -{signal} {process.Id}");

    public Task ExitAsync() => process.WaitForExitAsync();

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            await KillAsync();
        process.Dispose();
    }

    // A process is a child of the thread that started it.
    private string Children() => string.Join(
        ' ', Directory.EnumerateDirectories($"/proc/{process.Id}/task").Select(thread =>
        {
            try
            {
                return File.ReadAllText($"{thread}/children");
            }
            catch (IOException)
            {
                // The thread has ended.
                return "";
            }
        }));

    // The shell's own kill: a small system has no program of that name.
    private static async Task ShellAsync(string command)
    {
        using var shell = Process.Start("/bin/sh", ["-c", command]);
        await shell.WaitForExitAsync();
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
