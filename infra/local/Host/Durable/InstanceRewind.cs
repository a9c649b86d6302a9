using DurableTask.Core.Exceptions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Assay.Local;

/// <summary>
/// Brings failed instances back to life, to do again what failed and no more. Sub-orchestrations come before their
/// parents, each in a transaction of its own, so that a rewind that was cut off can be repeated.
/// </summary>
internal sealed class InstanceRewind(DurableDatabase database, HistoryStore histories, IOptions<DurableOptions> options)
{
    /// <summary>False when the instance is not a failed one.</summary>
    public async Task<bool> TryRewindAsync(long key, string? reason, CancellationToken cancellation)
    {
        var history = await histories.LoadAsync(key, cancellation);
        var plan = RewindPlan.Of(history);
        foreach (var child in await FailedChildrenAsync(key, plan, cancellation))
            await TryRewindAsync(child, reason, cancellation);

        await using var connection = await database.Source.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        // One that failed before its code began begins as if it were new.
        var begun = history.Exists(entry => entry.Kind == Kind.Started);
        if (!await TryReviveAsync(connection, key, history.Count, begun, cancellation))
            return false;
        await using var batch = new NpgsqlBatch(connection);
        AppendHistory(batch, key, plan, reason, begun);
        AppendActivities(batch, key, plan);
        AppendTimers(batch, key, plan);
        AppendChildren(batch, key, plan);
        await batch.ExecuteNonQueryAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return true;
    }

    /// <summary>None of an instance that has not failed itself.</summary>
    async Task<List<long>> FailedChildrenAsync(long key, RewindPlan plan, CancellationToken cancellation)
    {
        await using var command = database.Source.CreateCommand(
            """
            select c.key from durable.instance c
            where c.parent_key = $1 and c.parent_step = any($2) and c.status = 'failed'
                and (select p.status from durable.instance p where p.key = $1) = 'failed'
            """);
        command.Parameters.Add(new() { Value = key });
        command.Parameters.Add(new() { Value = Steps(plan.Children) });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        List<long> children = [];
        while (await reader.ReadAsync(cancellation))
            children.Add(reader.GetInt64(0));
        return children;
    }

    /// <summary>False when it did not fail, or when others rewound it since its history was read.</summary>
    static async Task<bool> TryReviveAsync(
        NpgsqlConnection connection, long key, int entries, bool begun, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            """
            update durable.instance
            set status = 'pending', output = null, failure = null, completed_at = null, updated_at = now(),
                takeovers = 0, ready_at = case when not $3 then now() end
            where key = $1 and status = 'failed' and owner is null
                and (select count(*) from durable.history where instance_key = $1) = $2
            """,
            connection);
        command.Parameters.Add(new() { Value = key });
        command.Parameters.Add(new() { Value = (long)entries });
        command.Parameters.Add(new() { Value = begun });
        return await command.ExecuteNonQueryAsync(cancellation) == 1;
    }

    /// <summary>Entries that count no more keep their place, and say what they were.</summary>
    static void AppendHistory(NpgsqlBatch batch, long key, RewindPlan plan, string? reason, bool begun)
    {
        if (!begun)
        {
            Append(batch, "delete from durable.history where instance_key = $1", key);
            return;
        }
        Append(batch,
            """
            update durable.history
            set kind = 'rewound', target = kind
            where instance_key = $1 and sequence = any($2)
            """,
            key, plan.Cleared.ToArray());
        Append(batch,
            "insert into durable.message (instance_key, kind, payload) values ($1, 'rewound', $2)",
            key, (object?)reason ?? DBNull.Value);
    }

    /// <summary>One that still runs from before is asked for anew: its result might be on its way to nobody.</summary>
    static void AppendActivities(NpgsqlBatch batch, long key, RewindPlan plan)
    {
        var steps = plan.Activities.ToArray();
        Append(batch, "delete from durable.activity where instance_key = $1 and step = any($2)", key, steps);
        Append(batch,
            """
            insert into durable.activity (hub, instance_key, step, name, input)
            select i.hub, h.instance_key, h.step, h.name, h.payload
            from durable.history h
            join durable.instance i on i.key = h.instance_key
            where h.instance_key = $1 and h.step = any($2) and h.kind = 'activity_scheduled'
            """,
            key, steps);
    }

    /// <summary>The messages of an instance went when it ended.</summary>
    static void AppendTimers(NpgsqlBatch batch, long key, RewindPlan plan) => Append(batch,
        """
        insert into durable.message (instance_key, kind, step, visible_at)
        select $1, 'timer_fired', step, visible_at from unnest($2, $3) t (step, visible_at)
        """,
        key, Steps(plan.Timers), plan.Timers.Select(timer => TimerTarget.Read(timer.Target!)).ToArray());

    /// <summary>A sub-orchestration that is gone is made anew; one that ended meanwhile says so again.</summary>
    void AppendChildren(NpgsqlBatch batch, long key, RewindPlan plan)
    {
        var steps = Steps(plan.Children);
        Append(batch,
            """
            insert into durable.instance (hub, instance_id, name, input, parent_key, parent_step, ready_at)
            select $3, target, name, payload, instance_key, step, now()
            from durable.history
            where instance_key = $1 and step = any($2) and kind = 'child_scheduled'
            on conflict (hub, instance_id) do nothing
            """,
            key, steps, options.Value.HubName);
        // The share lock waits for an end that is being committed, which did not see that its parent lives again.
        Append(batch,
            """
            with children as (
                select parent_step, status, output, failure from durable.instance
                where parent_key = $1 and parent_step = any($2)
                for share
            )
            insert into durable.message (instance_key, kind, step, payload, failure)
            select $1, case status when 'completed' then 'child_completed' else 'child_failed' end, parent_step,
                case status when 'completed' then output end,
                case when status <> 'completed' then coalesce(failure, $3) end
            from children
            where status in ('completed', 'failed', 'terminated')
            """,
            key, steps, Termination.Failure);
        Append(batch,
            """
            insert into durable.message (instance_key, kind, step, failure)
            select $1, 'child_failed', c.step, c.failure
            from unnest($2, $3) c (step, failure)
            where not exists (select from durable.instance i where i.parent_key = $1 and i.parent_step = c.step)
            """,
            key, steps,
            plan.Children.Select(child => OrchestrationAlreadyExistsException.Failure(child.Target!)).ToArray());
    }

    static int[] Steps(IEnumerable<HistoryEntry> entries) => [.. entries.Select(entry => entry.Step!.Value)];

    static void Append(NpgsqlBatch batch, string sql, params ReadOnlySpan<object> parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters)
            command.Parameters.Add(new() { Value = parameter });
        batch.BatchCommands.Add(command);
    }
}
