using Microsoft.Extensions.Logging;
using Npgsql;

namespace Assay.DurableTask.PostgreSql;

/// <summary>Keeps a worker's right to what it owns, and takes it from workers that were silent for too long.</summary>
internal sealed class Lease(
    PostgreSqlOrchestrationServiceSettings settings, Database database, Notifications notifications, ILogger logger)
{
    const int SweepEvery = 16;
    const int EndedMax = 500;

    /// <summary>Registers a worker and returns its number.</summary>
    public Task<long> RegisterAsync(CancellationToken cancellation) => database.RetryAsync(
        async stop =>
        {
            await using var command = database.Source.CreateCommand(database.Sql(
                """
                insert into durable_task.worker (hub, name, lease, lease_until)
                values ($1, $2, $3, clock_timestamp() + $3)
                returning id
                """));
            command.Parameters.Add(new() { Value = settings.TaskHubName });
            command.Parameters.Add(new() { Value = $"{Environment.MachineName}/{Environment.ProcessId}" });
            command.Parameters.Add(new() { Value = settings.Lease });
            return (long)(await command.ExecuteScalarAsync(stop))!;
        },
        cancellation);

    /// <exception cref="LeaseLostException">The database knows this worker no more.</exception>
    public async Task RenewAsync(long worker, Action<Work> found, CancellationToken ended)
    {
        using var timer = new PeriodicTimer(settings.Lease / 4);
        for (var renewal = 0; ; renewal++)
        {
            if (await database.RetryAsync(stop => RenewOnceAsync(worker, stop), ended))
                found(Work.All);
            if (renewal % SweepEvery == 0)
                await database.RetryAsync(SweepAsync, ended);
            await timer.WaitForNextTickAsync(ended);
        }
    }

    /// <summary>Lets go of everything in order, for others to take at once.</summary>
    public async Task ReleaseAsync(long worker, CancellationToken cancellation)
    {
        await using var batch = database.Source.CreateBatch();
        batch.BatchCommands.Add(database.Command("select durable_task.release($1, true)", worker));
        if (notifications.HasPeers)
        {
            batch.BatchCommands.Add(database.Command(
                "select pg_notify($1, $2)", Notifications.Channel(database), notifications.Payload(Work.All, [])));
        }
        await batch.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Returns whether another worker's work is free.</summary>
    async Task<bool> RenewOnceAsync(long worker, CancellationToken cancellation)
    {
        await using var batch = database.Source.CreateBatch();
        batch.BatchCommands.Add(database.Command(
            "update durable_task.worker set lease_until = clock_timestamp() + lease where id = $1 returning id",
            worker));
        batch.BatchCommands.Add(database.Command(
            """
            with wrong as (
                select id, lease_until < clock_timestamp() as expired from durable_task.worker
                where id <> $1 and (lease_until < clock_timestamp() or lease_until > clock_timestamp() + lease)
                for update skip locked
            ),
            -- The clock has gone back: without this, one that died before would keep its work until it comes round.
            shortened as (
                update durable_task.worker w set lease_until = clock_timestamp() + w.lease
                from wrong
                where w.id = wrong.id and not wrong.expired
            )
            select count(durable_task.release(id, false)::text) from wrong where expired
            """,
            worker));
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        if (!await reader.ReadAsync(cancellation))
            throw new LeaseLostException();
        await reader.NextResultAsync(cancellation);
        await reader.ReadAsync(cancellation);
        var count = reader.GetInt64(0);
        if (count > 0)
            logger.LogWarning("Took over from {Count} workers that were silent for too long.", count);
        return count > 0;
    }

    /// <summary>
    /// A message that was sent while its receiver's end was being committed stays behind; ended instances are kept only
    /// for so long.
    /// </summary>
    async Task<bool> SweepAsync(CancellationToken cancellation)
    {
        await using var batch = database.Source.CreateBatch();
        batch.BatchCommands.Add(database.Command(
            """
            delete from durable_task.message m
            where hub = $1 and visible_at <= now() and not exists (
                select from durable_task.instance i where i.key = m.instance_key and i.completed_at is null)
            """,
            settings.TaskHubName));
        if (settings.Retention is { } retention)
        {
            batch.BatchCommands.Add(database.Command(
                """
                with gone as (
                    delete from durable_task.instance where key = any(array(
                        select key from durable_task.instance
                        where hub = $1 and completed_at < now() - $2
                        order by completed_at
                        limit $3
                        for update skip locked))
                    returning key
                )
                delete from durable_task.history h using gone where h.instance_key = gone.key
                """,
                settings.TaskHubName, retention, EndedMax));
        }
        await batch.ExecuteNonQueryAsync(cancellation);
        return true;
    }
}
