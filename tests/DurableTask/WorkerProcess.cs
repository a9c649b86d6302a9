using System.Collections.Concurrent;
using System.Diagnostics;

namespace Assay.DurableTaskTests;

/// <summary>A worker in a process of its own, for a test to mistreat.</summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    readonly Process process;
    readonly ConcurrentQueue<string> output = new();
    readonly TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    WorkerProcess(Process process)
    {
        this.process = process;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public bool HasExited => process.HasExited;

    public string Output => string.Join('\n', output);

    /// <param name="settings">As <c>name=value</c>.</param>
    public static WorkerProcess Start(string connectionString, params string[] settings)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Assay.DurableTaskWorker.dll"));
        start.ArgumentList.Add(connectionString);
        start.ArgumentList.Add("test");
        foreach (var setting in settings)
            start.ArgumentList.Add(setting);
        // A process that is made to crash leaves no dump behind.
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        return new(Process.Start(start)!);
    }

    public async Task<WorkerProcess> StartedAsync()
    {
        await started.Task.WaitAsync(TestHub.Deadline);
        return this;
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

    public Task ExitAsync() => process.WaitForExitAsync().WaitAsync(TestHub.Deadline);

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            await KillAsync();
        process.Dispose();
    }

    void Keep(string? line)
    {
        if (line is null)
            return;
        if (line == "started")
            started.TrySetResult();
        output.Enqueue(line);
        while (output.Count > 200)
            output.TryDequeue(out _);
    }
}
