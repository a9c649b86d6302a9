using System.Text.Json;
using DurableTask.Core;
using DurableTask.Core.History;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Assay.Local;

/// <summary>
/// The history of an instance as clients see it. The original records when the code began and stopped to run; here
/// that is told from the time that the entries of one episode share.
/// </summary>
internal sealed class InstanceHistory(
    DurableDatabase database, HistoryStore histories, IOptions<DurableOptions> options)
{
    /// <summary>Null when there is no such instance.</summary>
    public async Task<IList<HistoryEvent>?> FindAsync(string instanceId, CancellationToken cancellation)
    {
        if (await FindStartAsync(instanceId, cancellation) is not var (key, start))
            return null;
        List<HistoryEvent> events = [];
        foreach (var episode in Episodes(await histories.LoadAllAsync(key, cancellation)))
        {
            Add(new OrchestratorStartedEvent(-1));
            foreach (var entry in episode)
                Add(entry.Kind == Kind.Started ? start : Event(entry));
            Add(new OrchestratorCompletedEvent(-1));

            void Add(HistoryEvent one)
            {
                one.Timestamp = episode[0].At;
                events.Add(one);
            }
        }
        return events;
    }

    static IEnumerable<List<HistoryEntry>> Episodes(IEnumerable<HistoryEntry> history)
    {
        List<HistoryEntry> episode = [];
        foreach (var entry in history)
        {
            if (episode.Count > 0 && episode[0].At != entry.At)
            {
                yield return episode;
                episode = [];
            }
            episode.Add(entry);
        }
        if (episode.Count > 0)
            yield return episode;
    }

    static HistoryEvent Event(HistoryEntry entry) => entry.Kind switch
    {
        Kind.ActivityScheduled => new TaskScheduledEvent(Step(entry), entry.Name!, version: null, entry.Payload),
        Kind.ActivityCompleted => new TaskCompletedEvent(-1, Step(entry), entry.Payload),
        Kind.ActivityFailed => new TaskFailedEvent(
            -1, Step(entry), reason: null, details: null, FailureJson.ReadCore(entry.Failure)),
        Kind.ChildScheduled => new SubOrchestrationInstanceCreatedEvent(Step(entry))
        {
            Name = entry.Name, InstanceId = entry.Target, Input = entry.Payload,
        },
        Kind.ChildCompleted => new SubOrchestrationInstanceCompletedEvent(-1, Step(entry), entry.Payload),
        Kind.ChildFailed => new SubOrchestrationInstanceFailedEvent(
            -1, Step(entry), reason: null, details: null, FailureJson.ReadCore(entry.Failure)),
        Kind.TimerCreated => new TimerCreatedEvent(Step(entry), TimerTarget.Read(entry.Target!)),
        Kind.TimerFired => new TimerFiredEvent(-1, entry.At) { TimerId = Step(entry) },
        Kind.EventSent => new EventSentEvent(Step(entry))
        {
            Name = entry.Name, InstanceId = entry.Target, Input = entry.Payload,
        },
        Kind.EventRaised => new EventRaisedEvent(-1, entry.Payload) { Name = entry.Name },
        Kind.Suspended => new ExecutionSuspendedEvent(-1, entry.Payload),
        Kind.Resumed => new ExecutionResumedEvent(-1, entry.Payload),
        Kind.Terminated => new ExecutionTerminatedEvent(-1, entry.Payload),
        Kind.Rewound when entry.Target is null => new ExecutionRewoundEvent(-1, entry.Payload),
        Kind.Ended => new ExecutionCompletedEvent(
            -1, entry.Payload, Enum.Parse<OrchestrationStatus>(entry.Name!, ignoreCase: true),
            FailureJson.ReadCore(entry.Failure)),
        _ => new GenericEvent(-1, $"{entry.Kind} {entry.Target}"),
    };

    static int Step(HistoryEntry entry) => entry.Step!.Value;

    async Task<(long Key, ExecutionStartedEvent Start)?> FindStartAsync(
        string instanceId, CancellationToken cancellation)
    {
        await using var command = database.Source.CreateCommand(
            """
            select i.key, i.name, i.version, i.input, i.tags, p.instance_id, p.name, i.parent_step
            from durable.instance i
            left join durable.instance p on p.key = i.parent_key
            where i.hub = $1 and i.instance_id = $2
            """);
        command.Parameters.Add(new() { Value = options.Value.HubName });
        command.Parameters.Add(new() { Value = instanceId });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        if (!await reader.ReadAsync(cancellation))
            return null;
        return (reader.GetInt64(0), new ExecutionStartedEvent(-1, reader.Text(3))
        {
            Name = reader.GetString(1), Version = reader.Text(2),
            OrchestrationInstance = new() { InstanceId = instanceId },
            Tags = reader.Text(4) is { } tags ? JsonSerializer.Deserialize<Dictionary<string, string>>(tags) : null,
            ParentInstance = reader.Text(5) is { } parent
                ? new()
                {
                    OrchestrationInstance = new() { InstanceId = parent }, Name = reader.Text(6),
                    TaskScheduleId = reader.GetInt32(7),
                }
                : null,
        });
    }
}
