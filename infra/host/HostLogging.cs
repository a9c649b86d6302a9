using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Assay.Hosting;

/// <summary>Lines as Core Tools prints them: a time and the message. <c>logging</c> in host.json sets levels.</summary>
internal static class HostLogging
{
    private static readonly string[] Quiet =
        ["Microsoft", "System", "Azure", "Grpc", "Yarp", "DurableTask", "Host.Triggers", "Host.Aggregator"];

    public static ILoggerFactory Create(HostSettings settings, Action<ILoggingBuilder>? configure) =>
        LoggerFactory.Create(logging =>
        {
            foreach (var quiet in Quiet)
                logging.AddFilter(quiet, LogLevel.Warning);
            // Each result has a line already.
            logging.AddFilter("Host.Results", LogLevel.None);
            // A container that exists already is no news.
            logging.AddFilter("Azure.Core", LogLevel.Error);
            logging.AddFilter($"Function.{EmittedFunctions.BindingMethod}", LogLevel.Error);
            logging.AddConfiguration(settings.Configuration.GetSection($"{HostSettings.Section}:logging"));
            if (configure is not null)
                configure(logging);
            else
                logging.AddConsole(console => console.FormatterName = PlainFormatter.FormatterName)
                    .AddConsoleFormatter<PlainFormatter, ConsoleFormatterOptions>();
        });

    private sealed class PlainFormatter() : ConsoleFormatter(FormatterName)
    {
        public const string FormatterName = "functions";

        public override void Write<TState>(
            in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
        {
            textWriter.Write('[');
            textWriter.Write(DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
            textWriter.Write(logEntry.LogLevel >= LogLevel.Warning ? $"] {logEntry.LogLevel}: " : "] ");
            textWriter.WriteLine(logEntry.Formatter(logEntry.State, logEntry.Exception));
            if (logEntry.Exception is { } exception)
                textWriter.WriteLine(exception);
        }
    }
}
