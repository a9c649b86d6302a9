using DurableTask.Core;
using DurableTask.Core.Exceptions;
using DurableTask.Core.History;
using Npgsql;
using NpgsqlTypes;

namespace Assay.DurableTask.PostgreSql;

/// <summary>
/// Starts instances. Starts that come while others are being written go together into the next statement.
/// </summary>
internal sealed class InstanceStarts(
    PostgreSqlOrchestrationServiceSettings settings, Database database, Notifications notifications, Waiters waiters,
    Action<Work> wake)
{
    const int StartsMax = 500;

    readonly object gate = new();
    List<Start> waiting = [];
    bool writing;

    /// <exception cref="OrchestrationAlreadyExistsException">One of those statuses has the id.</exception>
    public Task StartAsync(TaskMessage message, IEnumerable<OrchestrationStatus> refusing)
    {
        if (message.Event is not ExecutionStartedEvent started)
            throw new ArgumentException($"A {message.Event?.EventType} event starts nothing.", nameof(message));
        if (Failures.IsEntity(message.OrchestrationInstance.InstanceId))
            throw new NotSupportedException(Failures.NoEntitiesMessage(message.OrchestrationInstance.InstanceId));
        var start = new Start(
            message.OrchestrationInstance, started, string.Join(',', InstanceStatus.Names(refusing)),
            new(TaskCreationOptions.RunContinuationsAsynchronously));
        lock (gate)
        {
            waiting.Add(start);
            if (writing)
                return start.Done.Task;
            writing = true;
        }
        _ = WriteAllAsync();
        return start.Done.Task;
    }

    async Task WriteAllAsync()
    {
        while (true)
        {
            List<Start> starts = [];
            lock (gate)
            {
                // No id twice in one statement.
                HashSet<string> ids = [];
                List<Start> rest = [];
                foreach (var start in waiting)
                    (starts.Count < StartsMax && ids.Add(start.Instance.InstanceId) ? starts : rest).Add(start);
                waiting = rest;
                if (starts.Count == 0)
                {
                    writing = false;
                    return;
                }
            }
            await WriteAsync(starts);
        }
    }

    async Task WriteAsync(List<Start> starts)
    {
        HashSet<string> made;
        try
        {
            starts.ForEach(start => waiters.Started(start.Instance.InstanceId));
            made = await InsertAsync(starts, replace: false);
            var taken = starts.FindAll(start => !made.Contains(start.Instance.InstanceId));
            if (taken.Count > 0)
                made.UnionWith(await InsertAsync(taken, replace: true));
            wake(Work.Messages);
        }
        catch (Exception exception) when (starts.Count > 1 && Database.IsAboutData(exception))
        {
            foreach (var start in starts)
                await WriteAsync([start]);
            return;
        }
        catch (Exception exception)
        {
            starts.ForEach(start => start.Done.TrySetException(exception));
            return;
        }
        foreach (var start in starts)
        {
            if (made.Contains(start.Instance.InstanceId))
                start.Done.TrySetResult();
            else
                Refuse(start);
        }
    }

    void Refuse(Start start)
    {
        waiters.MayHaveEnded(start.Instance.InstanceId);
        start.Done.TrySetException(new OrchestrationAlreadyExistsException(
            Failures.AlreadyExists(start.Instance.InstanceId).ErrorMessage));
    }

    async Task<HashSet<string>> InsertAsync(List<Start> starts, bool replace)
    {
        await using var batch = database.Source.CreateBatch();
        if (replace)
            AppendReplaced(batch, starts);
        batch.BatchCommands.Add(database.Command(
            """
            with asked as (
                select * from unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
                    s (instance_id, execution_id, name, version, input, tags, parent, generation, scheduled_at, event)
            ),
            made as (
                insert into durable_task.instance (
                    hub, instance_id, execution_id, name, version, input, tags, parent, generation, scheduled_at)
                select $1, instance_id, execution_id, name, version, input, tags, parent, generation, scheduled_at
                from asked
                on conflict (hub, instance_id) do nothing
                returning key, instance_id
            ),
            told as (
                insert into durable_task.message (hub, instance_key, execution_id, event, visible_at)
                select $1, m.key, a.execution_id, a.event, coalesce(a.scheduled_at, now())
                from made m
                join asked a on a.instance_id = m.instance_id
            )
            select instance_id from made
            """,
            settings.TaskHubName,
            Text(starts, s => s.Instance.InstanceId),
            Text(starts, s => s.Instance.ExecutionId ?? Guid.NewGuid().ToString("N")),
            Text(starts, s => EventJson.Plain(s.Event.Name)), Text(starts, s => EventJson.Plain(s.Event.Version)),
            Text(starts, s => EventJson.Plain(s.Event.Input)), Text(starts, s => EventJson.WriteValue(s.Event.Tags)),
            Text(starts, s => EventJson.WriteValue(s.Event.ParentInstance)),
            new NpgsqlParameter<int?[]> { TypedValue = [.. starts.Select(s => s.Event.Generation)] },
            new NpgsqlParameter<DateTime?[]>
            {
                TypedValue = [.. starts.Select(s => Utc(s.Event.ScheduledStartTime))],
                NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz,
            },
            Text(starts, s => EventJson.Write(s.Event))));
        if (notifications.HasPeers)
        {
            batch.BatchCommands.Add(database.Command(
                "select pg_notify($1, $2)", Notifications.Channel(database), notifications.Payload(Work.Messages, [])));
        }
        HashSet<string> made = [];
        await using var reader = await batch.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            made.Add(reader.GetString(0));
        while (await reader.NextResultAsync())
        {
        }
        return made;
    }

    /// <summary>An instance whose status does not refuse gives its id away, with all that belongs to it.</summary>
    void AppendReplaced(NpgsqlBatch batch, List<Start> starts) =>
        batch.BatchCommands.Add(database.Command(
            """
            with gone as (
                delete from durable_task.instance i
                using unnest($2, $3) s (instance_id, refusing)
                where i.hub = $1 and i.instance_id = any($2) and i.instance_id = s.instance_id
                    and i.status <> all(string_to_array(s.refusing, ','))
                returning i.key
            ),
            messages as (
                delete from durable_task.message m using gone where m.instance_key = gone.key
            ),
            activities as (
                delete from durable_task.activity a using gone where a.instance_key = gone.key
            )
            delete from durable_task.history h using gone where h.instance_key = gone.key
            """,
            settings.TaskHubName, Text(starts, s => s.Instance.InstanceId), Text(starts, s => s.Refusing)));

    static DateTime? Utc(DateTime? time) => time switch
    {
        null => null,
        { Kind: DateTimeKind.Local } local => local.ToUniversalTime(),
        { } other => DateTime.SpecifyKind(other, DateTimeKind.Utc),
    };

    static NpgsqlParameter Text(List<Start> starts, Func<Start, string?> value) => new NpgsqlParameter<string?[]>
    {
        TypedValue = [.. starts.Select(value)],
        NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text,
    };

    sealed record Start(
        OrchestrationInstance Instance, ExecutionStartedEvent Event, string Refusing, TaskCompletionSource Done);
}
