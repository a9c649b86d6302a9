using System.Globalization;
using System.Text.Json;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace Assay.Local;

/// <summary>What clients read and change of instances. Only ended instances are changed; live ones are told.</summary>
internal sealed class InstanceStore
{
    const int TogetherMax = 200;

    readonly string hub;
    readonly DurableDatabase database;
    readonly DataConverter converter;
    readonly Gathering<(string Id, bool Contents), OrchestrationMetadata?> finds;

    public InstanceStore(DurableDatabase database, IOptions<DurableOptions> options, DataConverter converter)
    {
        hub = options.Value.HubName;
        (this.database, this.converter) = (database, converter);
        finds = new(FindAsync, TogetherMax);
    }

    /// <param name="contents">With input, output and custom status.</param>
    public Task<OrchestrationMetadata?> FindAsync(
        string instanceId, bool contents, CancellationToken cancellation) =>
        finds.AskAsync((instanceId, contents), cancellation);

    async Task<IReadOnlyList<OrchestrationMetadata?>> FindAsync(IReadOnlyList<(string Id, bool Contents)> asked)
    {
        var places = Enumerable.Range(0, asked.Count).ToLookup(place => asked[place].Id);
        await using var command = Command(
            $"""
            select {Columns("a.contents")}
            from unnest(@ids, @contents) a (instance_id, contents)
            cross join lateral (
                select * from durable.instance where hub = @hub and instance_id = a.instance_id limit 1) i
            """,
            ("ids", places.Select(place => place.Key).ToArray()),
            ("contents", places.Select(same => same.Any(place => asked[place].Contents)).ToArray()));
        var found = new OrchestrationMetadata?[asked.Count];
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            foreach (var place in places[reader.GetString(1)])
                found[place] = Metadata(reader, asked[place].Contents);
        }
        return found;
    }

    /// <summary>The key of its history; null when there is no such instance.</summary>
    public async Task<long?> FindKeyAsync(string instanceId, CancellationToken cancellation)
    {
        await using var command = Command(
            "select key from durable.instance where hub = @hub and instance_id = @id", ("id", instanceId));
        return (long?)await command.ExecuteScalarAsync(cancellation);
    }

    /// <summary>Instances in the order they were created, a page at a time.</summary>
    public async Task<Page<OrchestrationMetadata>> QueryAsync(
        OrchestrationQuery query, string? continuation, int pageSize, CancellationToken cancellation)
    {
        if (query.TaskHubNames is { } hubs && hubs.Any() && !hubs.Contains(hub))
            return new([]);
        RequirePageSize(pageSize);
        await using var command = Command(
            $"""
            select {Columns("@contents")}
            from durable.instance i
            where i.hub = @hub and i.key > @after
                and (@from is null or i.created_at >= @from) and (@to is null or i.created_at <= @to)
                and (@statuses is null or i.status = any(@statuses))
                and (@prefix is null or starts_with(i.instance_id, @prefix))
            order by i.key
            limit @limit
            """,
            ("after", Key(continuation)), ("from", Time(query.CreatedFrom)),
            ("to", Time(query.CreatedTo)), ("statuses", Texts(query.Statuses?.Select(InstanceStatus.Text))),
            ("prefix", Text(query.InstanceIdPrefix)), ("limit", pageSize), ("contents", query.FetchInputsAndOutputs));
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        List<OrchestrationMetadata> found = [];
        var last = 0L;
        while (await reader.ReadAsync(cancellation))
        {
            last = reader.GetInt64(0);
            found.Add(Metadata(reader, query.FetchInputsAndOutputs));
        }
        return new(found, found.Count == pageSize ? $"{last}" : null);
    }

    /// <summary>Ids of ended instances in the order they were created, a page at a time.</summary>
    public async Task<Page<string>> ListEndedAsync(
        IEnumerable<OrchestrationRuntimeStatus>? statuses, DateTimeOffset? endedFrom, DateTimeOffset? endedTo,
        string? continuation, int pageSize, CancellationToken cancellation)
    {
        RequirePageSize(pageSize);
        await using var command = Command(
            """
            select key, instance_id
            from durable.instance
            where hub = @hub and key > @after and completed_at is not null
                and (@from is null or completed_at >= @from) and (@to is null or completed_at <= @to)
                and (@statuses is null or status = any(@statuses))
            order by key
            limit @limit
            """,
            ("after", Key(continuation)), ("from", Time(endedFrom)), ("to", Time(endedTo)),
            ("statuses", Texts(statuses?.Select(InstanceStatus.Text))), ("limit", pageSize));
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        List<string> found = [];
        var last = 0L;
        while (await reader.ReadAsync(cancellation))
        {
            last = reader.GetInt64(0);
            found.Add(reader.GetString(1));
        }
        return new(found, found.Count == pageSize ? $"{last}" : null);
    }

    /// <summary>
    /// Leaves a message for a live instance; null when there is no such instance, false when it has ended.
    /// </summary>
    public async Task<bool?> TryTellAsync(
        string instanceId, string kind, string? name, string? payload, CancellationToken cancellation)
    {
        // The share lock waits for an end that is being committed, so that no message is left with an ended instance.
        await using var command = Command(
            """
            with receiver as (
                select key, status from durable.instance where hub = @hub and instance_id = @id for share
            ),
            told as (
                insert into durable.message (instance_key, kind, name, payload)
                select key, @kind, @name, @payload from receiver where status in ('pending', 'running', 'suspended')
                returning 1
            )
            select exists (select from told) from receiver
            """,
            ("id", instanceId), ("kind", kind), ("name", Text(name)), ("payload", Text(payload)));
        return (bool?)await command.ExecuteScalarAsync(cancellation);
    }

    /// <summary>Deletes ended instances that match, with their history, and counts them.</summary>
    /// <param name="recursive">Their ended sub-orchestrations as well.</param>
    /// <param name="after">Only with larger keys.</param>
    /// <param name="max">Instances, besides their sub-orchestrations.</param>
    /// <returns>How many are gone, and the key to go on after; null when no more match.</returns>
    public async Task<(int Count, long? Last)> PurgeAsync(
        string? instanceId, PurgeInstancesFilter? filter, bool recursive, long after, int max,
        CancellationToken cancellation)
    {
        await using var command = Command(
            """
            with recursive roots as (
                select key from durable.instance i
                where hub = @hub and status in ('completed', 'failed', 'terminated') and key > @after
                    and (@id is null or instance_id = @id)
                    and (@from is null or created_at >= @from) and (@to is null or created_at <= @to)
                    and (@statuses is null or status = any(@statuses))
                order by key
                limit @max
            ),
            picked as (
                select key from roots
                union
                select child.key from durable.instance child
                join picked on child.parent_key = picked.key
                where @recursive and child.status in ('completed', 'failed', 'terminated')
            ),
            instances as (delete from durable.instance i using picked where i.key = picked.key returning 1),
            histories as (delete from durable.history h using picked where h.instance_key = picked.key),
            activities as (delete from durable.activity a using picked where a.instance_key = picked.key),
            messages as (delete from durable.message m using picked where m.instance_key = picked.key)
            select
                (select count(*)::int from instances), (select max(key) from roots having count(*) = @max)
            """,
            ("id", Text(instanceId)), ("after", after), ("from", Time(filter?.CreatedFrom)),
            ("to", Time(filter?.CreatedTo)),
            ("statuses", Texts(filter?.Statuses?.Select(InstanceStatus.Text))), ("recursive", recursive), ("max", max));
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return (reader.GetInt32(0), reader.Value<long>(1));
    }

    public async Task NotifyAsync(Work work, CancellationToken cancellation)
    {
        await using var command = Command(
            "select pg_notify(@channel, @payload)", ("channel", Notifications.Channel),
            ("payload", Notifications.Payload(hub, work, [])));
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>What an instance was started with, to start it again; null when there is none.</summary>
    public async Task<(NewInstance Start, bool Ended)?> FindStartAsync(
        string instanceId, CancellationToken cancellation)
    {
        await using var command = Command(
            """
            select instance_id, name, version, input, tags, status
            from durable.instance where hub = @hub and instance_id = @id
            """,
            ("id", instanceId));
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        if (!await reader.ReadAsync(cancellation))
            return null;
        return (
            new(
                reader.GetString(0), reader.GetString(1), reader.Text(2), reader.Text(3), reader.Text(4),
                StartAt: null, Replaceable: InstanceStatus.Ended),
            InstanceStatus.IsEnded(reader.GetString(5)));
    }

    /// <summary>A continuation token is the key of the last instance that was seen.</summary>
    static long Key(string? token)
    {
        if (string.IsNullOrEmpty(token))
            return 0;
        return long.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out var key)
            ? key
            : throw new ArgumentException("The continuation token is not one that this engine gave.", nameof(token));
    }

    static void RequirePageSize(int size)
    {
        if (size < 1)
            throw new ArgumentException("A page has at least one instance.", nameof(size));
    }

    OrchestrationMetadata Metadata(NpgsqlDataReader reader, bool contents) => new(
        reader.GetString(2), reader.GetString(1))
    {
        RuntimeStatus = InstanceStatus.Parse(reader.GetString(3)),
        SerializedCustomStatus = contents ? reader.Text(4) : null,
        FailureDetails = reader.Text(5) is { } failure ? FailureJson.Read(failure) : null,
        Tags = reader.Text(6) is { } tags
            ? JsonSerializer.Deserialize<Dictionary<string, string>>(tags)!
            : new Dictionary<string, string>(),
        CreatedAt = reader.GetFieldValue<DateTimeOffset>(7),
        LastUpdatedAt = reader.GetFieldValue<DateTimeOffset>(8),
        SerializedInput = reader.Text(9),
        SerializedOutput = reader.Text(10),
        DataConverter = contents ? converter : null,
    };

    NpgsqlCommand Command(string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        var command = database.Source.CreateCommand(sql);
        Fill(command.Parameters, parameters);
        return command;
    }

    void Fill(NpgsqlParameterCollection into, ReadOnlySpan<(string Name, object Value)> parameters)
    {
        into.Add(new("hub", hub));
        foreach (var (name, value) in parameters)
        {
            var parameter = value as NpgsqlParameter ?? new NpgsqlParameter { Value = value };
            parameter.ParameterName = name;
            into.Add(parameter);
        }
    }

    static string Columns(string contents) =>
        $"""
        i.key, i.instance_id, i.name, i.status, i.custom_status, i.failure, i.tags, i.created_at,
        greatest(i.updated_at, (
            select h.at from durable.history h where h.instance_key = i.key order by h.sequence desc limit 1)),
        case when {contents} then i.input end, case when {contents} then i.output end
        """;

    static NpgsqlParameter Text(string? value) =>
        new() { NpgsqlDbType = NpgsqlDbType.Text, Value = (object?)value ?? DBNull.Value };

    static NpgsqlParameter Texts(IEnumerable<string>? values) => new()
    {
        NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text, Value = (object?)values?.ToArray() ?? DBNull.Value,
    };

    static NpgsqlParameter Time(DateTimeOffset? value) => Time(value?.UtcDateTime);

    static NpgsqlParameter Time(DateTime? value) =>
        new() { NpgsqlDbType = NpgsqlDbType.TimestampTz, Value = (object?)value ?? DBNull.Value };
}
