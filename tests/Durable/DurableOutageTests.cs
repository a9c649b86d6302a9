using System.Collections.Concurrent;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Assay;

/// <summary>The database fails while the engine works.</summary>
public sealed class DurableOutageTests(DurableTestDatabase database) : IClassFixture<DurableTestDatabase>
{
    private readonly string hub = $"hub{Guid.NewGuid():n}";

    [Fact]
    public async Task Cutting_every_connection_again_and_again_loses_nothing_and_repeats_no_result()
    {
        var counts = new ConcurrentDictionary<int, int>();
        await using var engine = await database.Working(hub, 1, counts).StartAsync();
        var ids = Enumerable.Range(0, 60).Select(i => $"cut-{i}").ToList();
        var cutting = true;
        var cuts = Task.Run(async () =>
        {
            while (Volatile.Read(ref cutting))
            {
                await database.ExecuteAsync(
                    """
                    select pg_terminate_backend(pid) from pg_stat_activity
                    where datname = current_database() and pid <> pg_backend_pid()
                    """);
            }
        });

        await Parallel.ForEachAsync(ids, async (id, _) => await ScheduleSurelyAsync(engine, id));
        Volatile.Write(ref cutting, false);
        await cuts;
        var ended = await Task.WhenAll(ids.Select(engine.EndAsync));

        Assert.All(ended, instance => Assert.Equal(45, instance.ReadOutputAs<int>()));
        Assert.Contains(engine.Log.Lines, line => line.Contains("is away"));
        await database.AssertNothingLeftAsync();
    }

    [Fact]
    public async Task A_database_that_is_away_at_start_and_during_work_is_waited_for_and_reported_once()
    {
        using var inActivity = new SemaphoreSlim(0);
        using var goOn = new SemaphoreSlim(0);
        await using var engine = database.Holding(hub, "stays", new(), inActivity, goOn);
        await database.AllowConnectionsAsync(false);
        await engine.BeginAsync();
        await SaysAsync(engine, "is away", times: 1);
        await database.AllowConnectionsAsync(true);
        await engine.ReadyAsync();
        await SaysAsync(engine, "is back", times: 1);

        var id = await engine.Client.ScheduleNewOrchestrationInstanceAsync("Holds", CancellationToken.None);
        await inActivity.WaitAsync();
        await database.AllowConnectionsAsync(false);
        goOn.Release();
        await SaysAsync(engine, "is away", times: 2);
        await database.AllowConnectionsAsync(true);

        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await engine.EndAsync(id)).RuntimeStatus);
        await SaysAsync(engine, "is back", times: 2);
        // A connection that is cut a moment after the others may still answer once in between.
        Assert.InRange(engine.Log.Lines.Count(line => line.Contains("database is away")), 2, 3);
    }

    private static Task SaysAsync(TestEngine engine, string text, int times) => Eventually.TrueAsync(
        () => Task.FromResult(engine.Log.Lines.Count(line => line.Contains($"durable database {text}")) >= times),
        within: null, () => $"'{text}' was not logged {times} times.");

    private static async Task ScheduleSurelyAsync(TestEngine engine, string id)
    {
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    await engine.Client.ScheduleNewOrchestrationInstanceAsync("Fan", new StartOrchestrationOptions(id));
                    return true;
                }
                catch (DurableTask.Core.Exceptions.OrchestrationAlreadyExistsException)
                {
                    return true;
                }
                catch (Npgsql.NpgsqlException)
                {
                    return false;
                }
            },
            within: null, () => $"'{id}' could not be scheduled.");
    }
}
