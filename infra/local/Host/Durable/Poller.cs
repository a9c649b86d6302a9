using Npgsql;

namespace Assay.Local;

/// <summary>What a poll found.</summary>
/// <param name="Instances">Now owned by this worker.</param>
/// <param name="Next">When something becomes due that nobody will announce; at most a minute.</param>
internal sealed record Found(
    List<InstanceRow> Instances, List<(long Instance, Inbound Inbound)> Messages, List<ActivityWork> Activities,
    TimeSpan Next);

/// <summary>Looks in the database for work: claims what nobody owns, and fetches what came for what this worker owns.</summary>
internal sealed class Poller(long worker, DurableOptions options, DurableDatabase database)
{
    const int MessagesMax = 5_000;

    // A claim locks the worker's own row, so that it cannot come after others have taken over from this worker.
    const string Me = "with me as (select id from durable.worker where id = $1 for key share)";

    const string ClaimedColumns =
        """
        returning i.*
        )
        select c.key, c.instance_id, c.name, c.version, c.status, c.input, c.custom_status, c.tags, c.first_step,
            c.parent_key, c.parent_step, p.instance_id, p.name
        from claimed c
        left join durable.instance p on p.key = c.parent_key
        """;

    /// <param name="knownMessages">Already in memory.</param>
    public async Task<Found> PollAsync(
        Work work, int instancesMax, int activitiesMax, long[] knownMessages, CancellationToken cancellation)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancellation);
        await using var batch = new NpgsqlBatch(connection);
        var instances = work.HasFlag(Work.Instances) && instancesMax > 0;
        var messages = work.HasFlag(Work.Messages) && instancesMax > 0;
        var activities = work.HasFlag(Work.Activities) && activitiesMax > 0;
        if (instances)
            AppendReady(batch, instancesMax);
        if (messages)
        {
            AppendTold(batch, instancesMax);
            AppendMessages(batch, knownMessages);
        }
        if (activities)
            AppendActivities(batch, activitiesMax);
        AppendNext(batch);

        var found = new Found([], [], [], TimeSpan.Zero);
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        if (instances)
            await EachAsync(reader, () => found.Instances.Add(Instance(reader)), cancellation);
        if (messages)
        {
            await EachAsync(reader, () => found.Instances.Add(Instance(reader)), cancellation);
            await EachAsync(reader, () => found.Messages.Add(Message(reader)), cancellation);
        }
        if (activities)
            await EachAsync(reader, () => found.Activities.Add(Activity(reader)), cancellation);
        await reader.ReadAsync(cancellation);
        return found with { Next = TimeSpan.FromSeconds(reader.GetDouble(0)) };
    }

    void AppendReady(NpgsqlBatch batch, int max) => Append(batch,
        $"""
        {Me},
        ready as (
            select key from durable.instance
            where hub = $2 and owner is null and ready_at <= now() and exists (select from me)
            order by ready_at
            limit $3
            for update skip locked
        ),
        claimed as (
            update durable.instance i
            set owner = $1, ready_at = null, status = case i.status when 'pending' then 'running' else i.status end,
                updated_at = now()
            from ready where i.key = ready.key
        {ClaimedColumns}
        """,
        worker, options.HubName, max);

    /// <summary>Instances that nobody owns and that a message waits for.</summary>
    void AppendTold(NpgsqlBatch batch, int max) => Append(batch,
        $"""
        {Me},
        told as (
            select distinct instance_key, bool_or(kind = 'terminated') over (partition by instance_key) as terminated
            from durable.message
            where visible_at <= now()
        ),
        picked as (
            select i.key
            from durable.instance i
            join told on told.instance_key = i.key
            where i.hub = $2 and i.owner is null and i.status in ('pending', 'running', 'suspended')
                and (i.ready_at is null or i.ready_at <= now() or told.terminated) and exists (select from me)
            limit $3
            for update of i skip locked
        ),
        claimed as (
            update durable.instance i
            set owner = $1, ready_at = null, status = case i.status when 'pending' then 'running' else i.status end,
                updated_at = now()
            from picked where i.key = picked.key
        {ClaimedColumns}
        """,
        worker, options.HubName, max);

    void AppendMessages(NpgsqlBatch batch, long[] known) => Append(batch,
        """
        select m.instance_key, m.id, m.kind, m.step, m.name, m.payload, m.failure, m.visible_at
        from durable.message m
        join durable.instance i on i.key = m.instance_key
        where m.visible_at <= now() and i.owner = $1 and m.id <> all($2)
        order by m.id
        limit $3
        """,
        worker, known, MessagesMax);

    void AppendActivities(NpgsqlBatch batch, int max) => Append(batch,
        $"""
        {Me},
        waiting as (
            select instance_key, step from durable.activity
            where hub = $2 and owner is null and exists (select from me)
            order by queued_at
            limit $3
            for update skip locked
        )
        update durable.activity a
        set owner = $1, attempts = a.attempts + 1
        from waiting w
        where a.instance_key = w.instance_key and a.step = w.step
        returning a.instance_key, (select i.instance_id from durable.instance i where i.key = a.instance_key),
            a.step, a.name, a.input, a.attempts
        """,
        worker, options.HubName, max);

    /// <summary>Timers and delayed starts come due without a notification.</summary>
    void AppendNext(NpgsqlBatch batch) => Append(batch,
        """
        select coalesce(extract(epoch from least(
            (select min(visible_at) from durable.message where visible_at > now() and visible_at < now() + interval '1 minute'),
            (select min(ready_at) from durable.instance
             where hub = $1 and owner is null and ready_at > now() and ready_at < now() + interval '1 minute'),
            now() + interval '1 minute') - now()), 60)::float8
        """,
        options.HubName);

    static InstanceRow Instance(NpgsqlDataReader reader) => new(
        reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.Text(3), reader.GetString(4),
        reader.Text(5), reader.Text(6), reader.Text(7), reader.GetInt32(8), reader.Value<long>(9),
        reader.Value<int>(10), reader.Text(11), reader.Text(12));

    static (long, Inbound) Message(NpgsqlDataReader reader)
    {
        var kind = reader.GetString(2);
        return (reader.GetInt64(0), new(
            kind, reader.Value<int>(3), reader.Text(4), reader.Text(5), reader.Text(6), reader.GetInt64(1),
            kind == Kind.TimerFired ? reader.GetDateTime(7) : null));
    }

    static ActivityWork Activity(NpgsqlDataReader reader) => new(
        reader.GetInt64(0), reader.Text(1) ?? "", reader.GetInt32(2), reader.GetString(3), reader.Text(4),
        reader.GetInt32(5));

    static async Task EachAsync(NpgsqlDataReader reader, Action row, CancellationToken cancellation)
    {
        while (await reader.ReadAsync(cancellation))
            row();
        await reader.NextResultAsync(cancellation);
    }

    static void Append(NpgsqlBatch batch, string sql, params ReadOnlySpan<object> parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters)
            command.Parameters.Add(new() { Value = parameter });
        batch.BatchCommands.Add(command);
    }
}
