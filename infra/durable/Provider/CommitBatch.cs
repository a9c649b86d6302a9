using System.Diagnostics;
using DurableTask.Core;
using DurableTask.Core.History;
using Npgsql;
using NpgsqlTypes;

namespace Assay.DurableTask.PostgreSql;

/// <summary>
/// What one commit writes, for many instances and activities at once: one statement a table and kind of change, with an
/// array a column.
/// </summary>
internal sealed class CommitBatch(Worker worker, long number)
{
    readonly List<long> owned = [];
    readonly List<long> messagesDone = [];
    readonly List<long> activitiesDone = [];
    readonly List<(long Key, string ExecutionId)> replaced = [];
    readonly Rows<(long Key, int Episode, string Events)> history = [];
    readonly Rows<(long Key, EpisodeCommit Episode, bool Keep)> changed = [];
    readonly Rows<(long Key, EpisodeCommit Episode)> renewed = [];
    readonly List<long> ended = [];
    readonly Rows<(ActivityItem Item, bool Held)> activities = [];
    readonly Rows<(ExecutionStartedEvent Start, string Parent, string? Failure)> children = [];
    readonly Rows<(string InstanceId, string? ExecutionId, string Event)> messages = [];
    readonly Rows<(long Key, string? ExecutionId, string Event, long BeganAt, TimeSpan After)> timers = [];
    readonly List<string> rewound = [];
    readonly Rows<(long Activity, long Key, string? ExecutionId, string Event)> results = [];
    readonly Rows<(long Key, bool Abandoned, TimeSpan Delay)> released = [];
    readonly Rows<(long Id, TimeSpan Delay)> activitiesBack = [];

    public List<string> Ended { get; } = [];

    /// <summary>What workers may find afterwards.</summary>
    public Work Work =>
        (timers.Count + messages.Count + children.Count + results.Count + released.Count > 0
            ? Work.Messages : Work.None)
        | (activitiesBack.Count > 0 || activities.Exists(activity => !activity.Held) ? Work.Activities : Work.None);

    /// <summary>An instance that the commit takes messages of, and does not change.</summary>
    public void Owns(long key) => owned.Add(key);

    public void Consume(Inbound inbound)
    {
        if (inbound.MessageId is { } message)
            messagesDone.Add(message);
        if (inbound.ActivityId is { } activity)
            activitiesDone.Add(activity);
    }

    public void Change(long key, EpisodeCommit episode, bool keep)
    {
        changed.Add((key, episode, keep));
        if (episode.Replaces)
        {
            replaced.Add((key, episode.ExecutionId));
            renewed.Add((key, episode));
        }
        if (!episode.IsEnd)
            return;
        ended.Add(key);
        Ended.Add(episode.InstanceId);
    }

    public void Append(long key, int episode, string events) => history.Add((key, episode, events));

    public void Add(ActivityItem activity, bool held) => activities.Add((activity, held));

    /// <param name="beganAt">By the count of <see cref="Stopwatch"/>.</param>
    /// <param name="after">How long after that it fires.</param>
    public void AddTimer(long key, string? executionId, string happened, long beganAt, TimeSpan after) =>
        timers.Add((key, executionId, happened, beganAt, after));

    public void AddMessage(string instanceId, string? executionId, HistoryEvent happened)
    {
        messages.Add((instanceId, executionId, EventJson.Write(happened)));
        if (happened is ExecutionRewoundEvent)
            rewound.Add(instanceId);
    }

    public void AddChild(ExecutionStartedEvent start, string parent, string? failure) =>
        children.Add((start, parent, failure));

    public void AddResult(long activity, long key, string? executionId, string happened) =>
        results.Add((activity, key, executionId, happened));

    public void Release(long key, bool abandoned, TimeSpan delay) => released.Add((key, abandoned, delay));

    public void GiveBack(long activity, TimeSpan delay) => activitiesBack.Add((activity, delay));

    /// <summary>The statements that have anything to do, the fence first.</summary>
    public NpgsqlBatch Build(Database database, NpgsqlConnection connection, string? notification)
    {
        var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(database.Command(
            "select durable_task.fence($1, $2, $3)", worker.Id, number, owned.ToArray()));
        AppendConsumed(database, batch);
        AppendInstances(database, batch);
        AppendActivities(database, batch);
        AppendChildren(database, batch);
        AppendMessages(database, batch);
        AppendReleases(database, batch);
        if (notification is not null)
        {
            batch.BatchCommands.Add(database.Command(
                "select pg_notify($1, $2)", Notifications.Channel(database), notification));
        }
        return batch;
    }

    void AppendConsumed(Database database, NpgsqlBatch batch)
    {
        // What came for an instance that has ended, or still runs for it, is of no use any more.
        if (ended.Count > 0)
        {
            batch.BatchCommands.Add(database.Command(
                "delete from durable_task.message where id = any($1) or instance_key = any($2)",
                messagesDone.ToArray(), ended.ToArray()));
            batch.BatchCommands.Add(database.Command(
                "delete from durable_task.activity where id = any($1) or instance_key = any($2)",
                activitiesDone.ToArray(), ended.ToArray()));
        }
        if (messagesDone.Count > 0 && ended.Count == 0)
        {
            batch.BatchCommands.Add(database.Command(
                "delete from durable_task.message where id = any($1)", messagesDone.ToArray()));
        }
        if (activitiesDone.Count > 0 && ended.Count == 0)
        {
            batch.BatchCommands.Add(database.Command(
                "delete from durable_task.activity where id = any($1)", activitiesDone.ToArray()));
        }
        if (replaced.Count == 0)
            return;
        var keys = replaced.ConvertAll(r => r.Key).ToArray();
        batch.BatchCommands.Add(database.Command(
            "delete from durable_task.history where instance_key = any($1)", keys));
        batch.BatchCommands.Add(database.Command(
            "delete from durable_task.activity where instance_key = any($1)", keys));
        // Nobody waits any more for what was meant for an execution that is over.
        batch.BatchCommands.Add(database.Command(
            """
            delete from durable_task.message
            where instance_key = any($1) and execution_id is not null and execution_id <> all($2)
            """,
            keys, replaced.ConvertAll(r => r.ExecutionId).ToArray()));
    }

    void AppendInstances(Database database, NpgsqlBatch batch)
    {
        if (history.Count > 0)
        {
            batch.BatchCommands.Add(database.Command(
                """
                insert into durable_task.history (instance_key, episode, events)
                select * from unnest($1, $2, $3)
                """,
                history.Column(h => h.Key), history.Column(h => h.Episode), history.Text(h => h.Events)));
        }
        if (changed.Count > 0)
        {
            batch.BatchCommands.Add(database.Command(
                """
                with changed as (
                    update durable_task.instance i
                    set status = c.status, custom_status = c.custom_status, output = c.output, failure = c.failure,
                        episodes = c.episodes, deaths = 0, abandoned = 0, retry_at = null, updated_at = now(),
                        completed_at = case when c.ended then now() end,
                        owner = case when c.keep then i.owner end
                    from unnest($1, $2, $3, $4, $5, $6, $7, $8)
                        c (key, status, custom_status, output, failure, episodes, ended, keep)
                    where i.key = c.key and i.key = any($1) and i.owner = $9
                    returning 1
                )
                select durable_task.expect(count(*), cardinality($1)) from changed
                """,
                changed.Column(c => c.Key), changed.Text(c => InstanceStatus.Name(c.Episode.Status)),
                changed.Text(c => EventJson.Plain(c.Episode.CustomStatus)),
                changed.Text(c => EventJson.Plain(c.Episode.Output)), changed.Text(c => c.Episode.Failure),
                changed.Column(c => c.Episode.EpisodesAfter), changed.Column(c => c.Episode.IsEnd),
                changed.Column(c => c.Keep && !c.Episode.IsEnd), worker.Id));
        }
        if (renewed.Count > 0)
        {
            batch.BatchCommands.Add(database.Command(
                """
                update durable_task.instance i
                set execution_id = r.execution_id, input = r.input, version = r.version
                from unnest($1, $2, $3, $4) r (key, execution_id, input, version)
                where i.key = r.key and i.key = any($1)
                """,
                renewed.Column(r => r.Key), renewed.Text(r => r.Episode.ExecutionId),
                renewed.Text(r => EventJson.Plain(r.Episode.Input)),
                renewed.Text(r => EventJson.Plain(r.Episode.Version))));
        }
    }

    void AppendActivities(Database database, NpgsqlBatch batch)
    {
        if (activities.Count > 0)
        {
            batch.BatchCommands.Add(database.Command(
                """
                insert into durable_task.activity
                    (id, hub, instance_key, instance_id, execution_id, event, context, owner)
                select a.id, $1, a.instance_key, a.instance_id, a.execution_id, a.event, a.context,
                    case when a.held then $2 end
                from unnest($3, $4, $5, $6, $7, $8, $9)
                    a (id, instance_key, instance_id, execution_id, event, context, held)
                """,
                worker.Hub, worker.Id,
                activities.Column(a => a.Item.RowId), activities.Column(a => a.Item.InstanceKey),
                activities.Text(a => a.Item.TaskMessage.OrchestrationInstance.InstanceId),
                activities.Text(a => a.Item.TaskMessage.OrchestrationInstance.ExecutionId),
                activities.Text(a => EventJson.Write(a.Item.TaskMessage.Event)),
                activities.Text(a => EventJson.WriteValue(
                    a.Item.TaskMessage.OrchestrationExecutionContext is { OrchestrationTags.Count: > 0 } context
                        ? context : null)),
                activities.Column(a => a.Held)));
        }
        if (activitiesBack.Count > 0)
        {
            batch.BatchCommands.Add(database.Command(
                """
                update durable_task.activity a
                set owner = null, abandoned = a.abandoned + 1, visible_at = now() + b.delay
                from unnest($2, $3) b (id, delay)
                where a.id = b.id and a.id = any($2) and a.owner = $1
                """,
                worker.Id, activitiesBack.Column(b => b.Id), activitiesBack.Column(b => b.Delay)));
        }
        if (results.Count > 0)
        {
            // An activity that is no longer this worker's was given to another; its instance may have ended.
            batch.BatchCommands.Add(database.Command(
                """
                with done as (
                    delete from durable_task.activity where id = any($2) and owner = $1 returning id
                )
                insert into durable_task.message (hub, instance_key, execution_id, event)
                select $6, r.instance_key, r.execution_id, r.event
                from unnest($2, $3, $4, $5) r (id, instance_key, execution_id, event)
                join done on done.id = r.id
                join durable_task.instance i on i.key = r.instance_key
                where i.key = any($3) and i.completed_at is null
                """,
                worker.Id, results.Column(r => r.Activity), results.Column(r => r.Key),
                results.Text(r => r.ExecutionId), results.Text(r => r.Event), worker.Hub));
        }
    }

    void AppendChildren(Database database, NpgsqlBatch batch)
    {
        if (children.Count == 0)
            return;
        // An ended instance gives its id away, as it does to a client; a live one keeps it, and the call fails.
        batch.BatchCommands.Add(database.Command(
            """
            with gone as (
                delete from durable_task.instance
                where hub = $1 and instance_id = any($2) and completed_at is not null
                returning key
            )
            delete from durable_task.history h using gone where h.instance_key = gone.key
            """,
            worker.Hub, children.Text(c => c.Start.OrchestrationInstance.InstanceId)));
        batch.BatchCommands.Add(database.Command(
            """
            with asked as (
                select * from unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
                    c (instance_id, execution_id, name, version, input, tags, parent, event, parent_id,
                        parent_execution_id, failure)
            ),
            made as (
                insert into durable_task.instance
                    (hub, instance_id, execution_id, name, version, input, tags, parent)
                select $1, instance_id, execution_id, name, version, input, tags, parent from asked
                on conflict (hub, instance_id) do nothing
                returning key, instance_id, execution_id
            ),
            told as (
                insert into durable_task.message (hub, instance_key, execution_id, event)
                select $1, m.key, m.execution_id, a.event
                from made m
                join asked a on a.instance_id = m.instance_id and a.execution_id = m.execution_id
            )
            insert into durable_task.message (hub, instance_key, execution_id, event)
            select $1, p.key, a.parent_execution_id, a.failure
            from asked a
            join durable_task.instance p on p.hub = $1 and p.instance_id = a.parent_id and p.completed_at is null
            where a.failure is not null and not exists (
                select from made m where m.instance_id = a.instance_id and m.execution_id = a.execution_id)
            """,
            worker.Hub,
            children.Text(c => c.Start.OrchestrationInstance.InstanceId),
            children.Text(c => c.Start.OrchestrationInstance.ExecutionId),
            children.Text(c => EventJson.Plain(c.Start.Name)), children.Text(c => EventJson.Plain(c.Start.Version)),
            children.Text(c => EventJson.Plain(c.Start.Input)), children.Text(c => EventJson.WriteValue(c.Start.Tags)),
            children.Text(c => EventJson.WriteValue(c.Start.ParentInstance)),
            children.Text(c => EventJson.Write(c.Start)), children.Text(c => c.Parent),
            children.Text(c => c.Start.ParentInstance?.OrchestrationInstance.ExecutionId),
            children.Text(c => c.Failure)));
    }

    void AppendMessages(Database database, NpgsqlBatch batch)
    {
        if (rewound.Count > 0)
        {
            batch.BatchCommands.Add(database.Command(
                """
                update durable_task.instance
                set status = 'running', completed_at = null, output = null, failure = null, updated_at = now()
                where hub = $1 and instance_id = any($2) and status = 'failed'
                """,
                worker.Hub, rewound.ToArray()));
        }
        if (messages.Count > 0)
        {
            batch.BatchCommands.Add(MessageRows.Insert(
                database, worker.Hub, messages.Text(m => m.InstanceId), messages.Text(m => m.ExecutionId),
                messages.Text(m => m.Event)));
        }
        if (timers.Count > 0)
        {
            // They were set by this machine's clock, and are told from now on by the database's, which counts in
            // microseconds and never fires early.
            batch.BatchCommands.Add(database.Command(
                """
                insert into durable_task.message (hub, instance_key, execution_id, event, visible_at)
                select $1, t.instance_key, t.execution_id, t.event, clock_timestamp() + t.delay
                from unnest($2, $3, $4, $5) t (instance_key, execution_id, event, delay)
                """,
                worker.Hub, timers.Column(t => t.Key), timers.Text(t => t.ExecutionId), timers.Text(t => t.Event),
                timers.Column(t => t.After - Stopwatch.GetElapsedTime(t.BeganAt) + TimeSpan.FromMicroseconds(1))));
        }
    }

    void AppendReleases(Database database, NpgsqlBatch batch)
    {
        if (released.Count == 0)
            return;
        batch.BatchCommands.Add(database.Command(
            """
            update durable_task.instance i
            set owner = null,
                abandoned = case when r.abandoned then i.abandoned + 1 else i.abandoned end,
                retry_at = case when r.abandoned then now() + r.delay else i.retry_at end
            from unnest($2, $3, $4) r (key, abandoned, delay)
            where i.key = r.key and i.key = any($2) and i.owner = $1
            """,
            worker.Id, released.Column(r => r.Key), released.Column(r => r.Abandoned), released.Column(r => r.Delay)));
    }

    /// <summary>Rows of one statement; each column becomes one array parameter.</summary>
    sealed class Rows<T> : List<T>
    {
        public NpgsqlParameter Column<TValue>(Func<T, TValue> value)
        {
            var values = new TValue[Count];
            for (var i = 0; i < values.Length; i++)
                values[i] = value(this[i]);
            return new NpgsqlParameter<TValue[]> { TypedValue = values };
        }

        public NpgsqlParameter Text(Func<T, string?> value)
        {
            var parameter = (NpgsqlParameter<string?[]>)Column(value);
            parameter.NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text;
            return parameter;
        }
    }
}
