using System.Diagnostics;
using DurableTask.Core;
using DurableTask.Core.History;
using DurableTask.Core.Query;
using Npgsql;
using NpgsqlTypes;

namespace Assay.DurableTask.PostgreSql;

/// <summary>What clients ask of instances, apart from starting them.</summary>
internal sealed class InstanceClient(
    PostgreSqlOrchestrationServiceSettings settings, Database database, Notifications notifications, Waiters waiters,
    Action<Work> wake)
{
    const int PurgedAtOnce = 500;

    const string Columns =
        """
        i.instance_id, i.execution_id, i.name, i.version, i.status, i.output, i.failure, i.custom_status, i.tags,
            i.parent, i.generation, i.scheduled_at, i.created_at, i.updated_at, i.completed_at, i.key
        """;

    string Hub => settings.TaskHubName;

    /// <summary>Messages for instances that do not exist or have ended lead to nothing.</summary>
    public async Task SendAsync(IReadOnlyCollection<TaskMessage> messages)
    {
        if (Failures.EntityOf(messages) is { } entity)
            throw new NotSupportedException(Failures.NoEntitiesMessage(entity));
        await using var batch = database.Source.CreateBatch();
        batch.BatchCommands.Add(MessageRows.Insert(
            database, Hub, Text(messages.Select(message => message.OrchestrationInstance.InstanceId)),
            Text(messages.Select(message => message.OrchestrationInstance.ExecutionId)),
            Text(messages.Select(message => EventJson.Write(message.Event)))));
        await ExecuteAsync(batch);
    }

    /// <summary>One that waits for its time ends at once, others when they are told.</summary>
    public async Task TerminateAsync(string instanceId, string reason)
    {
        await using var batch = database.Source.CreateBatch();
        batch.BatchCommands.Add(database.Command(
            """
            with gone as (
                update durable_task.instance
                set status = 'terminated', output = $3, completed_at = now(), updated_at = now()
                where hub = $1 and instance_id = $2 and owner is null and episodes = 0 and parent is null
                    and completed_at is null and scheduled_at > now()
                returning key
            )
            delete from durable_task.message m using gone where m.instance_key = gone.key
            """,
            Hub, instanceId, EventJson.Plain(reason) ?? ""));
        batch.BatchCommands.Add(database.Command(
            """
            insert into durable_task.message (hub, instance_key, event)
            select $1, key, $3 from durable_task.instance
            where hub = $1 and instance_id = $2 and completed_at is null
            """,
            Hub, instanceId, EventJson.Write(new ExecutionTerminatedEvent(-1, reason))));
        await ExecuteAsync(batch, [instanceId]);
    }

    /// <exception cref="ArgumentException">There is no such instance.</exception>
    /// <exception cref="InvalidOperationException">It has not failed.</exception>
    public async Task RewindAsync(string instanceId, string reason)
    {
        await using var batch = database.Source.CreateBatch();
        batch.BatchCommands.Add(database.Command(
            """
            with opened as (
                update durable_task.instance
                set status = 'running', completed_at = null, output = null, failure = null, updated_at = now()
                where hub = $1 and instance_id = $2 and status = 'failed'
                returning key
            )
            insert into durable_task.message (hub, instance_key, event)
            select $1, key, $3 from opened
            returning 1
            """,
            Hub, instanceId, EventJson.Write(new ExecutionRewoundEvent(-1, reason) { InstanceId = instanceId })));
        if (await ExecuteAsync(batch) > 0)
            return;
        var state = await StateAsync(instanceId, withInput: false)
            ?? throw new ArgumentException($"There is no orchestration with the id '{instanceId}'.");
        throw new InvalidOperationException(
            $"Only a failed orchestration can be rewound; '{instanceId}' is {state.OrchestrationStatus}.");
    }

    public async Task<OrchestrationState?> StateAsync(string instanceId, bool withInput = true)
    {
        await using var command = database.Source.CreateCommand(database.Sql(
            $"""
            select {Columns}, i.input
            from durable_task.instance i
            where i.hub = $1 and i.instance_id = $2
            """));
        command.Parameters.Add(new() { Value = Hub });
        command.Parameters.Add(new() { Value = instanceId });
        await using var reader = await command.ExecuteReaderAsync();
        return await reader.ReadAsync() ? State(reader, withInput, withOutput: true) : null;
    }

    /// <summary>Null after the timeout.</summary>
    public async Task<OrchestrationState?> WaitAsync(
        string instanceId, TimeSpan timeout, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            using var waiter = waiters.Wait(instanceId);
            // What was just started here, and nobody has said that it ended, is not looked up.
            var state = waiters.IsJustStarted(instanceId) ? null : await StateAsync(instanceId);
            if (state is not null && InstanceStatus.IsEnd(state.OrchestrationStatus))
                return state;
            var interval = notifications.AreHeard ? settings.PollInterval : settings.PollIntervalWithoutNotifications;
            var left = timeout > TimeSpan.Zero ? timeout - clock.Elapsed : TimeSpan.MaxValue;
            if (left <= TimeSpan.Zero)
                return null;
            var told = await TellAsync(waiter.Task, left < interval ? left : interval, cancellation);
            if (told is not null)
                return told;
        }
    }

    /// <summary>A JSON array of all events.</summary>
    public async Task<string> HistoryAsync(string instanceId) =>
        $"[{string.Join(',', (await EpisodesAsync(instanceId)).Select(episode => episode.Replace('\n', ',')))}]";

    public async Task<IReadOnlyList<HistoryEvent>> EventsAsync(string instanceId)
    {
        List<HistoryEvent> events = [];
        foreach (var episode in await EpisodesAsync(instanceId))
            EventJson.Read(episode, events);
        return events;
    }

    async Task<List<string>> EpisodesAsync(string instanceId)
    {
        await using var command = database.Source.CreateCommand(database.Sql(
            """
            select h.events
            from durable_task.instance i
            join durable_task.history h on h.instance_key = i.key
            where i.hub = $1 and i.instance_id = $2
            order by h.episode
            """));
        command.Parameters.Add(new() { Value = Hub });
        command.Parameters.Add(new() { Value = instanceId });
        List<string> episodes = [];
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            episodes.Add(reader.GetString(0));
        return episodes;
    }

    /// <summary>In the order of their making; a continuation token is the key of the last.</summary>
    public async Task<OrchestrationQueryResult> QueryAsync(
        OrchestrationQuery query, bool withInputs, CancellationToken cancellation)
    {
        if (query.TaskHubNames is { Count: > 0 } hubs && !hubs.Contains(Hub, StringComparer.OrdinalIgnoreCase))
            return new([], null);
        var size = Math.Clamp(query.PageSize, 1, 10_000);
        var after = 0L;
        if (!string.IsNullOrWhiteSpace(query.ContinuationToken)
            && (!long.TryParse(query.ContinuationToken, out after) || after < 0))
        {
            throw new ArgumentException(
                $"'{query.ContinuationToken}' is no continuation token of this query.", nameof(query));
        }
        var statuses = query.RuntimeStatus is { Count: > 0 } ? InstanceStatus.Names(query.RuntimeStatus) : null;
        var onlyLive = query.RuntimeStatus is { Count: > 0 } && !query.RuntimeStatus.Any(InstanceStatus.IsEnd);
        await using var command = database.Source.CreateCommand(database.Sql(
            $"""
            select {Columns}, {(withInputs ? "i.input" : "null")}
            from durable_task.instance i
            where i.hub = $1 and i.key > $2
                {(onlyLive ? "and i.completed_at is null" : "")}
                {(statuses is null ? "" : "and i.status = any($3)")}
                and ($4 is null or i.created_at >= $4) and ($5 is null or i.created_at <= $5)
                and ($6 is null or starts_with(i.instance_id, $6))
            order by i.key
            limit $7
            """));
        command.Parameters.Add(new() { Value = Hub });
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = statuses ?? [], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        command.Parameters.Add(Time(query.CreatedTimeFrom));
        command.Parameters.Add(Time(query.CreatedTimeTo));
        command.Parameters.Add(new()
        {
            Value = string.IsNullOrEmpty(query.InstanceIdPrefix) ? DBNull.Value : query.InstanceIdPrefix,
            NpgsqlDbType = NpgsqlDbType.Text,
        });
        command.Parameters.Add(new() { Value = size });
        List<OrchestrationState> states = [];
        var last = 0L;
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            states.Add(State(reader, withInputs, query.FetchInputsAndOutputs));
            last = reader.GetInt64(15);
        }
        return new(states, states.Count == size
            ? last.ToString(System.Globalization.CultureInfo.InvariantCulture) : null);
    }

    /// <summary>Only an instance that has ended is purged.</summary>
    public async Task<int> PurgeAsync(string instanceId)
    {
        await using var command = database.Source.CreateCommand(database.Sql(
            """
            with gone as (
                delete from durable_task.instance
                where hub = $1 and instance_id = $2 and completed_at is not null
                returning key
            ),
            histories as (
                delete from durable_task.history h using gone where h.instance_key = gone.key
            )
            select count(*)::integer from gone
            """));
        command.Parameters.Add(new() { Value = Hub });
        command.Parameters.Add(new() { Value = instanceId });
        return (int)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>In batches, until all are gone or the time is up.</summary>
    public async Task<PurgeResult> PurgeAsync(PurgeInstanceFilter filter)
    {
        var clock = Stopwatch.StartNew();
        var statuses = filter.RuntimeStatus?.ToList() is { Count: > 0 } some ? InstanceStatus.Names(some) : null;
        var (purged, key) = (0, 0L);
        while (true)
        {
            await using var command = database.Source.CreateCommand(database.Sql(
                """
                with chosen as (
                    select key from durable_task.instance
                    where hub = $1 and key > $6 and completed_at is not null
                        and created_at >= $2 and ($3 is null or created_at <= $3)
                        and ($4 is null or status = any($4))
                    order by key
                    limit $5
                    for update
                ),
                gone as (
                    delete from durable_task.instance where key = any(array(select key from chosen)) returning key
                ),
                histories as (
                    delete from durable_task.history h using gone where h.instance_key = gone.key
                )
                select count(*)::integer, coalesce(max(key), 0) from gone
                """));
            command.Parameters.Add(new() { Value = Hub });
            command.Parameters.Add(Time(filter.CreatedTimeFrom));
            command.Parameters.Add(Time(filter.CreatedTimeTo));
            command.Parameters.Add(new()
            {
                Value = (object?)statuses ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text,
            });
            command.Parameters.Add(new() { Value = PurgedAtOnce });
            command.Parameters.Add(new() { Value = key });
            await using var reader = await command.ExecuteReaderAsync();
            await reader.ReadAsync();
            var count = reader.GetInt32(0);
            (purged, key) = (purged + count, reader.GetInt64(1));
            if (count < PurgedAtOnce)
                return new(purged, isComplete: true);
            if (filter.Timeout is { } timeout && clock.Elapsed > timeout)
                return new(purged, isComplete: false);
        }
    }

    /// <summary>Those that ended, were made, or were last changed before a time.</summary>
    public async Task PurgeBeforeAsync(DateTime threshold, OrchestrationStateTimeRangeFilterType what)
    {
        var column = what switch
        {
            OrchestrationStateTimeRangeFilterType.OrchestrationCreatedTimeFilter => "created_at",
            OrchestrationStateTimeRangeFilterType.OrchestrationLastUpdatedTimeFilter => "updated_at",
            _ => "completed_at",
        };
        int count;
        do
        {
            await using var command = database.Source.CreateCommand(database.Sql(
                $"""
                with gone as (
                    delete from durable_task.instance where key = any(array(
                        select key from durable_task.instance
                        where hub = $1 and completed_at is not null and {column} < $2
                        limit $3))
                    returning key
                ),
                histories as (
                    delete from durable_task.history h using gone where h.instance_key = gone.key
                )
                select count(*)::integer from gone
                """));
            command.Parameters.Add(new() { Value = Hub });
            command.Parameters.Add(Time(threshold));
            command.Parameters.Add(new() { Value = PurgedAtOnce });
            count = (int)(await command.ExecuteScalarAsync())!;
        }
        while (count > 0);
    }

    async Task<int> ExecuteAsync(NpgsqlBatch batch, IEnumerable<string>? ended = null)
    {
        if (notifications.HasPeers)
        {
            batch.BatchCommands.Add(database.Command(
                "select pg_notify($1, $2)", Notifications.Channel(database),
                notifications.Payload(Work.Messages, ended ?? [])));
        }
        var rows = 0;
        await using (var reader = await batch.ExecuteReaderAsync())
        {
            while (await reader.NextResultAsync())
            {
            }
            rows = reader.RecordsAffected;
        }
        wake(Work.Messages);
        foreach (var id in ended ?? [])
            waiters.MayHaveEnded(id);
        return rows;
    }

    /// <summary>What came within that time.</summary>
    static async Task<OrchestrationState?> TellAsync(
        Task<OrchestrationState?> told, TimeSpan wait, CancellationToken cancellation)
    {
        try
        {
            return await told.WaitAsync(wait, cancellation);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    static OrchestrationState State(NpgsqlDataReader reader, bool withInput, bool withOutput) => new()
    {
        OrchestrationInstance = new() { InstanceId = reader.GetString(0), ExecutionId = reader.GetString(1) },
        Name = reader.GetString(2),
        Version = Text(reader, 3),
        OrchestrationStatus = InstanceStatus.Parse(reader.GetString(4)),
        Output = withOutput ? Text(reader, 5) : null,
        FailureDetails = withOutput ? EventJson.ReadValueIfPossible<FailureDetails>(Text(reader, 6)) : null,
        Status = Text(reader, 7),
        Tags = EventJson.ReadValueIfPossible<Dictionary<string, string>>(Text(reader, 8)),
        ParentInstance = EventJson.ReadValueIfPossible<ParentInstance>(Text(reader, 9)),
        Generation = reader.IsDBNull(10) ? null : reader.GetInt32(10),
        ScheduledStartTime = reader.IsDBNull(11) ? null : reader.GetDateTime(11),
        CreatedTime = reader.GetDateTime(12),
        LastUpdatedTime = reader.GetDateTime(13),
        CompletedTime = reader.IsDBNull(14) ? DateTime.MaxValue.ToUniversalTime() : reader.GetDateTime(14),
        Input = withInput && withOutput ? Text(reader, 16) : null,
    };

    static string? Text(NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetString(column);

    static NpgsqlParameter<string?[]> Text(IEnumerable<string?> values) => new()
    {
        TypedValue = [.. values],
        NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text,
    };

    /// <summary>Times at either end of the calendar, as clients send for "any", are no limit.</summary>
    static NpgsqlParameter Time(DateTime? time) => new()
    {
        NpgsqlDbType = NpgsqlDbType.TimestampTz,
        Value = time switch
        {
            null => DBNull.Value,
            { Year: < 2 } => DateTime.SpecifyKind(new(2, 1, 1), DateTimeKind.Utc),
            { Year: > 9990 } => DBNull.Value,
            { Kind: DateTimeKind.Local } local => local.ToUniversalTime(),
            { } other => DateTime.SpecifyKind(other, DateTimeKind.Utc),
        },
    };
}
