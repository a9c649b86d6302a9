using System.Text;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Assay.Local;

/// <summary>Says what is served where, in the words of Core Tools and the real host.</summary>
internal sealed partial class HostAnnouncement(
    FunctionCatalog catalog, HostSettings settings, HostState state, HostStart start, IServer server,
    ILoggerFactory loggers) : IHostedLifecycleService
{
    private readonly ILogger logger = loggers.CreateLogger("Host.Startup");

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        foreach (var error in state.Errors)
            LogHostError(error);
        foreach (var (name, error) in catalog.Failed)
            LogFunctionError(name, error);
        LogInitialized();
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        if (state.IsRunning)
        {
            // Tests start many hosts; their logs need no listing each.
            if (start.InProcess is null)
                LogListing(Listing(Address()));
            LogStarted();
            LogJobHostStarted();
        }

        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        LogStopping();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        LogStopped();
        return Task.CompletedTask;
    }

    private string Address() =>
        server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault()?.TrimEnd('/') ?? "";

    private string Listing(string address)
    {
        var text = new StringBuilder("Functions:").AppendLine();
        foreach (var function in catalog.Served.OrderBy(function => function.Trigger is not HttpTrigger))
        {
            text.AppendLine().Append('\t').Append(function.Name).Append(": ");
            if (function.Trigger is HttpTrigger http)
            {
                if (http.Methods.Count > 0)
                    text.Append('[').AppendJoin(',', http.Methods).Append("] ");
                text.Append(address).Append('/').AppendJoin('/', new[] { settings.RoutePrefix, http.Route }
                    .Where(part => part.Length > 0));
            }
            else
            {
                text.Append(function.Trigger.Type);
            }

            text.AppendLine();
        }

        return text.ToString();
    }

    [LoggerMessage(LogLevel.Error, "{Error}")]
    private partial void LogHostError(string error);

    [LoggerMessage(LogLevel.Error, "The '{Function}' function is in error: {Error}")]
    private partial void LogFunctionError(string function, string error);

    [LoggerMessage(LogLevel.Information, "{Listing}")]
    private partial void LogListing(string listing);

    [LoggerMessage(LogLevel.Information, "Host initialized")]
    private partial void LogInitialized();

    [LoggerMessage(LogLevel.Information, "Host started")]
    private partial void LogStarted();

    [LoggerMessage(LogLevel.Information, "Job host started")]
    private partial void LogJobHostStarted();

    [LoggerMessage(LogLevel.Information, "Stopping: no new work is taken, what runs may finish")]
    private partial void LogStopping();

    [LoggerMessage(LogLevel.Information, "Job host stopped")]
    private partial void LogStopped();
}
