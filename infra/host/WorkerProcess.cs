using System.Diagnostics;
using System.Text.Json;

namespace Assay.Hosting;

/// <summary>With what a worker is started.</summary>
internal sealed record WorkerStart(HostSettings Settings, Uri HostAddress, string WorkerId, ILogger Logger)
{
    public IReadOnlyList<string> Arguments { get; } = [
        "--host", HostAddress.Host, "--port", $"{HostAddress.Port}", "--workerId", WorkerId, "--requestId", WorkerId,
        "--grpcMaxMessageLength", $"{FunctionRpcServer.MessageLengthMax}",
        "--functions-uri", $"{HostAddress}", "--functions-worker-id", WorkerId, "--functions-request-id", WorkerId,
        "--functions-grpc-max-message-length", $"{FunctionRpcServer.MessageLengthMax}"];
}

/// <summary>A running worker.</summary>
internal interface IWorkerProgram : IDisposable
{
    /// <summary>Completes, with a word on how, when the worker has ended.</summary>
    Task<string> Ended { get; }

    /// <summary>Ends the worker at once.</summary>
    void Kill();
}

/// <summary>The program that the app's <c>worker.config.json</c> names, as a process.</summary>
internal sealed class WorkerProcess : IWorkerProgram
{
    private readonly Process process;

    private WorkerProcess(Process process)
    {
        this.process = process;
        Ended = EndAsync();
    }

    public Task<string> Ended { get; }

    public int Id => process.Id;

    public static IWorkerProgram Start(WorkerStart start)
    {
        var (executable, program) = ReadConfig(start.Settings.AppFolder);
        var info = new ProcessStartInfo(executable)
        {
            WorkingDirectory = start.Settings.AppFolder,
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        if (program is not null)
            info.ArgumentList.Add(program);
        foreach (var argument in start.Arguments)
            info.ArgumentList.Add(argument);
        foreach (var (name, value) in start.Settings.WorkerEnvironment)
            info.Environment[name] = value;
        info.Environment["FUNCTIONS_APPLICATION_DIRECTORY"] = start.Settings.AppFolder;
        info.Environment["FUNCTIONS_WORKER_DIRECTORY"] = start.Settings.AppFolder;
        info.Environment["FUNCTIONS_WORKER_RUNTIME"] = "dotnet-isolated";
        info.Environment.Remove("CONTAINER_NAME");
        // These would move the worker's own web server.
        info.Environment.Remove("ASPNETCORE_URLS");
        info.Environment.Remove("ASPNETCORE_HTTP_PORTS");
        // Makes the worker end with its standard input, and so with this process, however this one ends.
        var hooks = info.Environment.TryGetValue("DOTNET_STARTUP_HOOKS", out var others) ? $"{others}{Path.PathSeparator}" : "";
        info.Environment["DOTNET_STARTUP_HOOKS"] = $"{hooks}{typeof(StartupHook).Assembly.Location}";

        var process = new Process { StartInfo = info };
        // A line that is no log record still belongs to somebody.
        process.OutputDataReceived += (_, line) => Write(start.Logger, line.Data);
        process.ErrorDataReceived += (_, line) => Write(start.Logger, line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new WorkerProcess(process);
    }

    public void Kill()
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended.
        }
    }

    public void Dispose()
    {
        Kill();
        process.Dispose();
    }

    private async Task<string> EndAsync()
    {
        await process.WaitForExitAsync();
        return $"exit code {process.ExitCode}";
    }

    private static void Write(ILogger logger, string? line)
    {
        if (line is { Length: > 0 })
            logger.LogInformation("{Line}", line);
    }

    private static (string Executable, string? Program) ReadConfig(string folder)
    {
        var path = Path.Combine(folder, "worker.config.json");
        if (!File.Exists(path))
            throw new HostConfigurationException($"There is no worker.config.json in {folder}: it is no built function app.");
        using var json = JsonDocument.Parse(File.ReadAllText(path));
        var description = json.RootElement.GetProperty("description");
        var executable = description.GetProperty("defaultExecutablePath").GetString()!
            .Replace("{WorkerRoot}", $"{folder}{Path.DirectorySeparatorChar}", StringComparison.Ordinal);
        var program = description.TryGetProperty("defaultWorkerPath", out var worker) ? worker.GetString() : null;
        // An app that brings the runtime along is itself the executable.
        if (executable != "dotnet" && File.Exists(Path.Combine(folder, executable)))
            executable = Path.Combine(folder, executable);
        return (executable, string.IsNullOrEmpty(program) ? null : Path.Combine(folder, program));
    }
}
