using System.Text.Json;
using DurableTask.Core.Exceptions;
using DurableTask.Core.History;
using Microsoft.Azure.Functions.Worker.Extensions.DurableTask;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Options;

namespace Assay.Local;

/// <summary>Where the host serves the management API; filled by the host once it listens.</summary>
internal sealed class DurableWebhookAddress
{
    public string? BaseUrl { get; set; }

    public string? QueryString { get; set; }
}

/// <summary>Starts, observes and steers the orchestrations of the hub, whichever process runs them.</summary>
internal sealed class DurableClient(
    IOptions<DurableOptions> options, InstanceStore instances, InstanceStarts starts, InstanceRewind rewind,
    InstanceHistory history, DurableFunctions functions, InstanceWaiters waiters, Signal signal, Lease lease,
    Outage outage, DataConverter converter, DurableWebhookAddress address)
    : DurableTaskClient(options.Value.HubName), IHttpManagementClient
{
    const int PurgeBatch = 1_000;

    public string? HttpBaseUrl => address.BaseUrl;

    public string? QueryString => address.QueryString;

    public override async Task<string> ScheduleNewOrchestrationInstanceAsync(
        TaskName orchestratorName, object? input = null, StartOrchestrationOptions? options = null,
        CancellationToken cancellation = default)
    {
        if (functions.FindOrchestrator(orchestratorName.Name) is null)
        {
            throw new ArgumentException(
                $"The function '{orchestratorName.Name}' doesn't exist, is disabled, or is not an orchestrator " +
                "function.",
                nameof(orchestratorName));
        }
        // An id that is made up here replaces nothing.
        string[] replaceable = options?.InstanceId is null
            ? []
            : [.. InstanceStatus.Ended.Except(options.DedupeStatuses ?? [], StringComparer.OrdinalIgnoreCase)];
        var start = new NewInstance(
            options?.InstanceId ?? Guid.NewGuid().ToString("N"), orchestratorName.Name, options?.Version?.Version,
            converter.Serialize(input), options?.Tags is { Count: > 0 } tags ? JsonSerializer.Serialize(tags) : null,
            options?.StartAt?.UtcDateTime, replaceable);
        await StartAsync(start, options?.DedupeStatuses, cancellation);
        return start.InstanceId;
    }

    public override async Task RaiseEventAsync(
        string instanceId, string eventName, object? eventPayload = null, CancellationToken cancellation = default)
    {
        RequireText(eventName, nameof(eventName));
        using var span = DurableTraces.Raise(eventName, instanceId);
        await TellAsync(instanceId, Kind.EventRaised, eventName, converter.Serialize(eventPayload), cancellation);
    }

    public override Task SuspendInstanceAsync(
        string instanceId, string? reason = null, CancellationToken cancellation = default) =>
        TellAsync(instanceId, Kind.Suspended, name: null, converter.Serialize(reason), cancellation);

    public override Task ResumeInstanceAsync(
        string instanceId, string? reason = null, CancellationToken cancellation = default) =>
        TellAsync(instanceId, Kind.Resumed, name: null, converter.Serialize(reason), cancellation);

    public override Task TerminateInstanceAsync(
        string instanceId, TerminateInstanceOptions? options = null, CancellationToken cancellation = default) =>
        TellAsync(
            instanceId, Kind.Terminated, options?.Recursive == true ? Termination.Recursive : null,
            converter.Serialize(options?.Output), cancellation);

    public override Task<OrchestrationMetadata> WaitForInstanceStartAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        WaitAsync(
            instanceId, getInputsAndOutputs, endOnly: false,
            found => found.RuntimeStatus != OrchestrationRuntimeStatus.Pending, cancellation);

    public override Task<OrchestrationMetadata> WaitForInstanceCompletionAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        WaitAsync(instanceId, getInputsAndOutputs, endOnly: true, found => found.IsCompleted, cancellation);

    public override Task<OrchestrationMetadata?> GetInstancesAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default)
    {
        RequireText(instanceId, nameof(instanceId));
        return instances.FindAsync(instanceId, getInputsAndOutputs, cancellation);
    }

    public override Task<Page<string>> ListInstanceIdsAsync(
        IEnumerable<OrchestrationRuntimeStatus>? runtimeStatus = null, DateTimeOffset? completedTimeFrom = null,
        DateTimeOffset? completedTimeTo = null, int pageSize = OrchestrationQuery.DefaultPageSize,
        string? lastInstanceKey = null, CancellationToken cancellation = default) => instances.ListEndedAsync(
            runtimeStatus, completedTimeFrom, completedTimeTo, lastInstanceKey, pageSize, cancellation);

    public override AsyncPageable<OrchestrationMetadata> GetAllInstancesAsync(OrchestrationQuery? filter = null)
    {
        var query = filter ?? new OrchestrationQuery();
        return Pageable.Create<OrchestrationMetadata>((continuation, pageSize, cancellation) => instances.QueryAsync(
            query, continuation ?? query.ContinuationToken, pageSize ?? query.PageSize, cancellation));
    }

    public override async Task<PurgeResult> PurgeInstanceAsync(
        string instanceId, PurgeInstanceOptions? options = null, CancellationToken cancellation = default)
    {
        RequireText(instanceId, nameof(instanceId));
        var (count, _) = await instances.PurgeAsync(
            instanceId, filter: null, options?.Recursive == true, after: 0, max: 1, cancellation);
        return new(count);
    }

    public override async Task<PurgeResult> PurgeAllInstancesAsync(
        PurgeInstancesFilter filter, PurgeInstanceOptions? options = null, CancellationToken cancellation = default)
    {
        if (filter.Timeout <= TimeSpan.Zero)
            throw new ArgumentOutOfRangeException(nameof(filter), "The timeout must be positive.");
        var deadline = filter.Timeout is { } timeout ? DateTime.UtcNow + timeout : DateTime.MaxValue;
        var purged = 0;
        long? after = 0;
        while (after is not null && DateTime.UtcNow < deadline)
        {
            (var some, after) = await instances.PurgeAsync(
                instanceId: null, filter, options?.Recursive == true, after.Value, PurgeBatch, cancellation);
            purged += some;
        }
        return new(purged, isComplete: after is null);
    }

    public override async Task<string> RestartAsync(
        string instanceId, bool restartWithNewInstanceId = false, CancellationToken cancellation = default)
    {
        if (await instances.FindStartAsync(instanceId, cancellation) is not var (start, ended))
            throw Unknown(instanceId);
        if (!ended && !restartWithNewInstanceId)
            throw new InvalidOperationException($"The instance '{instanceId}' still runs.");
        if (restartWithNewInstanceId)
            start = start with { InstanceId = Guid.NewGuid().ToString("N"), Replaceable = [] };
        await StartAsync(start, dedupe: null, cancellation);
        return start.InstanceId;
    }

    public override async Task<IList<HistoryEvent>> GetOrchestrationHistoryAsync(
        string instanceId, CancellationToken cancellation = default)
    {
        RequireText(instanceId, nameof(instanceId));
        return await history.FindAsync(instanceId, cancellation) ?? throw Unknown(instanceId);
    }

    public override async Task RewindInstanceAsync(
        string instanceId, string reason, CancellationToken cancellation = default)
    {
        RequireText(instanceId, nameof(instanceId));
        if (await instances.FindKeyAsync(instanceId, cancellation) is not { } key)
            throw Unknown(instanceId);
        if (!await rewind.TryRewindAsync(key, reason, cancellation))
            throw new InvalidOperationException($"The instance '{instanceId}' has not failed, so it is not rewound.");
        await AnnounceAsync(Work.All, cancellation);
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    async Task StartAsync(NewInstance start, IReadOnlyList<string>? dedupe, CancellationToken cancellation)
    {
        RequireText(start.InstanceId, "instanceId");
        foreach (var status in dedupe ?? [])
        {
            if (!Enum.TryParse<OrchestrationRuntimeStatus>(status, ignoreCase: true, out _))
                throw new ArgumentException($"Invalid orchestration runtime status: '{status}' for deduplication.");
        }
        using var span = DurableTraces.Create(start.Name, start.InstanceId, start.Version);
        start = start with { TraceParent = DurableTraces.Current };
        while (!await starts.TryInsertAsync(start, cancellation))
        {
            if (!await TryMakeRoomAsync(start.InstanceId, dedupe, cancellation))
                throw new OrchestrationAlreadyExistsException(start.InstanceId);
        }
    }

    /// <summary>
    /// Who lists statuses to dedupe without that of a live instance wants it terminated and replaced.
    /// </summary>
    async Task<bool> TryMakeRoomAsync(
        string instanceId, IReadOnlyList<string>? dedupe, CancellationToken cancellation)
    {
        if (dedupe is null || await instances.FindAsync(instanceId, contents: false, cancellation) is not { } found)
            return dedupe is not null;
        if (dedupe.Contains(found.RuntimeStatus.ToString(), StringComparer.OrdinalIgnoreCase))
            return false;
        if (!found.IsCompleted)
        {
            await instances.TryTellAsync(
                instanceId, Kind.Terminated, name: null, converter.Serialize("A new instance took its id."),
                cancellation);
            await AnnounceAsync(Work.Messages, cancellation);
            await WaitForInstanceCompletionAsync(instanceId, cancellation);
        }
        return true;
    }

    async Task<OrchestrationMetadata> WaitAsync(
        string instanceId, bool contents, bool endOnly, Func<OrchestrationMetadata, bool> isDone,
        CancellationToken cancellation)
    {
        RequireText(instanceId, nameof(instanceId));
        OrchestrationMetadata? found = null;
        while (found is null || !isDone(found))
        {
            await waiters.NextChangeAsync(
                instanceId, endOnly,
                async () =>
                {
                    // Whoever waits anyway also waits for a database that is away.
                    found = await outage.RetryAsync(
                            stop => instances.FindAsync(instanceId, contents, stop), static _ => false, cancellation)
                        ?? throw new InvalidOperationException(Unknown(instanceId).Message);
                    return isDone(found);
                },
                options.Value.PollInterval, cancellation);
        }
        return found;
    }

    async Task TellAsync(string instanceId, string kind, string? name, string? payload, CancellationToken cancellation)
    {
        RequireText(instanceId, nameof(instanceId));
        var told = await instances.TryTellAsync(instanceId, kind, name, payload, cancellation);
        if (told is null)
            throw Unknown(instanceId);
        if (told is false)
            throw new InvalidOperationException($"The instance '{instanceId}' has ended and is told nothing more.");
        await AnnounceAsync(Work.Messages, cancellation);
    }

    async Task AnnounceAsync(Work work, CancellationToken cancellation)
    {
        signal.Raise(work);
        if (lease.HasPeers)
            await instances.NotifyAsync(work, cancellation);
    }

    static ArgumentException Unknown(string instanceId) =>
        new($"No instance with the ID '{instanceId}' exists.", nameof(instanceId));

    /// <summary>Whether an instance or event can have the name.</summary>
    public static bool IsText(string value) => value.Length is > 0 and <= 255 && !value.Any(char.IsControl);

    static void RequireText(string value, string parameter)
    {
        ArgumentException.ThrowIfNullOrEmpty(value, parameter);
        if (!IsText(value))
            throw new ArgumentException("At most 255 characters are allowed, and no control characters.", parameter);
    }
}
