using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace Assay.Conformance;

/// <summary>Counts equal lines of the log, for a test to ask.</summary>
public sealed class LineCounter : ILoggerProvider
{
    private static readonly ConcurrentDictionary<string, int> lines = new();

    /// <summary>How often the line was logged.</summary>
    [Function(nameof(CountLines))]
    public static IResult CountLines(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "lines")] HttpRequest request) =>
        Results.Json(lines.GetValueOrDefault($"{request.Query["line"]}"));

    public ILogger CreateLogger(string categoryName) => new Logger();

    public void Dispose()
    {
        // Nothing is held.
    }

    private sealed class Logger : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) =>
            lines.AddOrUpdate(formatter(state, exception), 1, (_, before) => before + 1);
    }
}
