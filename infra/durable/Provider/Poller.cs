using DurableTask.Core;
using DurableTask.Core.History;
using Npgsql;

namespace Assay.DurableTask.PostgreSql;

/// <summary>An instance that was claimed.</summary>
internal sealed record Claimed(
    long Key, string InstanceId, string ExecutionId, string Name, string? Parent, int Episodes, int Deaths,
    int Abandoned);

/// <summary>An activity that was claimed.</summary>
internal sealed record ClaimedActivity(
    long Id, long InstanceKey, string InstanceId, string? ExecutionId, string Event, string? Context, int Deaths,
    int Abandoned);

/// <summary>A message for an instance of this worker.</summary>
internal sealed record Told(long Key, long Id, string? ExecutionId, string Event);

/// <summary>What a poll found.</summary>
/// <param name="Next">When something becomes due that nobody will announce; at most a minute.</param>
internal sealed record Found(
    List<Claimed> Instances, List<Told> Messages, List<ClaimedActivity> Activities, TimeSpan Next);

/// <summary>How much more the worker can take on.</summary>
/// <param name="Suspect">Whether to take on an instance or activity that was being run when processes ended.</param>
internal sealed record Room(int Instances, int Activities, bool Suspect);

/// <summary>
/// Looks in the database for work: claims what nobody owns, and fetches what came for what this worker owns.
/// </summary>
internal sealed class Poller(long worker, string hub, Database database)
{
    public const int MessagesMax = 5_000;

    // A claim locks the worker's own row, so that it cannot come after others have taken over from this worker.
    const string Me = "with me as (select id from durable_task.worker where id = $1 for key share)";

    public async Task<Found> PollAsync(Room room, Work work, long[] known, CancellationToken cancellation)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancellation);
        await using var batch = new NpgsqlBatch(connection);
        if (room.Instances > 0)
            batch.BatchCommands.Add(database.Command(ClaimInstances, worker, hub, room.Instances));
        if (room is { Instances: > 0, Suspect: true })
            batch.BatchCommands.Add(database.Command(ClaimSuspect, worker, hub));
        batch.BatchCommands.Add(database.Command(Messages, worker, hub, known, MessagesMax));
        var activities = room.Activities > 0 && work.HasFlag(Work.Activities);
        if (activities)
            batch.BatchCommands.Add(database.Command(ClaimActivities, worker, hub, room.Activities, room.Suspect));
        batch.BatchCommands.Add(database.Command(Next, hub));

        var found = new Found([], [], [], TimeSpan.Zero);
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        if (room.Instances > 0)
            await EachAsync(reader, () => found.Instances.Add(Instance(reader)), cancellation);
        if (room is { Instances: > 0, Suspect: true })
            await EachAsync(reader, () => found.Instances.Add(Instance(reader)), cancellation);
        await EachAsync(
            reader,
            () => found.Messages.Add(
                new(reader.GetInt64(0), reader.GetInt64(1), Text(reader, 2), reader.GetString(3))),
            cancellation);
        if (activities)
            await EachAsync(reader, () => found.Activities.Add(Activity(reader)), cancellation);
        await reader.ReadAsync(cancellation);
        return found with { Next = TimeSpan.FromSeconds(reader.GetDouble(0)) };
    }

    /// <summary>The histories of instances.</summary>
    /// <returns>What was read of each, and why the rest could not be.</returns>
    public async Task<Dictionary<long, (List<HistoryEvent> Events, string? Problem)>> ReadAsync(
        long[] keys, CancellationToken cancellation)
    {
        await using var command = database.Source.CreateCommand(database.Sql(
            """
            select instance_key, events from durable_task.history
            where instance_key = any($1)
            order by instance_key, episode
            """));
        command.Parameters.Add(new() { Value = keys });
        Dictionary<long, (List<HistoryEvent> Events, string? Problem)> histories = [];
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            var key = reader.GetInt64(0);
            if (!histories.TryGetValue(key, out var history))
                histories[key] = history = ([], null);
            try
            {
                EventJson.Read(reader.GetString(1), history.Events);
            }
            catch (Exception exception) when (exception is InvalidDataException or Newtonsoft.Json.JsonException)
            {
                histories[key] = (history.Events, exception.Message);
            }
        }
        return histories;
    }

    /// <summary>Gives back what a poll claimed whose answer was lost: all that the worker does not know of.</summary>
    public async Task ForgetAsync(long[] instances, long[] activities, CancellationToken cancellation)
    {
        await using var batch = database.Source.CreateBatch();
        // The server may still be at the very claim whose answer will not come.
        batch.BatchCommands.Add(database.Command("select from durable_task.worker where id = $1 for update", worker));
        batch.BatchCommands.Add(database.Command(
            """
            update durable_task.instance set owner = null
            where completed_at is null and owner = $1 and key <> all($2)
            """,
            worker, instances));
        batch.BatchCommands.Add(database.Command(
            "update durable_task.activity set owner = null where owner = $1 and id <> all($2)", worker, activities));
        await batch.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Makes instances this worker's.</summary>
    /// <param name="limit">How many, and which of those that a message waits for.</param>
    static string Claim(string limit) =>
        $"""
        {Me},
        picked as (
            select key from durable_task.instance
            where key = any(array(
                    select distinct instance_key from durable_task.message
                    where hub = $2 and visible_at <= now() and exists (select from me)))
                and owner is null and completed_at is null
                and (retry_at is null or retry_at <= now())
                and (scheduled_at is null or scheduled_at <= now() or episodes > 0)
                {limit}
            for update skip locked
        )
        update durable_task.instance i
        set owner = $1, status = case i.status when 'pending' then 'running' else i.status end, updated_at = now()
        where i.key = any(array(select key from picked))
        returning i.key, i.instance_id, i.execution_id, i.name, i.parent, i.episodes, i.deaths, i.abandoned
        """;

    static readonly string ClaimInstances = Claim("and deaths < 2 limit $3");

    // One at a time, so that an orchestrator that ends processes does not use up the deaths of those beside it.
    static readonly string ClaimSuspect = Claim("and deaths >= 2 order by deaths, updated_at limit 1");

    const string Messages =
        """
        select m.instance_key, m.id, m.execution_id, m.event
        from durable_task.message m
        where m.hub = $2 and m.visible_at <= now() and m.id <> all($3)
            and (select i.owner from durable_task.instance i where i.key = m.instance_key) = $1
        order by m.id
        limit $4
        """;

    static readonly string ClaimActivities =
        $"""
        {Me},
        waiting as (
            select id from durable_task.activity
            where hub = $2 and owner is null and visible_at <= now() and deaths < 2 and exists (select from me)
            order by visible_at
            limit $3
            for update skip locked
        ),
        suspect as (
            select id from durable_task.activity
            where hub = $2 and owner is null and visible_at <= now() and deaths >= 2 and $4
                and exists (select from me)
            order by deaths, visible_at
            limit 1
            for update skip locked
        )
        update durable_task.activity a
        set owner = $1
        where a.id = any(array(select id from waiting union all select id from suspect))
        returning a.id, a.instance_key, a.instance_id, a.execution_id, a.event, a.context, a.deaths, a.abandoned
        """;

    /// <summary>Timers and delayed starts come due without a notification.</summary>
    const string Next =
        """
        select coalesce(extract(epoch from least(
            (select min(visible_at) from durable_task.message where hub = $1 and visible_at > now()),
            (select min(visible_at) from durable_task.activity
             where hub = $1 and owner is null and visible_at > now()),
            now() + interval '1 minute') - now()), 60)::float8
        """;

    static Claimed Instance(NpgsqlDataReader reader) => new(
        reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), Text(reader, 4),
        reader.GetInt32(5), reader.GetInt16(6), reader.GetInt16(7));

    static ClaimedActivity Activity(NpgsqlDataReader reader) => new(
        reader.GetInt64(0), reader.GetInt64(1), reader.GetString(2), Text(reader, 3), reader.GetString(4),
        Text(reader, 5), reader.GetInt16(6), reader.GetInt16(7));

    static string? Text(NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetString(column);

    static async Task EachAsync(NpgsqlDataReader reader, Action row, CancellationToken cancellation)
    {
        while (await reader.ReadAsync(cancellation))
            row();
        await reader.NextResultAsync(cancellation);
    }
}
