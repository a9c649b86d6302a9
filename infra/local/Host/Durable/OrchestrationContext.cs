using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.DurableTask;
using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;

namespace Assay.Local;

/// <summary>
/// What the orchestrator's code sees. Everything it asks for becomes a step; the engine answers steps.
/// </summary>
internal sealed class OrchestrationContext(
    InstanceRow instance, Steps steps, ExternalEvents events, EpisodeThread thread, DataConverter converter,
    ILoggerFactory loggers)
    : TaskOrchestrationContext, IFunctionOrchestrationContext
{
    // The namespace that the original engine uses for its name-based ids.
    static readonly Guid idNamespace = new("9e952958-5e33-4daf-827f-2fa12937b875");

    readonly List<int> cancelledTimers = [];
    DateTime now;
    int ids;

    public override TaskName Name { get; } = new(instance.Name);

    public override string InstanceId => instance.InstanceId;

    public override ParentOrchestrationInstance? Parent { get; } =
        instance is { ParentId: { } id, ParentName: { } name } ? new(new TaskName(name), id) : null;

    public override string Version => instance.Version ?? "";

    public override DateTime CurrentUtcDateTime => now;

    public override bool IsReplaying => steps.Replaying;

    /// <summary>Set by the host when it invokes the orchestrator as a function.</summary>
    public FunctionContext? FunctionContext { get; set; }

    protected override ILoggerFactory LoggerFactory => loggers;

    /// <summary>What the code asked to continue with, or null.</summary>
    public Continuation? Continuation { get; private set; }

    /// <summary>Serialized.</summary>
    public string? CustomStatus { get; private set; } = instance.CustomStatus;

    public void SetTime(DateTime time) => now = time;

    /// <summary>Timers that were cancelled since the last call and must not fire.</summary>
    public List<int> TakeCancelledTimers()
    {
        List<int> taken = [.. cancelledTimers];
        cancelledTimers.Clear();
        return taken;
    }

    public object? ReadInput(Type type) => instance.Input is null
        ? type.IsValueType ? Activator.CreateInstance(type) : null
        : converter.Deserialize(instance.Input, type);

    public override T? GetInput<T>() where T : default => converter.Deserialize<T>(instance.Input);

    public override Task<TResult> CallActivityAsync<TResult>(
        TaskName name, object? input = null, TaskOptions? options = null)
    {
        RefuseOptionsAsInput(input, options);
        return Retries.RunAsync(this, options?.Retry, () => CallAsync<TResult>(
            new(Kind.ActivityScheduled, Step: null, now, name.Name, Payload: converter.Serialize(input))));
    }

    public override Task<TResult> CallSubOrchestratorAsync<TResult>(
        TaskName orchestratorName, object? input = null, TaskOptions? options = null)
    {
        RefuseOptionsAsInput(input, options);
        // The same for all attempts.
        var id = (options as SubOrchestrationOptions)?.InstanceId ?? NewGuid().ToString("N");
        return Retries.RunAsync(this, options?.Retry, () => CallAsync<TResult>(
            new(Kind.ChildScheduled, Step: null, now, orchestratorName.Name,
                Target: id, Payload: converter.Serialize(input))
            {
                Version = options?.Version?.Version, Tags = Merge(options?.Tags),
            }));
    }

    public override Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken)
    {
        RequireThread();
        if (cancellationToken.IsCancellationRequested)
            return Task.FromCanceled(cancellationToken);

        var target = TimerTarget.Write(fireAt.ToUniversalTime());
        var step = steps.Ask(new(Kind.TimerCreated, Step: null, now, Target: target), answered: true);
        if (!cancellationToken.CanBeCanceled)
            return step.Answer.Task;

        var registration = cancellationToken.Register(() =>
        {
            if (!step.Answer.TrySetCanceled(cancellationToken))
                return;
            steps.TakeOpen(step.Number);
            if (!steps.Replaying)
                cancelledTimers.Add(step.Number);
        });
        return DisposeAfter(step.Answer.Task, registration);
    }

    public override async Task<T> WaitForExternalEvent<T>(
        string eventName, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(eventName);
        RequireThread();
        var waiter = events.Wait(eventName, typeof(T));
        using var registration = cancellationToken.Register(() => waiter.TrySetCanceled(cancellationToken));
        return converter.Deserialize<T>(await waiter.Task)!;
    }

    public override void SendEvent(string instanceId, string eventName, object payload)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        ArgumentException.ThrowIfNullOrEmpty(eventName);
        RequireThread();
        steps.Ask(
            new(Kind.EventSent, Step: null, now, eventName, instanceId, converter.Serialize(payload)), answered: false);
    }

    public override void SetCustomStatus(object? customStatus)
    {
        RequireThread();
        CustomStatus = converter.Serialize(customStatus);
    }

    public override void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true) =>
        ContinueAsNew(new ContinueAsNewOptions
        {
            NewInput = newInput, PreserveUnprocessedEvents = preserveUnprocessedEvents,
        });

    public override void ContinueAsNew(ContinueAsNewOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        RequireThread();
        Continuation = new(
            converter.Serialize(options.NewInput),
            string.IsNullOrWhiteSpace(options.NewVersion) ? instance.Version : options.NewVersion,
            options.PreserveUnprocessedEvents);
    }

    public override Guid NewGuid()
    {
        RequireThread();
        var name = Encoding.UTF8.GetBytes($"{InstanceId}_{now:O}_{steps.Next}_{ids++}");
        Span<byte> bytes = stackalloc byte[16 + name.Length];
        idNamespace.TryWriteBytes(bytes, bigEndian: true, out _);
        name.CopyTo(bytes[16..]);
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
        SHA1.HashData(bytes, hash);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x50);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }

    /// <summary>
    /// Fails the orchestrator where it stands when its code runs anywhere but on the episode's thread.
    /// </summary>
    void RequireThread()
    {
        if (!thread.IsCurrent)
            throw new InvalidOperationException(ForeignTaskException.Explanation);
    }

    async Task<TResult> CallAsync<TResult>(HistoryEntry entry)
    {
        RequireThread();
        var step = steps.Ask(entry, answered: true);
        try
        {
            return converter.Deserialize<TResult>(await step.Answer.Task)!;
        }
        catch (StepFailedException failed)
        {
            throw new TaskFailedException(entry.Name!, step.Number, FailureJson.Read(failed.Failure));
        }
    }

    /// <summary>A sub-orchestration has its caller's tags besides its own.</summary>
    string? Merge(IDictionary<string, string>? tags)
    {
        if (tags is not { Count: > 0 } || instance.Tags is null)
            return tags is { Count: > 0 } ? JsonSerializer.Serialize(tags) : instance.Tags;
        var merged = JsonSerializer.Deserialize<Dictionary<string, string>>(instance.Tags)!;
        foreach (var (name, value) in tags)
            merged[name] = value;
        return JsonSerializer.Serialize(merged);
    }

    static async Task DisposeAfter(Task task, CancellationTokenRegistration registration)
    {
        await using (registration)
            await task;
    }

    static void RefuseOptionsAsInput(object? input, TaskOptions? options)
    {
        if (input is TaskOptions && options is null)
        {
            throw new ArgumentException(
                "A TaskOptions value was provided for the input but no value was provided for options. " +
                "Did you mean to provide a TaskOptions value for the options parameter?", nameof(input));
        }
    }
}

/// <summary>How the code wants to go on when it ends.</summary>
/// <param name="Input">Serialized.</param>
internal sealed record Continuation(string? Input, string? Version, bool KeepEvents);

/// <summary>Carries a stored failure to the call that waits for the step.</summary>
internal sealed class StepFailedException(string failure) : Exception
{
    public string Failure { get; } = failure;
}
