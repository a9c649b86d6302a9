using DurableTask.Core;
using DurableTask.Core.Exceptions;
using DurableTask.Core.History;
using Npgsql;
using NpgsqlTypes;

namespace Assay.DurableTask.PostgreSql;

/// <summary>
/// Starts instances. Starts that come while others are being written go together into the next statement. A worker in
/// this process owns from the beginning those that it has room for.
/// </summary>
internal sealed class InstanceStarts(
    PostgreSqlOrchestrationServiceSettings settings, Database database, Notifications notifications, Waiters waiters,
    Func<Worker?> worker)
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
            message.OrchestrationInstance.InstanceId,
            message.OrchestrationInstance.ExecutionId ?? Guid.NewGuid().ToString("N"), started,
            EventJson.Write(started), string.Join(',', InstanceStatus.Names(refusing)),
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
                    (starts.Count < StartsMax && ids.Add(start.InstanceId) ? starts : rest).Add(start);
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
            starts.ForEach(start => waiters.Started(start.InstanceId));
            made = await InsertAsync(starts, replace: false);
            var taken = starts.FindAll(start => !made.Contains(start.InstanceId));
            if (taken.Count > 0)
                made.UnionWith(await InsertAsync(taken, replace: true));
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
            if (made.Contains(start.InstanceId))
                start.Done.TrySetResult();
            else
                Refuse(start);
        }
    }

    void Refuse(Start start)
    {
        waiters.MayHaveEnded(start.InstanceId);
        start.Done.TrySetException(new OrchestrationAlreadyExistsException(
            Failures.AlreadyExists(start.InstanceId).ErrorMessage));
    }

    async Task<HashSet<string>> InsertAsync(List<Start> starts, bool replace)
    {
        var owner = worker();
        var room = owner?.RoomForStarts() ?? 0;
        await using var connection = await database.Source.OpenConnectionAsync();
        await using var batch = new NpgsqlBatch(connection);
        if (replace)
            AppendReplaced(batch, starts);
        batch.BatchCommands.Add(InsertCommand(starts, owner, room));
        if (notifications.HasPeers && (starts.Count > room || starts.Exists(start => start.IsDelayed)))
        {
            batch.BatchCommands.Add(database.Command(
                "select pg_notify($1, $2)", Notifications.Channel(database), notifications.Payload(Work.Messages, [])));
        }
        try
        {
            await database.PrepareAsync(batch);
            var byId = starts.ToDictionary(start => start.InstanceId);
            HashSet<string> made = [];
            List<(LiveInstance Instance, Inbound Start)> owned = [];
            await using (var reader = await batch.ExecuteReaderAsync())
            {
                // The locks on what is replaced come first.
                if (replace)
                    await reader.NextResultAsync();
                while (await reader.ReadAsync())
                {
                    var start = byId[reader.GetString(0)];
                    made.Add(start.InstanceId);
                    if (reader.GetBoolean(3))
                        owned.Add(start.ToLive(owner!, reader.GetInt64(1), reader.GetInt64(2)));
                }
                while (await reader.NextResultAsync())
                {
                }
            }
            owner?.Adopt(owned);
            if (owned.Count < made.Count)
                worker()?.Wake(Work.Messages);
            return made;
        }
        catch (Exception exception) when (database.StopsPreparing(exception))
        {
            return await InsertAsync(starts, replace);
        }
        catch
        {
            // They may be in the database, owned by a worker that does not know of them.
            owner?.StartsLost();
            throw;
        }
    }

    NpgsqlBatchCommand InsertCommand(List<Start> starts, Worker? owner, int room) => database.Command(
        """
        with me as (select id from durable_task.worker where id = $12 for key share),
        asked as (
            select s.*, place <= $13 and scheduled_at is null and exists (select from me) as owned
            from unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11) with ordinality s (
                instance_id, execution_id, name, version, input, tags, parent, generation, scheduled_at, event, place)
        ),
        made as (
            insert into durable_task.instance (
                hub, instance_id, execution_id, name, version, input, tags, parent, generation, scheduled_at, owner,
                status)
            select $1, instance_id, execution_id, name, version, input, tags, parent, generation, scheduled_at,
                case when owned then $12 end, case when owned then 'running' else 'pending' end
            from asked
            on conflict (hub, instance_id) do nothing
            returning key, instance_id, owner
        ),
        told as (
            insert into durable_task.message (hub, instance_key, execution_id, event, visible_at)
            select $1, m.key, a.execution_id, a.event, coalesce(a.scheduled_at, now())
            from made m
            join asked a on a.instance_id = m.instance_id
            returning id, instance_key
        )
        select m.instance_id, m.key, t.id, m.owner is not null
        from made m
        join told t on t.instance_key = m.key
        """,
        settings.TaskHubName,
        Text(starts, s => s.InstanceId), Text(starts, s => s.ExecutionId),
        Text(starts, s => EventJson.Plain(s.Event.Name)), Text(starts, s => EventJson.Plain(s.Event.Version)),
        Text(starts, s => EventJson.Plain(s.Event.Input)), Text(starts, s => EventJson.WriteValue(s.Event.Tags)),
        Text(starts, s => EventJson.WriteValue(s.Event.ParentInstance)),
        new NpgsqlParameter<int?[]> { TypedValue = [.. starts.Select(s => s.Event.Generation)] },
        new NpgsqlParameter<DateTime?[]>
        {
            TypedValue = [.. starts.Select(s => Utc(s.Event.ScheduledStartTime))],
            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz,
        },
        Text(starts, s => s.Written), owner?.Id ?? 0L, (long)room);

    /// <summary>An instance whose status does not refuse gives its id away, with all that belongs to it.</summary>
    void AppendReplaced(NpgsqlBatch batch, List<Start> starts)
    {
        // Waits for commits of what is about to go, so that the next statement sees, and deletes, what they write.
        batch.BatchCommands.Add(database.Command(
            """
            select i.key from durable_task.instance i
            join unnest($2, $3) s (instance_id, refusing) on s.instance_id = i.instance_id
            where i.hub = $1 and i.instance_id = any($2) and i.status <> all(string_to_array(s.refusing, ','))
            order by i.key
            for update of i
            """,
            settings.TaskHubName, Text(starts, s => s.InstanceId), Text(starts, s => s.Refusing)));
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
            settings.TaskHubName, Text(starts, s => s.InstanceId), Text(starts, s => s.Refusing)));
    }

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
        string InstanceId, string ExecutionId, ExecutionStartedEvent Event, string Written, string Refusing,
        TaskCompletionSource Done)
    {
        public bool IsDelayed => Event.ScheduledStartTime is not null;

        /// <summary>The same as a worker would find in the database.</summary>
        public (LiveInstance Instance, Inbound Start) ToLive(Worker owner, long key, long messageId)
        {
            var started = (ExecutionStartedEvent)EventJson.Read(Written);
            var instance = new LiveInstance(owner, key, InstanceId, ExecutionId)
            {
                Name = started.Name, Parent = started.ParentInstance,
            };
            var message = new TaskMessage
            {
                Event = started,
                SequenceNumber = messageId,
                OrchestrationInstance = new() { InstanceId = InstanceId, ExecutionId = ExecutionId },
            };
            return (instance, new(message, messageId, null, Held: false));
        }
    }
}
