using System.Threading.Channels;
using DurableTask.Core;
using DurableTask.Core.History;
using DurableTask.Core.Query;
using Microsoft.Extensions.Logging;

namespace Assay.DurableTask.PostgreSql;

/// <summary>
/// The Durable Task Framework on PostgreSQL: what a <see cref="TaskHubWorker"/> takes its work from and a
/// <see cref="TaskHubClient"/> talks to. One object may serve both; a client needs no start.
/// </summary>
public sealed class PostgreSqlOrchestrationService :
    IOrchestrationService, IOrchestrationServiceClient, IOrchestrationServiceQueryClient,
    IOrchestrationServicePurgeClient, IAsyncDisposable
{
    static readonly TimeSpan stopLimit = TimeSpan.FromSeconds(10);

    readonly PostgreSqlOrchestrationServiceSettings settings;
    readonly Database database;
    readonly Waiters waiters = new();
    readonly Notifications notifications;
    readonly InstanceStarts starts;
    readonly InstanceClient client;
    readonly ILogger logger;
    readonly SemaphoreSlim starting = new(1);
    readonly CancellationTokenSource disposed = new();
    readonly Channel<LiveInstance> ready = Channel.CreateUnbounded<LiveInstance>();
    readonly Channel<ActivityItem> activities = Channel.CreateUnbounded<ActivityItem>();
    readonly Dispatches dispatches = new();
    bool upgraded;
    Task? listening;
    CancellationTokenSource? stop;
    Task? working;
    volatile Worker? worker;

    /// <exception cref="ArgumentException">A setting is missing or out of its range.</exception>
    public PostgreSqlOrchestrationService(PostgreSqlOrchestrationServiceSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        settings.Validate();
        this.settings = settings;
        logger = settings.LoggerFactory.CreateLogger<PostgreSqlOrchestrationService>();
        database = new(settings);
        notifications = new(settings, database, waiters, Wake, logger);
        starts = new(settings, database, notifications, waiters, () => worker);
        client = new(settings, database, notifications, waiters, Wake);
    }

    /// <inheritdoc />
    public int TaskOrchestrationDispatcherCount => 1;

    /// <inheritdoc />
    public int MaxConcurrentTaskOrchestrationWorkItems => settings.MaxConcurrentOrchestrations;

    /// <inheritdoc />
    public BehaviorOnContinueAsNew EventBehaviourForContinueAsNew => BehaviorOnContinueAsNew.Carryover;

    /// <inheritdoc />
    public int TaskActivityDispatcherCount => 1;

    /// <inheritdoc />
    public int MaxConcurrentTaskActivityWorkItems => settings.MaxConcurrentActivities;

    /// <summary>Whether notifications come through; otherwise the service polls, as behind a pooler.</summary>
    public bool NotificationsAreHeard => notifications.AreHeard;

    internal Database Database => database;

    // Life

    /// <summary>Creates and upgrades the schema and begins to work.</summary>
    public async Task StartAsync()
    {
        await ReadyAsync();
        await starting.WaitAsync();
        try
        {
            if (working is not null)
                return;
            stop = CancellationTokenSource.CreateLinkedTokenSource(disposed.Token);
            var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            working = Task.Run(() => WorkAsync(first, stop.Token));
            await first.Task;
        }
        finally
        {
            starting.Release();
        }
    }

    /// <inheritdoc />
    public Task StopAsync() => StopAsync(isForced: false);

    /// <summary>Writes down what is in memory and hands over at once; when forced, leaves that to the lease.</summary>
    public async Task StopAsync(bool isForced)
    {
        await starting.WaitAsync();
        try
        {
            if (working is null)
                return;
            await stop!.CancelAsync();
            if (worker is { } current)
            {
                using var limit = new CancellationTokenSource(isForced ? TimeSpan.FromSeconds(2) : stopLimit);
                await current.StopAsync(limit.Token);
            }
            await working.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            working = null;
        }
        finally
        {
            starting.Release();
        }
    }

    /// <summary>Creates and upgrades the schema.</summary>
    public Task CreateAsync() => CreateIfNotExistsAsync();

    /// <summary>Creates and upgrades the schema, empty if asked for.</summary>
    public async Task CreateAsync(bool recreateInstanceStore)
    {
        if (recreateInstanceStore)
            await DeleteAsync();
        await CreateIfNotExistsAsync();
    }

    /// <inheritdoc />
    public async Task CreateIfNotExistsAsync()
    {
        await DatabaseSchema.UpgradeAsync(database, disposed.Token);
        upgraded = true;
    }

    /// <summary>Drops the schema, with all task hubs in it.</summary>
    public async Task DeleteAsync()
    {
        upgraded = false;
        await DatabaseSchema.DropAsync(database, disposed.Token);
    }

    /// <inheritdoc />
    public Task DeleteAsync(bool deleteInstanceStore) => deleteInstanceStore ? DeleteAsync() : Task.CompletedTask;

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await disposed.CancelAsync();
        if (listening is not null)
            await listening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await database.DisposeAsync();
    }

    /// <summary>One worker after the other: one whose lease is lost is of no use any more.</summary>
    async Task WorkAsync(TaskCompletionSource first, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                var lease = new Lease(settings, database, notifications, logger);
                var id = await lease.RegisterAsync(stopping);
                var current = new Worker(
                    id, settings, database, notifications, waiters, lease, ready, activities, logger);
                worker = current;
                first.TrySetResult();
                await current.RunAsync();
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
            }
            catch (LeaseLostException)
            {
                logger.LogWarning("The lease was lost: others may have taken over. Registering anew.");
            }
            catch (Exception exception)
            {
                if (first.TrySetException(exception))
                    return;
                logger.LogError(exception, "The worker failed; registering anew.");
                await Task.Delay(TimeSpan.FromSeconds(1), stopping)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        first.TrySetCanceled(CancellationToken.None);
        worker = null;
    }

    /// <summary>Before anything else, of a worker or a client.</summary>
    async ValueTask ReadyAsync()
    {
        if (upgraded && listening is not null)
            return;
        await starting.WaitAsync();
        try
        {
            if (!upgraded)
                await CreateIfNotExistsAsync();
            listening ??= Task.Run(() => notifications.RunAsync(disposed.Token));
        }
        finally
        {
            starting.Release();
        }
    }

    void Wake(Work where) => worker?.Wake(where);

    // Orchestrations

    /// <inheritdoc />
    public bool IsMaxMessageCountExceeded(int currentMessageCount, OrchestrationRuntimeState runtimeState) => false;

    /// <inheritdoc />
    public int GetDelayInSecondsAfterOnProcessException(Exception exception) => 0;

    /// <inheritdoc />
    public int GetDelayInSecondsAfterOnFetchException(Exception exception) =>
        exception is OperationCanceledException ? 0 : 1;

    /// <inheritdoc />
    public async Task<TaskOrchestrationWorkItem> LockNextTaskOrchestrationWorkItemAsync(
        TimeSpan receiveTimeout, CancellationToken cancellationToken) =>
        (await NextAsync(ready, dispatches.Begin, receiveTimeout, cancellationToken))!;

    /// <summary>The lease of the whole worker is renewed instead.</summary>
    public Task RenewTaskOrchestrationWorkItemLockAsync(TaskOrchestrationWorkItem workItem) => Task.CompletedTask;

    /// <inheritdoc />
    public Task CompleteTaskOrchestrationWorkItemAsync(
        TaskOrchestrationWorkItem workItem, OrchestrationRuntimeState newOrchestrationRuntimeState,
        IList<TaskMessage> outboundMessages, IList<TaskMessage> orchestratorMessages, IList<TaskMessage> timerMessages,
        TaskMessage? continuedAsNewMessage, OrchestrationState? orchestrationState)
    {
        var item = (OrchestrationItem)workItem;
        return item.Live.Worker.CompleteAsync(
            item, newOrchestrationRuntimeState, outboundMessages, orchestratorMessages, timerMessages,
            orchestrationState);
    }

    /// <inheritdoc />
    public Task AbandonTaskOrchestrationWorkItemAsync(TaskOrchestrationWorkItem workItem)
    {
        var item = (OrchestrationItem)workItem;
        return item.Live.Worker.AbandonAsync(item);
    }

    /// <inheritdoc />
    public Task ReleaseTaskOrchestrationWorkItemAsync(TaskOrchestrationWorkItem workItem)
    {
        var item = (OrchestrationItem)workItem;
        var next = dispatches.End(item);
        item.Live.Worker.Release(item);
        if (next is not null)
            ready.Writer.TryWrite(next);
        return Task.CompletedTask;
    }

    // Activities

    /// <inheritdoc />
    public async Task<TaskActivityWorkItem> LockNextTaskActivityWorkItem(
        TimeSpan receiveTimeout, CancellationToken cancellationToken) =>
        (await NextAsync(
            activities, item => item.Worker.CanBegin(item) ? item : null, receiveTimeout, cancellationToken))!;

    /// <summary>The lease of the whole worker is renewed instead.</summary>
    public Task<TaskActivityWorkItem> RenewTaskActivityWorkItemLockAsync(TaskActivityWorkItem workItem) =>
        Task.FromResult(workItem);

    /// <inheritdoc />
    public Task CompleteTaskActivityWorkItemAsync(TaskActivityWorkItem workItem, TaskMessage responseMessage)
    {
        var item = (ActivityItem)workItem;
        return item.Worker.CompleteAsync(item, responseMessage);
    }

    /// <inheritdoc />
    public Task AbandonTaskActivityWorkItemAsync(TaskActivityWorkItem workItem)
    {
        var item = (ActivityItem)workItem;
        return item.Worker.AbandonAsync(item);
    }

    // Clients

    /// <summary>An id whose instance has ended may be used again.</summary>
    public Task CreateTaskOrchestrationAsync(TaskMessage creationMessage) =>
        CreateTaskOrchestrationAsync(creationMessage, null);

    /// <summary>
    /// An instance in one of these statuses keeps its id, and the start is refused; any other is replaced. Without
    /// statuses, live instances are kept.
    /// </summary>
    public async Task CreateTaskOrchestrationAsync(TaskMessage creationMessage, OrchestrationStatus[]? dedupeStatuses)
    {
        await ReadyAsync();
        await starts.StartAsync(creationMessage, dedupeStatuses ?? InstanceStatus.Live);
    }

    /// <inheritdoc />
    public Task SendTaskOrchestrationMessageAsync(TaskMessage message) =>
        SendTaskOrchestrationMessageBatchAsync(message);

    /// <summary>Messages for instances that do not exist or have ended lead to nothing.</summary>
    public async Task SendTaskOrchestrationMessageBatchAsync(params TaskMessage[] messages)
    {
        await ReadyAsync();
        await client.SendAsync(messages);
    }

    /// <summary>Returns the state of its latest execution, or null after the timeout.</summary>
    public async Task<OrchestrationState> WaitForOrchestrationAsync(
        string instanceId, string executionId, TimeSpan timeout, CancellationToken cancellationToken)
    {
        await ReadyAsync();
        return (await client.WaitAsync(instanceId, timeout, cancellationToken))!;
    }

    /// <inheritdoc />
    public async Task ForceTerminateTaskOrchestrationAsync(string instanceId, string reason)
    {
        await ReadyAsync();
        await client.TerminateAsync(instanceId, reason);
    }

    /// <summary>Only the latest execution is kept.</summary>
    public async Task<IList<OrchestrationState>> GetOrchestrationStateAsync(string instanceId, bool allExecutions)
    {
        await ReadyAsync();
        return await client.StateAsync(instanceId) is { } state ? [state] : [];
    }

    /// <summary>The state of its latest execution, or null if there is none or another is asked for.</summary>
    public async Task<OrchestrationState> GetOrchestrationStateAsync(string instanceId, string? executionId)
    {
        await ReadyAsync();
        var state = await client.StateAsync(instanceId);
        return (string.IsNullOrEmpty(executionId) || state?.OrchestrationInstance.ExecutionId == executionId
            ? state : null)!;
    }

    /// <summary>The state, with or without the input.</summary>
    public async Task<OrchestrationState?> GetOrchestrationStateAsync(
        string instanceId, bool allExecutions, bool withInput)
    {
        await ReadyAsync();
        return await client.StateAsync(instanceId, withInput);
    }

    /// <summary>A JSON array of the events of the latest execution.</summary>
    public async Task<string> GetOrchestrationHistoryAsync(string instanceId, string executionId)
    {
        await ReadyAsync();
        return await client.HistoryAsync(instanceId);
    }

    /// <summary>The events of the latest execution.</summary>
    public async Task<IReadOnlyList<HistoryEvent>> GetOrchestrationEventsAsync(string instanceId)
    {
        await ReadyAsync();
        return await client.EventsAsync(instanceId);
    }

    /// <inheritdoc />
    public async Task PurgeOrchestrationHistoryAsync(
        DateTime thresholdDateTimeUtc, OrchestrationStateTimeRangeFilterType timeRangeFilterType)
    {
        await ReadyAsync();
        await client.PurgeBeforeAsync(thresholdDateTimeUtc, timeRangeFilterType);
    }

    /// <inheritdoc />
    public Task<OrchestrationQueryResult> GetOrchestrationWithQueryAsync(
        OrchestrationQuery query, CancellationToken cancellationToken) =>
        GetOrchestrationWithQueryAsync(query, withInputs: true, cancellationToken);

    /// <summary>One page, in the order in which instances were made.</summary>
    public async Task<OrchestrationQueryResult> GetOrchestrationWithQueryAsync(
        OrchestrationQuery query, bool withInputs, CancellationToken cancellationToken)
    {
        await ReadyAsync();
        return await client.QueryAsync(query, withInputs, cancellationToken);
    }

    /// <summary>Only an instance that has ended is purged.</summary>
    public async Task<PurgeResult> PurgeInstanceStateAsync(string instanceId)
    {
        await ReadyAsync();
        return new(await client.PurgeAsync(instanceId), isComplete: true);
    }

    /// <summary>Only instances that have ended are purged.</summary>
    public async Task<PurgeResult> PurgeInstanceStateAsync(PurgeInstanceFilter purgeInstanceFilter)
    {
        await ReadyAsync();
        return await client.PurgeAsync(purgeInstanceFilter);
    }

    /// <summary>Runs what failed of a failed orchestration once more.</summary>
    /// <exception cref="ArgumentException">There is no such instance.</exception>
    /// <exception cref="InvalidOperationException">It has not failed.</exception>
    public async Task RewindTaskOrchestrationAsync(string instanceId, string reason)
    {
        await ReadyAsync();
        await client.RewindAsync(instanceId, reason);
    }

    /// <summary>The next that can be begun, or null after the timeout.</summary>
    static async Task<TItem?> NextAsync<TEntry, TItem>(
        Channel<TEntry> channel, Func<TEntry, TItem?> begin, TimeSpan timeout, CancellationToken cancellation)
        where TItem : class
    {
        while (channel.Reader.TryRead(out var entry))
        {
            if (begin(entry) is { } item)
                return item;
        }
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout);
        try
        {
            while (await channel.Reader.WaitToReadAsync(limit.Token))
            {
                while (channel.Reader.TryRead(out var entry))
                {
                    if (begin(entry) is { } item)
                        return item;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The caller comes again, unless it stops.
        }
        return null;
    }
}
