using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace Assay.Local;

/// <summary>One line an event: UTC time, level, category without its namespace, message; exceptions below it.</summary>
internal sealed class ConsoleLines(IOptionsMonitor<ConsoleLines.Options> options) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "lines";

    private readonly TimeProvider time = options.CurrentValue.Time;

    public override void Write<TState>(
        in LogEntry<TState> entry, IExternalScopeProvider? scopeProvider, TextWriter writer)
    {
        var message = entry.Formatter(entry.State, entry.Exception);
        if (message is null && entry.Exception is null)
            return;

        var now = time.GetUtcNow().UtcDateTime;
        writer.Write(now.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        writer.Write(Level(entry.LogLevel));
        var category = entry.Category.AsSpan();
        // "Function.Name" and "Host.Startup" are short already; a type's namespace says little on a console.
        if (!category.StartsWith("Function.", StringComparison.Ordinal)
            && !category.StartsWith("Host.", StringComparison.Ordinal))
            category = category[(category.LastIndexOf('.') + 1)..];
        writer.Write(category);
        writer.Write(": ");
        writer.WriteLine(message);
        if (entry.Exception is not null)
            writer.WriteLine(entry.Exception.ToString());
    }

    private static string Level(LogLevel level) => level switch
    {
        LogLevel.Trace => " trce ",
        LogLevel.Debug => " dbug ",
        LogLevel.Information => " info ",
        LogLevel.Warning => " warn ",
        LogLevel.Error => " fail ",
        _ => " crit ",
    };

    internal sealed class Options : ConsoleFormatterOptions
    {
        public TimeProvider Time { get; set; } = TimeProvider.System;
    }
}
