using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;

namespace Assay;

/// <summary>A context that implements only what it must, to test what the base class does by itself.</summary>
internal sealed class BareOrchestrationContext : TaskOrchestrationContext, ILoggerFactory, ILogger
{
    public BareOrchestrationContext() => Loggers = this;

    public TaskCompletionSource<object> Event { get; } = new();

    public TaskCompletionSource Timer { get; } = new();

    public CancellationToken TimerToken { get; private set; }

    public DateTime FireAt { get; private set; }

    public List<string> Calls { get; } = [];

    public bool Replaying { get; set; }

    public int Logged { get; private set; }

    public ILoggerFactory Loggers { get; set; }

    public override TaskName Name => "Test";

    public override string InstanceId => "1";

    public override ParentOrchestrationInstance? Parent => null;

    public override DateTime CurrentUtcDateTime { get; } = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);

    public override bool IsReplaying => Replaying;

    protected override ILoggerFactory LoggerFactory => Loggers;

    public override Task<TResult> CallActivityAsync<TResult>(
        TaskName name, object? input = null, TaskOptions? options = null) =>
        Record<TResult>(name, input, options);

    public override Task<TResult> CallSubOrchestratorAsync<TResult>(
        TaskName orchestratorName, object? input = null, TaskOptions? options = null) =>
        Record<TResult>(orchestratorName, input, options);

    public override Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken)
    {
        (FireAt, TimerToken) = (fireAt, cancellationToken);
        return Timer.Task.WaitAsync(cancellationToken);
    }

    public override async Task<T> WaitForExternalEvent<T>(
        string eventName, CancellationToken cancellationToken = default) =>
        (T)await Event.Task.WaitAsync(cancellationToken);

    public override T? GetInput<T>()
        where T : default =>
        throw new NotSupportedException();

    public override void SendEvent(string instanceId, string eventName, object payload) =>
        throw new NotSupportedException();

    public override void SetCustomStatus(object? customStatus) => throw new NotSupportedException();

    public override void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true) =>
        throw new NotSupportedException();

    public override Guid NewGuid() => throw new NotSupportedException();

    ILogger ILoggerFactory.CreateLogger(string categoryName) => this;

    void ILoggerFactory.AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    void IDisposable.Dispose()
    {
    }

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    bool ILogger.IsEnabled(LogLevel logLevel) => true;

    void ILogger.Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter) =>
        Logged++;

    private Task<TResult> Record<TResult>(TaskName name, object? input, TaskOptions? options)
    {
        Calls.Add($"{name} {input ?? "-"} {options is not null}");
        return Task.FromResult(default(TResult)!);
    }
}
