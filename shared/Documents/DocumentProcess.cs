using System.Diagnostics;

namespace Assay;

/// <summary>What work on one document may take.</summary>
/// <param name="Time">Of a processor.</param>
internal sealed record WorkBudget(TimeSpan Time, int Megabytes);

/// <summary>Work on a document took more than its budget. The message says of what, for people.</summary>
internal sealed class TooCostlyException(string message) : Exception(message);

/// <summary>The process that did the work ended. The message says how.</summary>
internal sealed class ProcessDiedException(string message, Exception inner) : Exception(message, inner);

/// <summary>
/// A process that runs <see cref="DocumentProgram"/>, for one piece of work at a time. Its heap has a hard limit, and
/// its processor time is watched: libraries that know no limit are held to one. It knows no settings of the app, so
/// neither keys nor the database.
/// </summary>
internal sealed class DocumentProcess : IDisposable
{
    /// <summary>What the runtime takes beside the heap.</summary>
    private const int RuntimeMegabytes = 256;

    /// <summary>A process that waits uses no processor time; it ends after so many times as long.</summary>
    private const int WaitFactor = 5;

    /// <summary>How often use is looked at, and so how far a limit may be overrun.</summary>
    private static readonly TimeSpan WatchInterval = TimeSpan.FromMilliseconds(100);

    private readonly Process process;
    private readonly BufferedStream input;
    private readonly BufferedStream output;
    private string lastError = "";

    private DocumentProcess(Process process, int megabytes)
    {
        this.process = process;
        Megabytes = megabytes;
        input = new(process.StandardInput.BaseStream, DocumentWire.BufferBytes);
        output = new(process.StandardOutput.BaseStream, DocumentWire.BufferBytes);
        process.ErrorDataReceived += (_, line) => lastError = line.Data ?? lastError;
        process.BeginErrorReadLine();
    }

    /// <summary>The limit of its heap.</summary>
    public int Megabytes { get; }

    public int Id => process.Id;

    public long IdleSince { get; set; }

    public static DocumentProcess Start(DocumentProgram program, int megabytes)
    {
        var host = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet"
            ? path
            : "dotnet";
        var start = new ProcessStartInfo(host)
        {
            ArgumentList = { "exec", program.Path, DocumentProgram.Argument },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetDirectoryName(program.Path),
        };
        string[] kept = ["PATH", "HOME", "TMPDIR", "TEMP", "TMP", "SystemRoot", "DOTNET_ROOT", "LD_LIBRARY_PATH"];
        foreach (var name in start.Environment.Keys.Except(kept).ToList())
            start.Environment.Remove(name);
        start.Environment["DOTNET_GCHeapHardLimit"] = $"0x{(long)megabytes << 20:x}";
        start.Environment["DOTNET_gcServer"] = "0";
        start.Environment["DOTNET_gcConcurrent"] = "0";
        // Without it, a process that is killed leaves a socket in the folder of temporary files.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        return new(Process.Start(start)!, megabytes);
    }

    /// <exception cref="TooCostlyException">The work took more than the budget; the process has ended.</exception>
    /// <exception cref="ProcessDiedException">The process ended by itself.</exception>
    public async Task<T> RunAsync<T>(
        DocumentRequest request, Func<BinaryReader, T> read, WorkBudget budget, CancellationToken cancellation)
    {
        using var kill = cancellation.Register(Kill);
        var exchange = Task.Factory.StartNew(
            () => Exchange(request, read), CancellationToken.None, TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        var overrun = await WatchAsync(exchange, budget);
        try
        {
            return await exchange;
        }
        catch (OutOfMemoryException)
        {
            throw new TooCostlyException($"It takes more than {budget.Megabytes} MB of memory.");
        }
        catch (IOException ended)
        {
            cancellation.ThrowIfCancellationRequested();
            if (overrun is not null)
                throw new TooCostlyException(overrun);

            Kill();
            await process.WaitForExitAsync(CancellationToken.None);
            throw new ProcessDiedException($"The process ended with {process.ExitCode}. {lastError}".Trim(), ended);
        }
    }

    public void Dispose()
    {
        Kill();
        process.Dispose();
    }

    private T Exchange<T>(DocumentRequest request, Func<BinaryReader, T> read)
    {
        var writer = new BinaryWriter(input);
        request.Write(writer);
        writer.Flush();
        return DocumentWire.ReadAnswer(new BinaryReader(output), read);
    }

    /// <summary>Kills the process when it takes too much, and says of what; null when the work ended before.</summary>
    private async Task<string?> WatchAsync(Task exchange, WorkBudget budget)
    {
        var watch = Stopwatch.StartNew();
        TimeSpan? before = null;
        while (await Task.WhenAny(exchange, Task.Delay(WatchInterval)) != exchange)
        {
            try
            {
                process.Refresh();
                var used = process.TotalProcessorTime;
                // The first look comes late by an interval, which is in the work's favor.
                before ??= used;
                if (Overrun(budget, used - before.Value, watch.Elapsed) is not { } overrun)
                    continue;

                Kill();
                return overrun;
            }
            catch (InvalidOperationException)
            {
                // It has ended.
                return null;
            }
        }

        return null;
    }

    private string? Overrun(WorkBudget budget, TimeSpan used, TimeSpan elapsed) =>
        used > budget.Time || elapsed > WaitFactor * budget.Time
            ? $"It takes more than {budget.Time.TotalSeconds} s of processor time."
            : process.WorkingSet64 >> 20 > budget.Megabytes + RuntimeMegabytes
                ? $"It takes more than {budget.Megabytes} MB of memory."
                : null;

    private void Kill()
    {
        try
        {
            process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended.
        }
    }
}
