using DurableTask.Core.History;

namespace Assay.DurableTask.PostgreSql;

/// <summary>
/// Histories of instances that this worker gave up, in case that they come back and nobody else has been at them.
/// </summary>
internal sealed class HistoryCache
{
    const int EventsMax = 250_000;

    readonly Dictionary<long, LiveInstance> entries = [];
    readonly Queue<(long Key, LiveInstance Entry)> order = [];
    int events;

    public void Add(LiveInstance live)
    {
        if (live.Events.Count is 0 or > EventsMax / 10)
            return;
        Remove(live.Key);
        entries[live.Key] = live;
        order.Enqueue((live.Key, live));
        events += live.Events.Count;
        while (events > EventsMax && order.TryDequeue(out var oldest))
        {
            if (entries.TryGetValue(oldest.Key, out var entry) && entry == oldest.Entry)
                Remove(oldest.Key);
        }
    }

    /// <summary>The history, unless it is of another execution or has been added to.</summary>
    public List<HistoryEvent>? Take(Claimed claimed)
    {
        if (!entries.TryGetValue(claimed.Key, out var entry))
            return null;
        Remove(claimed.Key);
        return entry.ExecutionId == claimed.ExecutionId && entry.Episodes == claimed.Episodes ? entry.Events : null;
    }

    void Remove(long key)
    {
        if (entries.Remove(key, out var entry))
            events -= entry.Events.Count;
        // Otherwise the queue would keep what is long gone.
        if (order.Count > 2 * entries.Count + 1_000)
        {
            var current = order.Where(o => entries.TryGetValue(o.Key, out var kept) && kept == o.Entry).ToList();
            order.Clear();
            current.ForEach(order.Enqueue);
        }
    }
}
