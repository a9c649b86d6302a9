using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Assay.Local;

/// <summary>
/// How much waits in the hub's queues and for how long. Asks the database when somebody observes, and then at most once
/// in a quarter of a minute.
/// </summary>
internal sealed class QueueFigures(DurableDatabase database, IOptions<DurableOptions> options)
{
    const int TimeoutSeconds = 5;

    static readonly TimeSpan lasting = TimeSpan.FromSeconds(15);

    readonly object gate = new();
    List<(string Kind, long Depth, double Age)> figures = [];
    long? askedAt;

    public IEnumerable<Measurement<long>> Depths() =>
        Current().Select(figure => new Measurement<long>(figure.Depth, Kind(figure.Kind)));

    public IEnumerable<Measurement<double>> Ages() =>
        Current().Select(figure => new Measurement<double>(figure.Age, Kind(figure.Kind)));

    static KeyValuePair<string, object?> Kind(string kind) => new("kind", kind);

    List<(string Kind, long Depth, double Age)> Current()
    {
        lock (gate)
        {
            if (askedAt is { } at && Stopwatch.GetElapsedTime(at) < lasting)
                return figures;
            askedAt = Stopwatch.GetTimestamp();
            try
            {
                figures = Ask();
            }
            catch (Exception exception) when (exception is NpgsqlException or TimeoutException)
            {
                // No figure is better than an old one while the database is away.
                figures = [];
            }
            return figures;
        }
    }

    /// <summary>Observers of a gauge cannot await; the statement looks only at what waits.</summary>
    List<(string Kind, long Depth, double Age)> Ask()
    {
        using var connection = database.Source.OpenConnection();
        using var command = new NpgsqlCommand(
            """
            select w.kind, w.depth, coalesce(greatest(extract(epoch from now() - w.oldest), 0), 0)::float8
            from (
                select 'instance' as kind, count(*) as depth, min(ready_at) as oldest
                from durable.instance
                where hub = $1 and owner is null and ready_at <= now()
                union all
                select 'activity', count(*), min(queued_at)
                from durable.activity
                where hub = $1 and owner is null
                union all
                select 'message', count(*), min(m.visible_at)
                from durable.message m
                join durable.instance i on i.key = m.instance_key
                where m.visible_at <= now() and i.hub = $1
            ) w
            """,
            connection)
        {
            CommandTimeout = TimeoutSeconds, Parameters = { new() { Value = options.Value.HubName } },
        };
        using var reader = command.ExecuteReader();
        List<(string Kind, long Depth, double Age)> found = [];
        while (reader.Read())
            found.Add((reader.GetString(0), reader.GetInt64(1), reader.GetDouble(2)));
        return found;
    }
}
