using System.Runtime.InteropServices;
using Assay.Hosting;
using Microsoft.AspNetCore.Builder;

var folder = Directory.GetCurrentDirectory();
var url = "http://127.0.0.1:7071";
for (var i = 0; i < args.Length; i++)
{
    var value = i + 1 < args.Length ? args[i + 1] : null;
    switch (args[i])
    {
        case "--app" when value is not null:
            folder = args[++i];
            break;
        case "--port" or "-p" when ushort.TryParse(value, out var port):
            url = $"http://127.0.0.1:{port}";
            i++;
            break;
        case "--urls" when value is not null:
            url = args[++i];
            break;
        default:
            Console.Error.WriteLine("Usage: Assay.FunctionsHost [--app FOLDER] [--port PORT | --urls URL]");
            return 2;
    }
}

var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
void End(PosixSignalContext signal)
{
    signal.Cancel = true;
    ended.TrySetResult();
}

using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
try
{
    await using var host = await FunctionsHost.StartAsync(new FunctionsHostOptions { AppFolder = folder, Url = url });
    await ended.Task;
    return 0;
}
catch (HostConfigurationException error)
{
    // As the real host does: the process stays, so that whoever watches it sees the reason rather than restarts.
    Console.Error.WriteLine($"The app cannot be run: {error.Message}");
    await using var app = InvalidHost.Build(url, error.Message);
    await app.StartAsync();
    await ended.Task;
    return 1;
}
