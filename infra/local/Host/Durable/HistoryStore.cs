using System.Runtime.CompilerServices;
using Npgsql;

namespace Assay.Local;

/// <summary>Reads what an instance did, for a replay.</summary>
internal sealed class HistoryStore(DurableDatabase database, Outage outage)
{
    // Bounds the memory of a replay beyond what the orchestrator itself keeps.
    const int PageMax = 5_000;

    /// <summary>
    /// For a replay: in order, a page at a time; none for an instance that has not run. Inputs of steps are left out,
    /// since a replay makes them.
    /// </summary>
    public async IAsyncEnumerable<List<HistoryEntry>> PagesAsync(
        long key, [EnumeratorCancellation] CancellationToken cancellation)
    {
        List<HistoryEntry> page;
        var first = 0;
        do
        {
            page = await outage.RetryAsync(
                stop => ReadAsync(key, first, PageMax, inputs: false, stop), static _ => false, cancellation);
            first += page.Count;
            yield return page;
        }
        while (page.Count == PageMax);
    }

    /// <summary>All of it without the inputs of steps.</summary>
    public Task<List<HistoryEntry>> LoadAsync(long key, CancellationToken cancellation) =>
        ReadAsync(key, first: 0, max: null, inputs: false, cancellation);

    /// <summary>All of it.</summary>
    public Task<List<HistoryEntry>> LoadAllAsync(long key, CancellationToken cancellation) =>
        ReadAsync(key, first: 0, max: null, inputs: true, cancellation);

    /// <summary>The number of entries, which is the sequence number of the next.</summary>
    public Task<int> CountAsync(long key, CancellationToken cancellation) => outage.RetryAsync(
        async stop =>
        {
            await using var command = database.Source.CreateCommand(
                "select count(*)::int from durable.history where instance_key = $1");
            command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = key });
            return (int)(await command.ExecuteScalarAsync(stop))!;
        },
        static _ => false, cancellation);

    async Task<List<HistoryEntry>> ReadAsync(
        long key, int first, int? max, bool inputs, CancellationToken cancellation)
    {
        await using var command = database.Source.CreateCommand(
            """
            select kind, step, at, name, target, failure,
                case when $2 or kind not in ('started', 'activity_scheduled', 'child_scheduled', 'event_sent')
                    then payload end
            from durable.history
            where instance_key = $1 and sequence >= $3
            order by sequence
            limit $4
            """);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = key });
        command.Parameters.Add(new NpgsqlParameter<bool> { TypedValue = inputs });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = first });
        command.Parameters.Add(new NpgsqlParameter<int?> { TypedValue = max });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        List<HistoryEntry> history = [];
        while (await reader.ReadAsync(cancellation))
        {
            history.Add(new(
                reader.GetString(0), reader.Value<int>(1), reader.GetDateTime(2), reader.Text(3), reader.Text(4),
                Payload: reader.Text(6), Failure: reader.Text(5)));
        }
        return history;
    }
}

internal static class ReaderExtensions
{
    public static string? Text(this NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetString(column);

    public static T? Value<T>(this NpgsqlDataReader reader, int column)
        where T : struct =>
        reader.IsDBNull(column) ? null : reader.GetFieldValue<T>(column);
}
