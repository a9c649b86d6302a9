using Microsoft.DurableTask.Abstractions;
using Microsoft.DurableTask.Entities;
using Microsoft.Extensions.Logging;

namespace Microsoft.DurableTask;

/// <summary>
/// All that an orchestrator may touch: everything here gives the same answers when history is replayed.
/// </summary>
public abstract class TaskOrchestrationContext
{
    private ILoggerFactory? replaySafeLoggers;

    public abstract TaskName Name { get; }

    public abstract string InstanceId { get; }

    /// <summary>Null for an orchestration that a client started.</summary>
    public abstract ParentOrchestrationInstance? Parent { get; }

    /// <summary>When the step being executed or replayed happened.</summary>
    public abstract DateTime CurrentUtcDateTime { get; }

    public abstract bool IsReplaying { get; }

    public virtual string Version => string.Empty;

    public virtual IReadOnlyDictionary<string, object?> Properties { get; } = new Dictionary<string, object?>();

    /// <exception cref="NotSupportedException">The engine has no entities.</exception>
    public virtual TaskOrchestrationEntityFeature Entities =>
        throw new NotSupportedException($"Durable entities are not supported by {GetType()}.");

    /// <summary>Its loggers are silent during replay.</summary>
    public virtual ILoggerFactory ReplaySafeLoggerFactory => replaySafeLoggers ??= new ReplaySafeLoggers(this);

    protected abstract ILoggerFactory LoggerFactory { get; }

    public abstract T? GetInput<T>();

    public virtual Task CallActivityAsync(TaskName name, object? input = null, TaskOptions? options = null) =>
        CallActivityAsync<object>(name, input, options);

    public virtual Task CallActivityAsync(TaskName name, TaskOptions options) =>
        CallActivityAsync(name, null, options);

    public virtual Task<TResult> CallActivityAsync<TResult>(TaskName name, TaskOptions options) =>
        CallActivityAsync<TResult>(name, null, options);

    /// <summary>Schedules the activity at once, so several calls can run side by side before any is awaited.</summary>
    /// <exception cref="TaskFailedException">Awaited: the activity failed after all its attempts.</exception>
    public abstract Task<TResult> CallActivityAsync<TResult>(
        TaskName name, object? input = null, TaskOptions? options = null);

    public virtual Task CreateTimer(TimeSpan delay, CancellationToken cancellationToken) =>
        CreateTimer(CurrentUtcDateTime.Add(delay), cancellationToken);

    /// <exception cref="TaskCanceledException">Awaited: the token was cancelled first.</exception>
    public abstract Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken);

    /// <summary>Event names ignore case; an event raised before anyone waits is kept.</summary>
    public abstract Task<T> WaitForExternalEvent<T>(string eventName, CancellationToken cancellationToken = default);

    public Task<T> WaitForExternalEvent<T>(string eventName, TimeSpan timeout) =>
        WaitForExternalEvent<T>(eventName, timeout, CancellationToken.None);

    /// <exception cref="TaskCanceledException">Awaited: the time ran out or the token was cancelled.</exception>
    public async Task<T> WaitForExternalEvent<T>(
        string eventName, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource();
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var timedOut = CreateTimer(timeout, timer.Token);
        var received = WaitForExternalEvent<T>(eventName, waiting.Token);

        // Whichever loses is cancelled, so that neither a timer nor a waiter outlives this call.
        if (await Task.WhenAny(timedOut, received) == received)
            timer.Cancel();
        else
            waiting.Cancel();

        return await received;
    }

    public abstract void SendEvent(string instanceId, string eventName, object payload);

    public abstract void SetCustomStatus(object? customStatus);

    /// <exception cref="TaskFailedException">Awaited: the orchestration failed after all its attempts.</exception>
    public abstract Task<TResult> CallSubOrchestratorAsync<TResult>(
        TaskName orchestratorName, object? input = null, TaskOptions? options = null);

    public virtual Task<TResult> CallSubOrchestratorAsync<TResult>(TaskName orchestratorName, TaskOptions options) =>
        CallSubOrchestratorAsync<TResult>(orchestratorName, null, options);

    public virtual Task CallSubOrchestratorAsync(TaskName orchestratorName, TaskOptions options) =>
        CallSubOrchestratorAsync(orchestratorName, null, options);

    public virtual Task CallSubOrchestratorAsync(
        TaskName orchestratorName, object? input = null, TaskOptions? options = null) =>
        CallSubOrchestratorAsync<object>(orchestratorName, input, options);

    /// <summary>Restarts with a fresh history once the orchestrator returns.</summary>
    public abstract void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true);

    /// <summary>An engine that knows versions overrides this: the base leaves <c>NewVersion</c> aside.</summary>
    public virtual void ContinueAsNew(ContinueAsNewOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ContinueAsNew(options.NewInput, options.PreserveUnprocessedEvents);
    }

    public abstract Guid NewGuid();

    public virtual ILogger CreateReplaySafeLogger(string categoryName) =>
        new ReplaySafeLogger(this, ReplaySafeLoggers.Unwrap(LoggerFactory).CreateLogger(categoryName));

    public virtual ILogger CreateReplaySafeLogger(Type type) =>
        new ReplaySafeLogger(this, ReplaySafeLoggers.Unwrap(LoggerFactory).CreateLogger(type));

    public virtual ILogger CreateReplaySafeLogger<T>() =>
        new ReplaySafeLogger(this, ReplaySafeLoggers.Unwrap(LoggerFactory).CreateLogger<T>());

    public virtual int CompareVersionTo(string version) =>
        TaskOrchestrationVersioningUtils.CompareVersions(Version, version);

    private sealed class ReplaySafeLogger(TaskOrchestrationContext context, ILogger logger) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull =>
            logger.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => logger.IsEnabled(logLevel);

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            if (!context.IsReplaying)
                logger.Log(logLevel, eventId, state, exception, formatter);
        }
    }

    private sealed class ReplaySafeLoggers(TaskOrchestrationContext context) : ILoggerFactory
    {
        private const int UnwrapsMax = 10;

        public ILogger CreateLogger(string categoryName) =>
            new ReplaySafeLogger(context, Unwrap(context.LoggerFactory).CreateLogger(categoryName));

        public void AddProvider(ILoggerProvider provider) =>
            throw new NotSupportedException("Adding providers to the replay-safe logger factory is not supported.");

        public void Dispose()
        {
            // The factory behind it belongs to the host.
        }

        // A context that wraps another hands on that one's replay-safe factory; wrapping twice would gain nothing.
        public static ILoggerFactory Unwrap(ILoggerFactory factory)
        {
            for (var unwraps = 0; factory is ReplaySafeLoggers safe; unwraps++)
            {
                if (unwraps == UnwrapsMax)
                {
                    throw new InvalidOperationException(
                        "The orchestration context's LoggerFactory leads back to its own ReplaySafeLoggerFactory.");
                }

                factory = safe.Underlying;
            }

            return factory;
        }

        private ILoggerFactory Underlying => context.LoggerFactory;
    }
}
