using DurableTask.Core.Exceptions;
using Npgsql;

namespace Assay.Local;

// A plan that is made while a table is small stays in use when it has grown. So statements say how rows are found: by
// a key of one column with "= any", or from a lateral look-up with "limit 1"; a plain join with unnest, or "= any" on
// the second column of an index, may end up reading the whole table.
internal sealed partial class CommitBatch
{
    /// <summary>The statements that have anything to do, the fence first.</summary>
    public NpgsqlBatch Build(NpgsqlConnection connection, bool notify)
    {
        var batch = new NpgsqlBatch(connection);
        Append(batch, "select durable.fence($1, $2, $3)", new() { Value = worker }, new() { Value = number },
            new() { Value = options.Lease });
        AppendConsumed(batch);
        AppendHistory(batch);
        AppendInstances(batch);
        AppendActivities(batch);
        AppendChildren(batch);
        AppendMessages(batch);
        if (notify && (Work != Work.None || StatusChanged.Count > 0))
        {
            Append(batch, "select pg_notify($1, $2)", new() { Value = Notifications.Channel },
                new() { Value = Notifications.Payload(
                    options.HubName, Work, StatusChanged.Select(change => change.InstanceId)) });
        }
        return batch;
    }

    void AppendConsumed(NpgsqlBatch batch)
    {
        if (messagesDone.Count > 0)
            Append(batch, "delete from durable.message where id = any($1)", messagesDone.Column(id => id));
        if (activitiesDone.Count > 0)
        {
            Append(batch,
                """
                delete from durable.activity where ctid = any(array(
                    select a.ctid
                    from unnest($1, $2) d (instance_key, step)
                    cross join lateral (
                        select ctid from durable.activity
                        where instance_key = d.instance_key and step = d.step limit 1) a))
                """,
                activitiesDone.Column(d => d.Key), activitiesDone.Column(d => d.Step));
        }
        if (timersCancelled.Count > 0)
        {
            Append(batch,
                """
                delete from durable.message where ctid = any(array(
                    select m.ctid
                    from unnest($1, $2) c (instance_key, step)
                    cross join lateral (
                        select ctid from durable.message
                        where instance_key = c.instance_key and step = c.step and kind = 'timer_fired' limit 1) m))
                """,
                timersCancelled.Column(c => c.Key), timersCancelled.Column(c => c.Step));
        }
    }

    void AppendHistory(NpgsqlBatch batch)
    {
        if (renewed.Count > 0)
        {
            Append(batch, "delete from durable.history where instance_key = any($1)", renewed.Column(r => r.Key));
            Append(batch,
                "delete from durable.message where instance_key = any($1) and kind = 'timer_fired'",
                renewed.Column(r => r.Key));
        }
        if (history.Count > 0)
        {
            Append(batch,
                """
                insert into durable.history (instance_key, sequence, kind, step, at, name, target, payload, failure)
                select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)
                """,
                history.Column(h => h.Key), history.Column(h => h.Sequence), history.Text(h => h.Entry.Kind),
                history.Column(h => h.Entry.Step), history.Column(h => h.Entry.At), history.Text(h => h.Entry.Name),
                history.Text(h => h.Entry.Target), history.Text(h => h.Entry.Payload),
                history.Text(h => h.Entry.Failure));
        }
    }

    void AppendInstances(NpgsqlBatch batch)
    {
        if (changed.Count > 0)
        {
            Append(batch,
                """
                update durable.instance i
                set status = c.status, custom_status = c.custom_status, output = c.output, failure = c.failure,
                    updated_at = now(),
                    completed_at = case when c.ended then now() end,
                    owner = case when c.ended then null else i.owner end
                from unnest($1, $2, $3, $4, $5, $6) c (key, status, custom_status, output, failure, ended)
                where i.key = c.key and i.key = any($1)
                """,
                changed.Column(c => c.Key), changed.Text(c => c.Episode.Status),
                changed.Text(c => c.Episode.CustomStatus), changed.Text(c => c.Episode.Output),
                changed.Text(c => c.Episode.Failure), changed.Column(c => c.Episode.IsEnd));
        }
        if (renewed.Count > 0)
        {
            Append(batch,
                """
                update durable.instance i
                set input = r.input, version = r.version, first_step = r.first_step, custom_status = r.custom_status,
                    status = 'running', updated_at = now(), takeovers = 0
                from unnest($1, $2, $3, $4, $5) r (key, input, version, first_step, custom_status)
                where i.key = r.key and i.key = any($1)
                """,
                renewed.Column(r => r.Key), renewed.Text(r => r.Next.Input), renewed.Text(r => r.Next.Version),
                renewed.Column(r => r.Next.FirstStep), renewed.Text(r => r.Episode.CustomStatus));
        }
        if (ended.Count > 0)
            Append(batch, "delete from durable.message where instance_key = any($1)", ended.Column(key => key));
    }

    void AppendActivities(NpgsqlBatch batch)
    {
        if (activities.Count > 0)
        {
            Append(batch,
                """
                insert into durable.activity (hub, instance_key, step, name, input)
                select $1, a.instance_key, a.step, a.name, a.input
                from unnest($2, $3, $4, $5) a (instance_key, step, name, input)
                """,
                new() { Value = options.HubName }, activities.Column(a => a.Key), activities.Column(a => a.Step),
                activities.Text(a => a.Name), activities.Text(a => a.Input));
        }
        if (results.Count > 0)
        {
            // An activity that is no longer this worker's was given to another; its instance may have ended.
            Append(batch,
                """
                with done as (
                    delete from durable.activity a
                    using unnest($2, $3, $4, $5, $6) r (instance_key, step, kind, payload, failure)
                    where a.instance_key = r.instance_key and a.step = r.step and a.owner = $1
                        and a.ctid = any(array(
                            select x.ctid
                            from unnest($2, $3) d (instance_key, step)
                            cross join lateral (
                                select ctid from durable.activity
                                where instance_key = d.instance_key and step = d.step limit 1) x))
                    returning r.*
                )
                insert into durable.message (instance_key, kind, step, payload, failure)
                select d.instance_key, d.kind, d.step, d.payload, d.failure
                from done d
                join durable.instance i on i.key = d.instance_key
                where i.key = any($2) and i.status in ('pending', 'running', 'suspended')
                """,
                new() { Value = worker },
                results.Column(r => r.Key), results.Column(r => r.Result.Step!.Value),
                results.Text(r => r.Result.Kind), results.Text(r => r.Result.Payload),
                results.Text(r => r.Result.Failure));
        }
    }

    void AppendChildren(NpgsqlBatch batch)
    {
        if (children.Count == 0)
            return;
        // An ended instance gives its id away, as it does to a client; a live one keeps it, and the call fails.
        Append(batch,
            """
            with gone as (
                delete from durable.instance where ctid = any(array(
                    select i.ctid
                    from unnest($2) a (instance_id)
                    cross join lateral (
                        select ctid, status from durable.instance
                        where hub = $1 and instance_id = a.instance_id limit 1) i
                    where i.status in ('completed', 'failed', 'terminated')))
                returning key
            )
            delete from durable.history h using gone where h.instance_key = gone.key
            """,
            new() { Value = options.HubName }, children.Text(c => c.Entry.Target));
        Append(batch,
            """
            with asked as (
                select *
                from unnest($2, $3, $4, $5, $6, $7, $8, $9, $10)
                    c (instance_id, name, version, input, tags, parent_key, parent_step, trace_parent, failure)
            ),
            made as (
                insert into durable.instance (
                    hub, instance_id, name, version, input, tags, parent_key, parent_step, trace_parent, ready_at)
                select $1, instance_id, name, version, input, tags, parent_key, parent_step, trace_parent, now()
                from asked
                on conflict (hub, instance_id) do nothing
                returning parent_key, parent_step
            )
            insert into durable.message (instance_key, kind, step, failure)
            select a.parent_key, 'child_failed', a.parent_step, a.failure
            from asked a
            where not exists (
                select from made m where m.parent_key = a.parent_key and m.parent_step = a.parent_step)
            """,
            new() { Value = options.HubName },
            children.Text(c => c.Entry.Target), children.Text(c => c.Entry.Name), children.Text(c => c.Entry.Version),
            children.Text(c => c.Entry.Payload), children.Text(c => c.Entry.Tags), children.Column(c => c.Parent.Key),
            children.Column(c => c.Entry.Step!.Value),
            children.Text(c => DurableTraces.Of(c.Parent.TraceParent, c.Parent.Key)),
            children.Text(c => OrchestrationAlreadyExistsException.Failure(c.Entry.Target!)));
    }

    void AppendMessages(NpgsqlBatch batch)
    {
        if (messages.Count > 0)
        {
            Append(batch,
                """
                insert into durable.message (instance_key, kind, step, name, payload, failure, visible_at)
                select m.instance_key, m.kind, m.step, m.name, m.payload, m.failure, coalesce(m.visible_at, now())
                from unnest($1, $2, $3, $4, $5, $6, $7) m (instance_key, kind, step, name, payload, failure, visible_at)
                join durable.instance i on i.key = m.instance_key
                where i.key = any($1) and i.status in ('pending', 'running', 'suspended')
                """,
                messages.Column(m => m.Key), messages.Text(m => m.Kind), messages.Column(m => m.Step),
                messages.Text(m => m.Name), messages.Text(m => m.Payload), messages.Text(m => m.Failure),
                messages.Column(m => m.At));
        }
        if (events.Count > 0)
        {
            Append(batch,
                """
                insert into durable.message (instance_key, kind, name, payload)
                select i.key, 'event_raised', e.name, e.payload
                from unnest($2, $3, $4) e (instance_id, name, payload)
                cross join lateral (
                    select key, status from durable.instance
                    where hub = $1 and instance_id = e.instance_id limit 1) i
                where i.status in ('pending', 'running', 'suspended')
                """,
                new() { Value = options.HubName },
                events.Text(e => e.InstanceId), events.Text(e => e.Name), events.Text(e => e.Payload));
        }
        if (parentsTerminated.Count > 0)
        {
            Append(batch,
                """
                insert into durable.message (instance_key, kind, name)
                select i.key, 'terminated', $2
                from durable.instance i
                where i.parent_key = any($1) and i.status in ('pending', 'running', 'suspended')
                """,
                parentsTerminated.Column(key => key), new() { Value = Termination.Recursive });
        }
    }

    static void Append(NpgsqlBatch batch, string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters)
            command.Parameters.Add(parameter);
        batch.BatchCommands.Add(command);
    }
}
