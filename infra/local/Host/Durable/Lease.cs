using Npgsql;

namespace Assay.Local;

/// <summary>
/// Keeps this worker's right to what it owns, and takes it from workers that have been silent for too long.
/// </summary>
internal sealed class Lease(
    DurableOptions options, DurableDatabase database, DatabaseClock clock, Outage outage, Signal signal)
{
    const int SweepEvery = 16;

    /// <summary>Whether other workers are there to be notified. Looked at with each renewal.</summary>
    public bool HasPeers { get; private set; } = true;

    /// <summary>Something was notified, perhaps by a worker that has just come.</summary>
    public void MayHavePeers() => HasPeers = true;

    /// <summary>Registers a worker and returns its number.</summary>
    public Task<long> RegisterAsync(CancellationToken cancellation) =>
        outage.RetryAsync(RegisterOnceAsync, static _ => false, cancellation);

    /// <exception cref="LeaseLostException">The database knows this worker no more.</exception>
    public async Task RenewAsync(long worker, CancellationToken ended)
    {
        using var timer = new PeriodicTimer(options.Lease / 4);
        for (var renewal = 0; ; renewal++)
        {
            await outage.RetryAsync(
                stop => RenewOnceAsync(worker, stop), exception => exception is LeaseLostException, ended);
            if (renewal % SweepEvery == 0)
                await outage.RetryAsync(SweepAsync, ended);
            await timer.WaitForNextTickAsync(ended);
        }
    }

    /// <summary>Lets go of everything in order, for others to take at once.</summary>
    public async Task ReleaseAsync(long worker, CancellationToken cancellation)
    {
        await using var batch = database.Source.CreateBatch();
        batch.BatchCommands.Add(new("select durable.release($1, true)") { Parameters = { new() { Value = worker } } });
        batch.BatchCommands.Add(new("select pg_notify($1, $2)")
        {
            Parameters =
            {
                new() { Value = Notifications.Channel },
                new() { Value = Notifications.Payload(options.HubName, Work.All, []) },
            },
        });
        await batch.ExecuteNonQueryAsync(cancellation);
    }

    async Task<long> RegisterOnceAsync(CancellationToken cancellation)
    {
        await using var command = database.Source.CreateCommand(
            """
            insert into durable.worker (hub, name, lease_length, lease_until)
            values ($1, $2, $3, clock_timestamp() + $3)
            returning id, clock_timestamp(), pg_notify($4, $5)
            """);
        command.Parameters.Add(new() { Value = options.HubName });
        command.Parameters.Add(new() { Value = $"{Environment.MachineName}/{Environment.ProcessId}" });
        command.Parameters.Add(new() { Value = options.Lease });
        command.Parameters.Add(new() { Value = Notifications.Channel });
        command.Parameters.Add(new() { Value = Notifications.Payload(options.HubName, Work.None, []) });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        clock.Set(reader.GetDateTime(1));
        return reader.GetInt64(0);
    }

    /// <summary>A message that was sent while its receiver's end was being committed stays behind.</summary>
    async Task SweepAsync(CancellationToken cancellation)
    {
        await using var command = database.Source.CreateCommand(
            """
            delete from durable.message m
            where visible_at <= now() and not exists (
                select from durable.instance i
                where i.key = m.instance_key and i.status in ('pending', 'running', 'suspended'))
            """);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    async Task<bool> RenewOnceAsync(long worker, CancellationToken cancellation)
    {
        await using var batch = database.Source.CreateBatch();
        batch.BatchCommands.Add(new(
            """
            update durable.worker set lease_until = clock_timestamp() + $2 where id = $1
            returning clock_timestamp(), (select count(*) from durable.worker where hub = $3)
            """)
        {
            Parameters =
            {
                new() { Value = worker }, new() { Value = options.Lease }, new() { Value = options.HubName },
            },
        });
        batch.BatchCommands.Add(new(
            """
            with wrong as (
                select id, lease_until < clock_timestamp() as expired from durable.worker
                where id <> $1
                    and (lease_until < clock_timestamp() or lease_until > clock_timestamp() + lease_length)
                for update skip locked
            ),
            -- The clock has gone back: without this, one that died before would keep its work until it comes round.
            shortened as (
                update durable.worker w set lease_until = clock_timestamp() + w.lease_length
                from wrong
                where w.id = wrong.id and not wrong.expired
            )
            select count(durable.release(id, false)::text) from wrong where expired
            """)
        {
            Parameters = { new() { Value = worker } },
        });
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        if (!await reader.ReadAsync(cancellation))
            throw new LeaseLostException();
        clock.Set(reader.GetDateTime(0));
        HasPeers = reader.GetInt64(1) > 1;
        await reader.NextResultAsync(cancellation);
        await reader.ReadAsync(cancellation);
        if (reader.GetInt64(0) > 0)
            signal.Raise(Work.All);
        return true;
    }
}
