using Microsoft.DurableTask;

namespace Assay;

/// <summary>
/// Work that an orchestration does side by side, a few at a time, so that one run never fills the places that the
/// activities of all share.
/// </summary>
internal static class Lanes
{
    public static Task ForEachAsync<TItem>(
        this TaskOrchestrationContext context, IReadOnlyList<TItem> items, int atOnce, Func<TItem, Task> work) =>
        context.ForEachAsync(
            items, atOnce,
            async item =>
            {
                await work(item);
                return true;
            });

    /// <summary>The results, in the order of the items. After a failure nothing more is begun.</summary>
    /// <param name="context">Whose tasks the work awaits, and no others.</param>
    public static async Task<IReadOnlyList<TResult>> ForEachAsync<TItem, TResult>(
        this TaskOrchestrationContext context, IReadOnlyList<TItem> items, int atOnce,
        Func<TItem, Task<TResult>> work)
    {
        var results = new TResult[items.Count];
        var (next, failed) = (0, false);
        await Task.WhenAll(Enumerable.Range(0, Math.Min(atOnce, items.Count)).Select(_ => RunLaneAsync()));
        return results;

        async Task RunLaneAsync()
        {
            while (!failed && next < items.Count)
            {
                var index = next++;
                try
                {
                    results[index] = await work(items[index]);
                }
                catch
                {
                    failed = true;
                    throw;
                }
            }
        }
    }
}
