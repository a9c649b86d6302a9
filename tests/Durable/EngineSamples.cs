using System.Collections.Concurrent;
using Assay.Local;
using Microsoft.DurableTask;

namespace Assay;

/// <summary>Engines with functions that several test classes need.</summary>
internal static class EngineSamples
{
    public static void Quick(DurableOptions options) => options.Lease = TimeSpan.FromSeconds(2);

    /// <summary>The orchestrator "Fan" adds up what ten activities return.</summary>
    /// <param name="byEngine">Counts activities by engine.</param>
    /// <param name="engines">Activities do not end before so many engines have run one.</param>
    public static TestEngine Working(
        this DurableTestDatabase database, string hub, int number, ConcurrentDictionary<int, int> byEngine,
        int engines = 1) => database.NewEngine(hub)
        .Activity<int, int>("Same", async (x, _) =>
        {
            byEngine.AddOrUpdate(number, 1, (_, count) => count + 1);
            await Eventually.TrueAsync(
                () => Task.FromResult(byEngine.Count >= engines), within: null, () => "No other engine helps.");
            return x;
        })
        .Orchestrator("Fan", async context => (await Task.WhenAll(
            Enumerable.Range(0, 10).Select(x => context.CallActivityAsync<int>("Same", x)))).Sum());

    /// <summary>The orchestrator "Holds" calls an activity that waits for <paramref name="goOn"/>.</summary>
    public static TestEngine Holding(
        this DurableTestDatabase database, string hub, string engine, ConcurrentQueue<string> runs,
        SemaphoreSlim inActivity, SemaphoreSlim goOn) => database.NewEngine(hub, Quick)
        .Activity<string, string>("Hold", async (_, _) =>
        {
            inActivity.Release();
            await goOn.WaitAsync(CancellationToken.None);
            runs.Enqueue(engine);
            return engine;
        })
        .Orchestrator("Holds", async context =>
        {
            await context.CallActivityAsync<string>("Hold");
            if (runs.Contains("stops"))
                await context.WaitForExternalEvent<string>("finish");
        });

    /// <summary>Nothing is left over, and no step was answered twice.</summary>
    public static async Task AssertNothingLeftAsync(this DurableTestDatabase database) => Assert.Equal(
        0,
        await database.ValueAsync<long>(
            """
            select (select count(*) from durable.message) + (select count(*) from durable.activity)
                + (select count(*) from (
                    select from durable.history
                    where kind in ('activity_completed', 'activity_failed', 'child_completed', 'timer_fired')
                    group by instance_key, step having count(*) > 1) twice)
            """));
}
