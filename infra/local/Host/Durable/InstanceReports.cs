using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace Assay.Local;

/// <summary>Which instances to report; null takes all.</summary>
/// <param name="Name">Part of the orchestration's name, in any case.</param>
/// <param name="BeforeId">Of those created before this one.</param>
internal sealed record InstanceFilter(string[]? Statuses, string? Name, string? Prefix, string? BeforeId);

/// <summary>
/// Reads what an operator asks about instances: what they wait for, how often something was tried, what went wrong.
/// </summary>
internal sealed class InstanceReports(DurableDatabase database, IOptions<DurableOptions> options)
{
    const int EntriesMax = 2_000;

    const string Picked =
        """
        key, instance_id, name, status, parent_key, created_at, updated_at, completed_at, failure, owner, ready_at
        """;

    // What an instance waits for is looked up for the few that are shown, by key. An activity that runs where its
    // instance lives has no row: it is open when the history has no answer.
    const string Report =
        """
        select i.instance_id, i.name, i.status, p.instance_id, i.created_at, i.completed_at, i.failure,
            i.owner is not null, i.ready_at,
            a.count, a.queued, a.name, a.since, coalesce(a.attempts, 0),
            c.count, c.name, c.since,
            m.count, m.since, m.timer,
            h.failures, h.last_failure, coalesce(h.last_at, i.updated_at), now(),
            (select name from durable.history
             where instance_key = i.key and step = h.failed_step and kind in ('activity_scheduled', 'child_scheduled'))
        from picked i
        left join durable.instance p on p.key = i.parent_key
        cross join lateral (
            select count(*)::int, (count(*) filter (where row.owner is null and row.step is not null))::int as queued,
                min(asked.name) as name, min(asked.at) as since, max(row.attempts) as attempts
            from (
                select step, min(name) as name, min(at) as at
                from durable.history
                where instance_key = i.key and i.completed_at is null
                    and kind in ('activity_scheduled', 'activity_completed', 'activity_failed')
                group by step
                having count(*) = 1) asked
            left join durable.activity row on row.instance_key = i.key and row.step = asked.step) a
        cross join lateral (
            select count(*)::int, min(name) as name, min(created_at) as since
            from durable.instance
            where parent_key = i.key and status in ('pending', 'running', 'suspended')) c
        cross join lateral (
            select (count(*) filter (where visible_at <= now()))::int as count,
                min(visible_at) filter (where visible_at <= now()) as since,
                min(visible_at) filter (where visible_at > now()) as timer
            from durable.message where instance_key = i.key) m
        cross join lateral (
            select (count(*) filter (where kind in ('activity_failed', 'child_failed')))::int as failures,
                (array_agg(failure order by sequence desc) filter (where failure is not null))[1] as last_failure,
                (array_agg(step order by sequence desc) filter (where failure is not null))[1] as failed_step,
                max(at) as last_at
            from durable.history where instance_key = i.key) h
        order by i.key desc
        """;

    readonly string hub = options.Value.HubName;

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<InstanceReport>> ListAsync(
        InstanceFilter filter, int take, CancellationToken cancellation)
    {
        await using var command = database.Source.CreateCommand(
            $"""
            with picked as (
                select {Picked} from durable.instance
                where hub = $1 and ($2 is null or status = any($2)) and ($3 is null or strpos(lower(name), $3) > 0)
                    and ($4 is null or starts_with(instance_id, $4))
                    and ($5 is null or key < (select key from durable.instance where hub = $1 and instance_id = $5))
                order by key desc
                limit $6
            )
            {Report}
            """);
        command.Parameters.Add(new() { Value = hub });
        command.Parameters.Add(new()
        {
            Value = (object?)filter.Statuses ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text,
        });
        command.Parameters.Add(Text(filter.Name?.ToLowerInvariant()));
        command.Parameters.Add(Text(filter.Prefix));
        command.Parameters.Add(Text(filter.BeforeId));
        command.Parameters.Add(new() { Value = take });
        return await ReadAsync(command, cancellation);
    }

    /// <summary>Null when there is no such instance.</summary>
    public async Task<InstanceDetail?> FindAsync(string instanceId, CancellationToken cancellation)
    {
        await using var command = database.Source.CreateCommand(
            $"""
            with picked as (select {Picked} from durable.instance where hub = $1 and instance_id = $2)
            {Report}
            """);
        command.Parameters.Add(new() { Value = hub });
        command.Parameters.Add(new() { Value = instanceId });
        if (await ReadAsync(command, cancellation) is not [var instance])
            return null;

        await using var batch = database.Source.CreateBatch();
        foreach (var sql in (string[])[Row, Entries, Open, Children])
            batch.BatchCommands.Add(new(sql) { Parameters = { new() { Value = hub }, new() { Value = instanceId } } });
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        if (!await reader.ReadAsync(cancellation))
            return null;
        var (version, customStatus, length, owner) =
            (reader.Text(0), reader.Text(1), reader.GetInt32(2), reader.Text(3));
        var entries = await RestAsync(reader, Entry, cancellation);
        var open = await RestAsync(
            reader, row => new OpenWork(row.GetInt32(0), row.Value<int>(1), row.Text(2)), cancellation);
        var children = await RestAsync(reader, row => (Id: row.GetString(0), Status: row.GetString(1)), cancellation);
        entries.Reverse();
        return new(
            instance, version, customStatus,
            StepReports.Of(entries, open, children.ToDictionary(child => child.Id, child => child.Status), owner),
            length - entries.Count);
    }

    const string Row =
        """
        select version, custom_status,
            (select count(*)::int from durable.history where instance_key = i.key),
            (select w.name from durable.worker w where w.id = i.owner)
        from durable.instance i where hub = $1 and instance_id = $2
        """;

    static readonly string Entries =
        $"""
        select kind, step, at, name, target, failure
        from durable.history
        where instance_key = (select key from durable.instance where hub = $1 and instance_id = $2)
        order by sequence desc
        limit {EntriesMax}
        """;

    const string Open =
        """
        with this as (select key from durable.instance where hub = $1 and instance_id = $2)
        select a.step, a.attempts, w.name
        from durable.activity a
        left join durable.worker w on w.id = a.owner
        where a.instance_key = (select key from this)
        union all
        select step, null, null
        from durable.message
        where instance_key = (select key from this) and kind = 'timer_fired'
        """;

    const string Children =
        """
        select instance_id, status
        from durable.instance
        where parent_key = (select key from durable.instance where hub = $1 and instance_id = $2)
        """;

    static async Task<List<InstanceReport>> ReadAsync(NpgsqlCommand command, CancellationToken cancellation)
    {
        List<InstanceReport> found = [];
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            found.Add(Instance(reader));
        return found;
    }

    static async Task<List<T>> RestAsync<T>(
        NpgsqlDataReader reader, Func<NpgsqlDataReader, T> read, CancellationToken cancellation)
    {
        await reader.NextResultAsync(cancellation);
        List<T> rows = [];
        while (await reader.ReadAsync(cancellation))
            rows.Add(read(reader));
        return rows;
    }

    static InstanceReport Instance(NpgsqlDataReader row)
    {
        var status = row.GetString(2);
        (string For, DateTime Since)? wait = InstanceStatus.IsEnded(status)
            ? null
            : new InstanceWaits(
                status, row.GetBoolean(7), row.Value<DateTime>(8), row.GetInt32(9), row.GetInt32(10), row.Text(11),
                row.Value<DateTime>(12), row.GetInt32(14), row.Text(15), row.Value<DateTime>(16), row.GetInt32(17),
                row.Value<DateTime>(18), row.Value<DateTime>(19), row.GetDateTime(22)).Foremost(row.GetDateTime(23));
        return new(
            row.GetString(0), row.GetString(1), status, row.Text(3), row.GetDateTime(4), row.Value<DateTime>(5),
            wait?.For, wait?.Since, row.GetInt32(20), row.GetInt32(13),
            Error(row.Text(6)) ?? (row.Text(21) is { } failure ? $"{row.Text(24)}: {Error(failure)}" : null));
    }

    static HistoryEntry Entry(NpgsqlDataReader row) => new(
        row.GetString(0), row.Value<int>(1), row.GetDateTime(2), row.Text(3), row.Text(4), Failure: row.Text(5));

    public static string? Error(string? failure) => failure is null ? null : FailureJson.Read(failure).ErrorMessage;

    static NpgsqlParameter Text(string? value) =>
        new() { NpgsqlDbType = NpgsqlDbType.Text, Value = (object?)value ?? DBNull.Value };
}
