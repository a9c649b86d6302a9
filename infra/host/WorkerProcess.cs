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

    private WorkerProcess(ProcessStartInfo start, ILogger logger)
    {
        process = new Process { StartInfo = start };
        // A line that is no log record still belongs to somebody.
        process.OutputDataReceived += Write;
        process.ErrorDataReceived += Write;
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        Ended = EndAsync();

        void Write(object sender, DataReceivedEventArgs line)
        {
            if (line.Data is { Length: > 0 } text)
                logger.LogInformation("{Line}", text);
        }
    }

    public Task<string> Ended { get; }

    public static IWorkerProgram Start(WorkerStart start)
    {
        var folder = start.Settings.AppFolder;
        var (executable, program) = ReadConfig(folder);
        var info = new ProcessStartInfo(executable, [.. program, .. start.Arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        var environment = info.Environment;
        foreach (var (name, value) in start.Settings.WorkerEnvironment)
            environment[name] = value;
        environment["FUNCTIONS_APPLICATION_DIRECTORY"] = folder;
        environment["FUNCTIONS_WORKER_DIRECTORY"] = folder;
        environment["FUNCTIONS_WORKER_RUNTIME"] = "dotnet-isolated";
        // The first makes Durable believe in Linux Consumption, the others would move the worker's own web server.
        foreach (var misleading in (string[])["CONTAINER_NAME", "ASPNETCORE_URLS", "ASPNETCORE_HTTP_PORTS"])
            environment.Remove(misleading);
        // Makes the worker end with its standard input, and so with this process, however this one ends.
        var others = environment.TryGetValue("DOTNET_STARTUP_HOOKS", out var set) ? $"{set}{Path.PathSeparator}" : "";
        environment["DOTNET_STARTUP_HOOKS"] = $"{others}{typeof(StartupHook).Assembly.Location}";
        return new WorkerProcess(info, start.Logger);
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

    private static (string Executable, string[] Program) ReadConfig(string folder)
    {
        var path = Path.Combine(folder, "worker.config.json");
        if (!File.Exists(path))
            throw new HostConfigurationException(
                $"There is no worker.config.json in {folder}: it is no built function app.");
        using var json = JsonDocument.Parse(File.ReadAllText(path));
        var description = json.RootElement.GetProperty("description");
        var executable = description.GetProperty("defaultExecutablePath").GetString()!
            .Replace("{WorkerRoot}", $"{folder}{Path.DirectorySeparatorChar}", StringComparison.Ordinal);
        var program = description.TryGetProperty("defaultWorkerPath", out var worker) ? worker.GetString() : null;
        // An app that brings the runtime along is itself the executable.
        if (executable != "dotnet" && File.Exists(Path.Combine(folder, executable)))
            executable = Path.Combine(folder, executable);
        return (executable, string.IsNullOrEmpty(program) ? [] : [Path.Combine(folder, program)]);
    }
}
