using Microsoft.Extensions.Logging;

namespace Assay.Hosting;

/// <summary>What a host is started with.</summary>
public sealed record FunctionsHostOptions
{
    /// <summary>The build output of a function app, with <c>host.json</c> and <c>worker.config.json</c>.</summary>
    public required string AppFolder { get; init; }

    /// <summary>Where to listen; port 0 takes a free one.</summary>
    public string Url { get; init; } = "http://127.0.0.1:7071";

    /// <summary>Settings that go before all others; <c>__</c> or <c>:</c> nests.</summary>
    public IReadOnlyDictionary<string, string?> Settings { get; init; } = new Dictionary<string, string?>();

    /// <summary>Whether the <c>Values</c> of the app's <c>local.settings.json</c> count.</summary>
    public bool ReadsLocalSettings { get; init; } = true;

    /// <summary>How a worker is started; a process of its own when null.</summary>
    internal Func<WorkerStart, IWorkerProgram>? Program { get; init; }

    /// <summary>Where log lines go; standard output when null.</summary>
    public Action<ILoggingBuilder>? Logging { get; init; }
}
