using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace Assay.Local;

/// <summary>A start that a client asks for.</summary>
/// <param name="StartAt">Not before this time; null: now.</param>
/// <param name="Replaceable">Statuses in which an instance with the same id gives way to this one.</param>
internal sealed record NewInstance(
    string InstanceId, string Name, string? Version, string? Input, string? Tags, DateTime? StartAt,
    IReadOnlyList<string> Replaceable)
{
    /// <summary>See <see cref="DurableTraces"/>.</summary>
    public string? TraceParent { get; init; }
}

/// <summary>
/// Writes new instances, those of many callers in one round trip. Where this process works, it takes them on with the
/// same statement, so that nobody has to look for them.
/// </summary>
internal sealed class InstanceStarts
{
    const int TogetherMax = 200;

    readonly string hub;
    readonly DurableDatabase database;
    readonly CurrentSession current;
    readonly Signal signal;
    readonly Lease lease;
    readonly Gathering<NewInstance, bool> starts;

    public InstanceStarts(
        DurableDatabase database, IOptions<DurableOptions> options, CurrentSession current, Signal signal, Lease lease)
    {
        hub = options.Value.HubName;
        (this.database, this.current, this.signal, this.lease) = (database, current, signal, lease);
        starts = new(InsertAsync, TogetherMax, start => start.InstanceId);
    }

    /// <summary>False when an instance with that id is there already and does not give way.</summary>
    public Task<bool> TryInsertAsync(NewInstance start, CancellationToken cancellation) =>
        starts.AskAsync(start, cancellation);

    async Task<IReadOnlyList<bool>> InsertAsync(IReadOnlyList<NewInstance> asked)
    {
        List<Started> started = [];
        if (current.Session is { HasRoom: true } session)
        {
            await session.ClaimAsync(async worker =>
            {
                started = await WriteAsync(asked, worker);
                return started.Where(one => one.Claimed).Select(Row);
            });
        }
        else
        {
            started = await WriteAsync(asked, worker: null);
        }
        if (started.Any(one => !one.Claimed))
            signal.Raise(Work.Instances);
        var inserted = started.Select(one => one.Start.InstanceId).ToHashSet();
        return [.. asked.Select(start => inserted.Contains(start.InstanceId))];
    }

    async Task<List<Started>> WriteAsync(IReadOnlyList<NewInstance> asked, long? worker)
    {
        var byId = asked.ToDictionary(start => start.InstanceId);
        List<Started> started = [];
        await using var batch = Build(asked, worker);
        await using var reader = await batch.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            started.Add(new(
                byId[reader.GetString(0)], reader.GetInt64(1), reader.GetBoolean(2), reader.GetDateTime(3)));
        }
        return started;
    }

    static InstanceRow Row(Started started) => new(
        started.Key, started.Start.InstanceId, started.Start.Name, started.Start.Version, InstanceStatus.Running,
        started.Start.Input, CustomStatus: null, started.Start.Tags, FirstStep: 0, ParentKey: null, ParentStep: null,
        ParentId: null, ParentName: null, started.CreatedAt, started.Start.TraceParent)
    {
        IsNew = true,
    };

    NpgsqlBatch Build(IReadOnlyList<NewInstance> asked, long? worker)
    {
        var batch = database.Source.CreateBatch();
        var replacing = asked.Where(start => start.Replaceable.Count > 0).ToList();
        if (replacing.Count > 0)
        {
            Append(batch,
                """
                with gone as (
                    delete from durable.instance where ctid = any(array(
                        select i.ctid
                        from unnest($2, $3) a (instance_id, statuses)
                        cross join lateral (
                            select ctid, status from durable.instance
                            where hub = $1 and instance_id = a.instance_id and owner is null limit 1) i
                        where i.status = any(string_to_array(a.statuses, ','))))
                    returning key
                )
                delete from durable.history h using gone where h.instance_key = gone.key
                """,
                new() { Value = hub }, Texts(replacing, start => start.InstanceId),
                Texts(replacing, start => string.Join(',', start.Replaceable)));
        }
        // As with every claim, the worker's row is locked: it cannot lose its lease in between.
        Append(batch,
            """
            with me as (select id from durable.worker where id = $2 for key share)
            insert into durable.instance (
                hub, instance_id, name, version, input, tags, trace_parent, owner, status, ready_at)
            select $1, a.instance_id, a.name, a.version, a.input, a.tags, a.trace_parent, m.id,
                case when m.id is null then 'pending' else 'running' end,
                case when m.id is null then coalesce(a.start_at, now()) end
            from unnest($3, $4, $5, $6, $7, $8, $9)
                a (instance_id, name, version, input, tags, trace_parent, start_at)
            left join me m on a.start_at is null
            on conflict (hub, instance_id) do nothing
            returning instance_id, key, owner is not null, created_at
            """,
            new() { Value = hub },
            new() { NpgsqlDbType = NpgsqlDbType.Bigint, Value = (object?)worker ?? DBNull.Value },
            Texts(asked, start => start.InstanceId), Texts(asked, start => start.Name),
            Texts(asked, start => start.Version), Texts(asked, start => start.Input),
            Texts(asked, start => start.Tags), Texts(asked, start => start.TraceParent),
            new()
            {
                NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz,
                Value = asked.Select(start => start.StartAt).ToArray(),
            });
        if (worker is null && lease.HasPeers)
        {
            Append(batch,
                "select '', 0, false, now() where pg_notify($1, $2) is null", new() { Value = Notifications.Channel },
                new() { Value = Notifications.Payload(hub, Work.Instances, []) });
        }
        return batch;
    }

    static NpgsqlParameter Texts(IReadOnlyList<NewInstance> asked, Func<NewInstance, string?> value) => new()
    {
        NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text, Value = asked.Select(value).ToArray(),
    };

    static void Append(NpgsqlBatch batch, string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters)
            command.Parameters.Add(parameter);
        batch.BatchCommands.Add(command);
    }

    sealed record Started(NewInstance Start, long Key, bool Claimed, DateTime CreatedAt);
}
