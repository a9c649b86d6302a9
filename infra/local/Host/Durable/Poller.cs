using Npgsql;

namespace Assay.Local;

/// <summary>What a poll found.</summary>
/// <param name="Instances">Now owned by this worker.</param>
/// <param name="Next">When something becomes due that nobody will announce; at most a minute.</param>
/// <param name="Suspects">Whether there are instances to be taken on one at a time.</param>
internal sealed record Found(
    List<InstanceRow> Instances, List<(long Instance, Inbound Inbound)> Messages, List<ActivityWork> Activities,
    TimeSpan Next, bool Suspects);

/// <summary>How much more the worker can take on.</summary>
/// <param name="Suspect">Whether to take on an instance that was being run when processes ended.</param>
internal sealed record Room(int Instances, int Activities, bool Suspects, bool Suspect);

/// <summary>What of its own the worker has in memory.</summary>
internal sealed record Known(long[] Instances, long[] Messages, (long InstanceKey, int Step)[] Activities);

/// <summary>
/// Looks in the database for work: claims what nobody owns, and fetches what came for what this worker owns.
/// </summary>
internal sealed class Poller(long worker, DurableOptions options, DurableDatabase database)
{
    public const int MessagesMax = 5_000;

    // A claim locks the worker's own row, so that it cannot come after others have taken over from this worker.
    const string Me = "with me as (select id from durable.worker where id = $1 for key share)";

    const string InstanceColumns =
        """
        c.key, c.instance_id, c.name, c.version, c.status, c.input, c.custom_status, c.tags, c.first_step,
            c.parent_key, c.parent_step, p.instance_id, p.name, c.created_at, c.trace_parent, c.takeovers
        """;

    public async Task<Found> PollAsync(Work work, Room room, Known known, CancellationToken cancellation)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancellation);
        await using var batch = new NpgsqlBatch(connection);
        var instances = work.HasFlag(Work.Instances) && room.Instances > 0;
        var messages = work.HasFlag(Work.Messages) && room.Instances > 0;
        var activities = work.HasFlag(Work.Activities) && room.Activities > 0;
        var suspect = instances && messages && room.Suspect;
        if (instances)
            AppendReady(batch, room.Instances);
        if (suspect)
            AppendSuspect(batch);
        if (messages)
        {
            AppendTold(batch, room.Instances);
            AppendMessages(batch, known.Messages);
        }
        if (activities)
            AppendActivities(batch, room);
        AppendNext(batch);

        var found = new Found([], [], [], TimeSpan.Zero, Suspects: false);
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        if (instances)
            await EachAsync(
                reader, () => found.Instances.Add(Instance(reader) with { IsNew = true }), cancellation);
        if (suspect)
            await EachAsync(reader, () => found.Instances.Add(Instance(reader)), cancellation);
        if (messages)
        {
            await EachAsync(reader, () => found.Instances.Add(Instance(reader)), cancellation);
            await EachAsync(reader, () => found.Messages.Add(Message(reader)), cancellation);
        }
        if (activities)
            await EachAsync(reader, () => found.Activities.Add(Activity(reader)), cancellation);
        await reader.ReadAsync(cancellation);
        return found with { Next = TimeSpan.FromSeconds(reader.GetDouble(0)), Suspects = reader.GetBoolean(1) };
    }

    /// <summary>
    /// Finds what was claimed by a poll whose answer was lost: instances to take into memory after all; activities are
    /// given back.
    /// </summary>
    public async Task<List<InstanceRow>> RecoverAsync(Known known, CancellationToken cancellation)
    {
        await using var batch = database.Source.CreateBatch();
        // The server may still be at the very claim whose answer will not come.
        Append(batch, "select from durable.worker where id = $1 for update", worker);
        Append(batch,
            $"""
            select {InstanceColumns}
            from durable.instance c
            left join durable.instance p on p.key = c.parent_key
            where c.owner = $1 and c.key <> all($2)
            """,
            worker, known.Instances);
        Append(batch,
            """
            update durable.activity
            set owner = null, attempts = attempts - 1
            where owner = $1 and (instance_key, step) not in (select * from unnest($2, $3))
            """,
            worker, Array.ConvertAll(known.Activities, activity => activity.InstanceKey),
            Array.ConvertAll(known.Activities, activity => activity.Step));
        List<InstanceRow> found = [];
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        await reader.NextResultAsync(cancellation);
        await EachAsync(reader, () => found.Add(Instance(reader)), cancellation);
        return found;
    }

    /// <summary>Makes instances this worker's.</summary>
    /// <param name="picked">Common table expressions, the last of them <c>picked</c> with the keys.</param>
    static string Claim(string picked) =>
        $"""
        {Me},
        {picked},
        claimed as (
            update durable.instance i
            set owner = $1, ready_at = null, status = case i.status when 'pending' then 'running' else i.status end,
                updated_at = now()
            where i.key = any(array(select key from picked))
            returning i.*
        )
        select {InstanceColumns}
        from claimed c
        left join durable.instance p on p.key = c.parent_key
        """;

    void AppendReady(NpgsqlBatch batch, int max) => Append(batch,
        Claim("""
        picked as (
            select key from durable.instance
            where hub = $2 and owner is null and ready_at <= now() and takeovers < 2
                and exists (select from me)
            order by ready_at
            limit $3
            for update skip locked
        )
        """),
        worker, options.HubName, max);

    /// <summary>Instances that nobody owns and that a message waits for.</summary>
    void AppendTold(NpgsqlBatch batch, int max) => Append(batch,
        Claim("""
        told as (
            select instance_key, bool_or(kind = 'terminated') as terminated
            from durable.message
            where visible_at <= now()
            group by instance_key
        ),
        picked as (
            select key
            from durable.instance
            where hub = $2 and owner is null and status in ('pending', 'running', 'suspended') and takeovers < 2
                and key = any(array(select instance_key from told where exists (select from me)))
                and (ready_at is null or ready_at <= now()
                    or key = any(array(select instance_key from told where terminated)))
            limit $3
            for update skip locked
        )
        """),
        worker, options.HubName, max);

    /// <summary>
    /// One at a time, so that an orchestrator that ends processes does not use up the takeovers of those beside it.
    /// </summary>
    void AppendSuspect(NpgsqlBatch batch) => Append(batch,
        Claim("""
        picked as (
            select key from durable.instance i
            where hub = $2 and takeovers >= 2 and owner is null and completed_at is null and exists (select from me)
                and (ready_at <= now() or exists (
                    select from durable.message m where m.instance_key = i.key and m.visible_at <= now()))
            order by updated_at
            limit 1
            for update skip locked
        )
        """),
        worker, options.HubName);

    void AppendMessages(NpgsqlBatch batch, long[] known) => Append(batch,
        """
        select m.instance_key, m.id, m.kind, m.step, m.name, m.payload, m.failure, m.visible_at
        from durable.message m
        where m.visible_at <= now() and m.id <> all($2)
            and (select i.owner from durable.instance i where i.key = m.instance_key) = $1
        order by m.id
        limit $3
        """,
        worker, known, MessagesMax);

    /// <summary>Suspects in groups that become smaller, so that the one that kills is found in few deaths.</summary>
    void AppendActivities(NpgsqlBatch batch, Room room) => Append(batch,
        $"""
        {Me},
        waiting as (
            select ctid from durable.activity
            where hub = $2 and owner is null and attempts + 1 < $5 and exists (select from me)
            order by queued_at
            limit $3
            for update skip locked
        ),
        suspects as (
            select ctid from durable.activity
            where owner is null and ctid = any(array(
                select s.ctid
                from (
                    select ctid, attempts + 1 - $5 as grade,
                        row_number() over (order by attempts, queued_at) as place
                    from durable.activity
                    where hub = $2 and owner is null and attempts + 1 >= $5 and $4 and exists (select from me)) s
                where s.place <= case s.grade when 0 then 16 when 1 then 4 else 1 end))
            for update skip locked
        )
        update durable.activity a
        set owner = $1, attempts = a.attempts + 1
        where a.ctid = any(array(select ctid from waiting union all select ctid from suspects))
        returning a.instance_key, (select i.instance_id from durable.instance i where i.key = a.instance_key),
            a.step, a.name, a.input, a.attempts,
            (select i.trace_parent from durable.instance i where i.key = a.instance_key)
        """,
        worker, options.HubName, room.Activities, room.Suspects, ActivityRunner.SuspectAttempt);

    /// <summary>Timers and delayed starts come due without a notification.</summary>
    void AppendNext(NpgsqlBatch batch) => Append(batch,
        """
        select coalesce(extract(epoch from least(
            (select min(visible_at) from durable.message
             where visible_at > now() and visible_at < now() + interval '1 minute'),
            (select min(ready_at) from durable.instance
             where hub = $1 and owner is null and ready_at > now() and ready_at < now() + interval '1 minute'),
            now() + interval '1 minute') - now()), 60)::float8,
            exists (
                select from durable.instance i
                where hub = $1 and takeovers >= 2 and owner is null and completed_at is null
                    and (ready_at <= now() or exists (
                        select from durable.message m where m.instance_key = i.key and m.visible_at <= now())))
        """,
        options.HubName);

    static InstanceRow Instance(NpgsqlDataReader reader) => new(
        reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.Text(3), reader.GetString(4),
        reader.Text(5), reader.Text(6), reader.Text(7), reader.GetInt32(8), reader.Value<long>(9),
        reader.Value<int>(10), reader.Text(11), reader.Text(12), reader.GetDateTime(13), reader.Text(14))
    {
        Takeovers = reader.GetInt32(15),
    };

    static (long, Inbound) Message(NpgsqlDataReader reader)
    {
        var kind = reader.GetString(2);
        return (reader.GetInt64(0), new(
            kind, reader.Value<int>(3), reader.Text(4), reader.Text(5), reader.Text(6), reader.GetInt64(1),
            kind == Kind.TimerFired ? reader.GetDateTime(7) : null));
    }

    static ActivityWork Activity(NpgsqlDataReader reader) => new(
        reader.GetInt64(0), reader.Text(1) ?? "", reader.GetInt32(2), reader.GetString(3), reader.Text(4),
        reader.GetInt32(5), DurableTraces.Of(reader.Text(6), reader.GetInt64(0)), HasRow: true);

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
