using System.Diagnostics;
using DurableTask.Core;
using DurableTask.Core.History;

namespace Assay.DurableTask.PostgreSql;

/// <summary>Something for an instance to be told, and the row that goes when it has been.</summary>
/// <param name="MessageId">Of its row, if it is a message.</param>
/// <param name="ActivityId">Of the row of the activity whose result, in memory alone, it is.</param>
/// <param name="Held">Whether the instance waits here for this activity.</param>
internal sealed record Inbound(TaskMessage Message, long? MessageId, long? ActivityId, bool Held);

internal enum LiveState
{
    Idle,
    Ready,
    Running,
}

/// <summary>An instance that its worker owns. All members belong to the worker's lock.</summary>
internal sealed class LiveInstance(Worker worker, long key, string instanceId, string executionId)
{
    public Worker Worker { get; } = worker;

    public long Key { get; } = key;

    public string InstanceId { get; } = instanceId;

    public string ExecutionId { get; set; } = executionId;

    public string Name { get; init; } = "";

    public ParentInstance? Parent { get; init; }

    /// <summary>What is committed.</summary>
    public List<HistoryEvent> Events { get; set; } = [];

    public int Episodes { get; set; }

    public List<Inbound> Inbox { get; } = [];

    public LiveState State { get; set; }

    /// <summary>Activities of it that this worker has, and whose results no commit has taken in yet.</summary>
    public int Held { get; set; }

    /// <summary>A commit gives it up that a poll has overtaken.</summary>
    public bool Reclaimed { get; set; }

    public int Deaths { get; set; }

    public int Abandoned { get; set; }

    /// <summary>Why what the database holds of it cannot be read.</summary>
    public string? Unreadable { get; set; }

    /// <summary>Of an extended session that waits for messages.</summary>
    public TaskCompletionSource? SessionWaits { get; set; }

    /// <summary>Since when, by <see cref="Environment.TickCount64"/>.</summary>
    public long IdleSince { get; set; } = Environment.TickCount64;
}

/// <summary>An activity of this worker's.</summary>
internal sealed class ActivityItem(Worker worker, long id, long instanceKey, LiveInstance? owner) : TaskActivityWorkItem
{
    public Worker Worker { get; } = worker;

    public long RowId { get; } = id;

    public long InstanceKey { get; } = instanceKey;

    /// <summary>What waits here for its result.</summary>
    public LiveInstance? Owner { get; } = owner;

    public int Abandoned { get; init; }

    public int Deaths { get; init; }
}

/// <summary>A time, by a count that no one sets and by the clock.</summary>
/// <param name="Count">Of <see cref="Stopwatch"/>.</param>
internal readonly record struct Moment(long Count, DateTime Clock)
{
    public static Moment Now => new(Stopwatch.GetTimestamp(), DateTime.UtcNow);
}

/// <summary>An instance that is being dispatched.</summary>
internal sealed class OrchestrationItem(LiveInstance live) : TaskOrchestrationWorkItem
{
    public LiveInstance Live { get; } = live;

    /// <summary>What the orchestrator is told now.</summary>
    public List<Inbound> Taken { get; set; } = [];

    public Moment TakenAt { get; set; }

    /// <summary>A state that is not this one replaces the history; this one adds to it.</summary>
    public OrchestrationRuntimeState? HandedOut { get; set; }

    public bool IsSettled { get; set; }
}
