using Npgsql;

namespace Assay.Local;

/// <summary>When a timer ran last and runs next, both in UTC.</summary>
internal sealed record TimerStatus(string Schedule, DateTime? Last, DateTime Next, DateTime Updated);

/// <summary>
/// The status of timers in the table <c>durable.timer_status</c>. A process that fires a timer holds it under a
/// lease, by the database's clock, so that no other fires the same tick and no invocation overlaps another.
/// </summary>
internal sealed class TimerStore(TriggerDatabase database, HostSettings settings)
{
    /// <summary>Renewed well before; a process that dies holds a timer back no longer than this.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(15);

    public Task<TimerStatus?> FindAsync(string function, CancellationToken cancellation) => database.FindAsync(
        """
        select schedule, last_at, next_at, updated_at
        from durable.timer_status
        where hub = $1 and function_name = $2
        """,
        [settings.HubName, function],
        row => new TimerStatus(
            row.GetString(0),
            row.IsDBNull(1) ? null : row.GetFieldValue<DateTime>(1),
            row.GetFieldValue<DateTime>(2),
            row.GetFieldValue<DateTime>(3)),
        cancellation);

    /// <summary>Remembers a timer that is new; one that is known stays as it is.</summary>
    public Task AddAsync(string function, string schedule, DateTimeOffset next, CancellationToken cancellation) =>
        database.ExecuteAsync(
            """
            insert into durable.timer_status (hub, function_name, schedule, next_at)
            values ($1, $2, $3, $4)
            on conflict (hub, function_name) do nothing
            """,
            [settings.HubName, function, schedule, next.UtcDateTime],
            cancellation);

    /// <summary>Moves the next run, unless another process did so first or is running it.</summary>
    public Task<bool> RescheduleAsync(
        string function, string schedule, DateTime from, DateTimeOffset to, CancellationToken cancellation) =>
        database.ChangedAsync(
            """
            update durable.timer_status
            set schedule = $3, next_at = $5, updated_at = clock_timestamp()
            where hub = $1 and function_name = $2 and next_at = $4
              and (lease_until is null or lease_until < clock_timestamp())
            """,
            [settings.HubName, function, schedule, from, to.UtcDateTime],
            cancellation);

    /// <summary>Takes the right to run a timer now. False if its next run is not this one, or it is running.</summary>
    public Task<bool> TryClaimAsync(string function, DateTime next, Guid lease, CancellationToken cancellation) =>
        database.ChangedAsync(
            """
            update durable.timer_status
            set lease = $4, lease_until = clock_timestamp() + $5
            where hub = $1 and function_name = $2 and next_at = $3
              and (lease_until is null or lease_until < clock_timestamp())
            """,
            [settings.HubName, function, next, lease, Lease],
            cancellation);

    /// <summary>False if the lease was lost.</summary>
    public Task<bool> RenewAsync(string function, Guid lease, CancellationToken cancellation) => database.ChangedAsync(
        """
        update durable.timer_status
        set lease_until = clock_timestamp() + $4
        where hub = $1 and function_name = $2 and lease = $3
        """,
        [settings.HubName, function, lease, Lease],
        cancellation);

    /// <summary>Ends a run: records it and gives the timer free.</summary>
    public Task<bool> CompleteAsync(
        string function, Guid lease, DateTimeOffset last, DateTimeOffset next, CancellationToken cancellation) =>
        database.ChangedAsync(
            """
            update durable.timer_status
            set last_at = $4, next_at = $5, updated_at = clock_timestamp(), lease = null, lease_until = null
            where hub = $1 and function_name = $2 and lease = $3
            """,
            [settings.HubName, function, lease, last.UtcDateTime, next.UtcDateTime],
            cancellation);

    /// <summary>Gives the timer free without having run it.</summary>
    public Task<bool> ReleaseAsync(string function, Guid lease, CancellationToken cancellation) =>
        database.ChangedAsync(
            """
            update durable.timer_status
            set lease = null, lease_until = null
            where hub = $1 and function_name = $2 and lease = $3
            """,
            [settings.HubName, function, lease],
            cancellation);
}
