using System.Runtime.InteropServices;
using Assay.Hosting;
using Microsoft.AspNetCore.Connections;

var given = new ConfigurationBuilder()
    .AddCommandLine(args, new Dictionary<string, string> { ["-p"] = "port" }).Build();
if (given.AsEnumerable().Any(one => one.Key is not ("app" or "port" or "urls"))
    || !ushort.TryParse(given["port"] ?? "7071", out var port))
{
    Console.Error.WriteLine("Usage: Assay.FunctionsHost [--app FOLDER] [--port PORT | --urls URL]");
    return 2;
}

var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
void End(PosixSignalContext signal)
{
    signal.Cancel = true;
    ended.TrySetResult();
}

using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
var options = new FunctionsHostOptions
{
    AppFolder = given["app"] ?? Directory.GetCurrentDirectory(),
    Url = given["urls"] ?? $"http://127.0.0.1:{port}",
};
try
{
    await using var host = await FunctionsHost.StartAsync(options);
    await ended.Task;
    return 0;
}
catch (IOException error) when (error.InnerException is AddressInUseException)
{
    Console.Error.WriteLine($"{options.Url} is taken. End the process that listens there, or choose another --port.");
    return 1;
}
catch (HostConfigurationException error)
{
    // As the real host does: the process stays, so that whoever watches it sees the reason rather than restarts.
    Console.Error.WriteLine($"The app cannot be run: {error.Message}");
    await using var app = InvalidHost.Build(options.Url, error.Message);
    await app.StartAsync();
    await ended.Task;
    return 1;
}
