using Npgsql;

namespace Assay.Local;

/// <summary>Reads what an instance did, for a replay.</summary>
internal sealed class HistoryStore(DurableDatabase database, Outage outage)
{
    /// <summary>
    /// In order; empty for an instance that has not run. Inputs of steps are left out: a replay makes them.
    /// </summary>
    public Task<List<HistoryEntry>> LoadAsync(long key, CancellationToken cancellation) =>
        outage.RetryAsync(stop => ReadAsync(key, inputs: false, stop), static _ => false, cancellation);

    /// <summary>With the inputs of steps.</summary>
    public Task<List<HistoryEntry>> LoadAllAsync(long key, CancellationToken cancellation) =>
        ReadAsync(key, inputs: true, cancellation);

    async Task<List<HistoryEntry>> ReadAsync(long key, bool inputs, CancellationToken cancellation)
    {
        await using var command = database.Source.CreateCommand(
            """
            select kind, step, at, name, target, failure,
                case when $2 or kind not in ('started', 'activity_scheduled', 'child_scheduled', 'event_sent')
                    then payload end
            from durable.history
            where instance_key = $1
            order by sequence
            """);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = key });
        command.Parameters.Add(new NpgsqlParameter<bool> { TypedValue = inputs });
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
