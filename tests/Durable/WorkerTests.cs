using System.Collections.Concurrent;
using Assay.Local;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Assay;

/// <summary>Several workers on one database, and what happens when one of them or the database fails.</summary>
public sealed class WorkerTests(DurableTestDatabase database) : IClassFixture<DurableTestDatabase>
{
    private readonly string hub = $"hub{Guid.NewGuid():n}";

    [Fact]
    public async Task Several_workers_share_the_work_and_record_each_result_once()
    {
        var byEngine = new ConcurrentDictionary<int, int>();
        await using var one = await Working(1, byEngine, engines: 3).StartAsync();
        await using var two = await Working(2, byEngine, engines: 3).StartAsync();
        await using var three = await Working(3, byEngine, engines: 3).StartAsync();

        var ids = await Task.WhenAll(Enumerable.Range(0, 40).Select(i =>
            one.Client.ScheduleNewOrchestrationInstanceAsync("Fan", i, CancellationToken.None)));
        var ended = await Task.WhenAll(ids.Select(three.EndAsync));

        Assert.All(ended, instance => Assert.Equal(45, instance.ReadOutputAs<int>()));
        Assert.Equal(3, byEngine.Count);
        await AssertIntegrityAsync();
    }

    [Fact]
    public async Task A_worker_that_lost_its_lease_commits_nothing_and_another_finishes_its_work()
    {
        var runs = new ConcurrentQueue<string>();
        using var inActivity = new SemaphoreSlim(0);
        using var goOn = new SemaphoreSlim(0);
        await using var lost = await Holding("lost", runs, inActivity, goOn).StartAsync();
        var id = await lost.Client.ScheduleNewOrchestrationInstanceAsync("Holds", CancellationToken.None);
        await inActivity.WaitAsync();
        await using var other = Holding("other", runs, inActivity, goOn);

        // What another worker does once the lease is over; the paused one finds out when it comes back.
        await database.ExecuteAsync("select durable.release(id, false) from durable.worker");
        goOn.Release(2);
        await other.StartAsync();

        var ended = await other.EndAsync(id);
        Assert.Equal(OrchestrationRuntimeStatus.Completed, ended.RuntimeStatus);
        Assert.Equal(2, runs.Count);
        Assert.Equal(1, await database.ValueAsync<long>(
            $"""
            select count(*) from durable.history h join durable.instance i on i.key = h.instance_key
            where i.instance_id = '{id}' and h.kind = 'activity_completed'
            """));
        await Eventually.TrueAsync(
            () => Task.FromResult(lost.Log.Lines.Any(line => line.Contains("lost its lease"))),
            within: null, () => "The worker did not notice that its lease was lost.");
        await AssertIntegrityAsync();
    }

    [Fact]
    public async Task The_work_of_a_worker_that_fell_silent_is_taken_over_when_its_lease_ends()
    {
        // A worker that only exists in the database: it claimed an instance and an activity, and died.
        await using var engine = await database.NewEngine(hub, Quick)
            .Activity<int, int>("Same", x => x)
            .Orchestrator("One", context => context.CallActivityAsync<int>("Same", 7))
            .StartAsync();
        await engine.StopAsync();
        await database.ExecuteAsync(
            $"""
            with dead as (
                insert into durable.worker (hub, name, lease_until)
                values ('{hub}', 'dead', clock_timestamp() + interval '1 second')
                returning id
            )
            insert into durable.instance (hub, instance_id, name, status, owner)
            select '{hub}', 'orphan', 'One', 'running', id from dead
            """);

        await using var heir = await database.NewEngine(hub, Quick)
            .Activity<int, int>("Same", x => x)
            .Orchestrator("One", context => context.CallActivityAsync<int>("Same", 7))
            .StartAsync();

        Assert.Equal(7, (await heir.EndAsync("orphan")).ReadOutputAs<int>());
    }

    [Fact]
    public async Task A_worker_that_was_alone_shares_what_waits_when_another_comes()
    {
        var (byFirst, bySecond) = (0, 0);
        var release = new TaskCompletionSource();
        TestEngine Engine(Func<Task> run) => database.NewEngine(hub, options => options.MaxConcurrentActivities = 1)
            .Activity<int, int>("Counts", async (x, _) =>
            {
                await run();
                return x;
            })
            .Orchestrator("FansOut", async context =>
            {
                var calls = Enumerable.Range(0, 20).Select(x => context.CallActivityAsync<int>("Counts", x));
                return (await Task.WhenAll(calls)).Sum();
            });
        await using var first = await Engine(async () =>
        {
            await release.Task;
            byFirst++;
        }).StartAsync();
        var id = await first.Client.ScheduleNewOrchestrationInstanceAsync("FansOut", CancellationToken.None);
        await Eventually.TrueAsync(
            async () => await database.ValueAsync<long>(
                $"""
                select count(*) from durable.history h
                join durable.instance i on i.key = h.instance_key
                where i.hub = '{hub}'
                """) > 20,
            within: null, () => "The orchestration did not call its activities.");

        await using var second = await Engine(() =>
        {
            // The first one is held up with its first activity until all others are done.
            if (++bySecond == 19)
                release.SetResult();
            return Task.CompletedTask;
        }).StartAsync();

        Assert.Equal(190, (await first.EndAsync(id)).ReadOutputAs<int>());
        Assert.Equal((1, 19), (byFirst, bySecond));
    }

    [Fact]
    public async Task An_activity_without_a_row_gets_one_when_its_worker_dies_unless_it_was_answered()
    {
        await using (await database.NewEngine(hub, Quick).StartAsync())
        {
            // The tables are there.
        }
        await database.ExecuteAsync(
            $"""
            with dead as (
                insert into durable.worker (hub, name, lease_until)
                values ('{hub}', 'dead', clock_timestamp() - interval '1 second')
                returning id
            ),
            made as (
                insert into durable.instance (hub, instance_id, name, status, owner)
                select '{hub}', 'orphan', 'Three', 'running', id from dead
                returning key
            ),
            told as (
                insert into durable.message (instance_key, kind, step, payload, visible_at)
                select key, 'activity_completed', 1, '20', now() + interval '1 day' from made
            )
            insert into durable.history (instance_key, sequence, kind, step, at, name, payload)
            select key, sequence, kind, step, now(), name, payload
            from made, (values
                (0, 'started', null, 'Three', null),
                (1, 'activity_scheduled', 0, 'Same', '1'),
                (2, 'activity_scheduled', 1, 'Same', '2'),
                (3, 'activity_scheduled', 2, 'Same', '3'),
                (4, 'activity_completed', 0, null, '10')) entry (sequence, kind, step, name, payload)
            """);

        await database.ExecuteAsync("select durable.release(id, false) from durable.worker where name = 'dead'");

        Assert.Equal(
            "2:3:1",
            await database.ValueAsync<string>(
                $"select string_agg(step || ':' || input || ':' || attempts, ',') from durable.activity where hub = '{hub}'"));
    }

    [Fact]
    public async Task A_graceful_stop_finishes_what_runs_and_hands_the_rest_over_at_once()
    {
        var runs = new ConcurrentQueue<string>();
        using var inActivity = new SemaphoreSlim(0);
        using var goOn = new SemaphoreSlim(0);
        await using var stops = await Holding("stops", runs, inActivity, goOn).StartAsync();
        await using var stays = Holding("stays", runs, inActivity, goOn);
        var id = await stops.Client.ScheduleNewOrchestrationInstanceAsync("Holds", CancellationToken.None);
        await inActivity.WaitAsync();

        var stopping = stops.StopAsync();
        goOn.Release();
        await stopping;

        Assert.Equal(0, await database.ValueAsync<long>(
            $"select count(*) from durable.instance where hub = '{hub}' and owner is not null"));
        await stays.StartAsync();
        await stays.Client.RaiseEventAsync(id, "finish");
        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await stays.EndAsync(id)).RuntimeStatus);
        Assert.Equal(["stops"], runs);
    }

    [Fact]
    public async Task More_messages_than_one_poll_fetches_do_not_wait_for_the_next_interval()
    {
        await using var engine = await database.NewEngine(hub, PollsRarely)
            .Orchestrator("Counts", async context =>
            {
                for (var i = 0; i < 6_000; i++)
                    await context.WaitForExternalEvent<int>("e");
                return "all";
            })
            .StartAsync();
        var id = await engine.Client.ScheduleNewOrchestrationInstanceAsync(
            "Counts", null, new StartOrchestrationOptions(hub), CancellationToken.None);
        await engine.Client.WaitForInstanceStartAsync(id, CancellationToken.None);
        await database.ExecuteAsync(
            $"""
            insert into durable.message (instance_key, kind, name, payload)
            select key, 'event_raised', 'e', '1' from durable.instance, generate_series(1, 5999)
            where hub = '{hub}'
            """);

        await engine.Client.RaiseEventAsync(id, "e", 1);

        Assert.Equal("all", (await engine.EndAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Quick_activities_that_end_during_a_poll_leave_none_waiting_for_the_next_interval()
    {
        await using var engine = await database.NewEngine(
            hub,
            options =>
            {
                PollsRarely(options);
                options.MaxConcurrentActivities = 1;
            })
            .Activity<int, int>("Same", x => x)
            .Orchestrator("Fans", async context => (await Task.WhenAll(
                Enumerable.Range(0, 20).Select(i => context.CallActivityAsync<int>("Same", i)))).Length)
            .StartAsync();

        for (var round = 0; round < 100; round++)
            Assert.Equal(20, (await engine.RunAsync("Fans")).ReadOutputAs<int>());
    }

    [Fact]
    public async Task Cutting_every_connection_again_and_again_loses_nothing_and_repeats_no_result()
    {
        var counts = new ConcurrentDictionary<int, int>();
        await using var engine = await Working(1, counts).StartAsync();
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
        await AssertIntegrityAsync();
    }

    [Fact]
    public async Task A_database_that_is_away_at_start_and_during_work_is_waited_for_and_reported_once()
    {
        using var inActivity = new SemaphoreSlim(0);
        using var goOn = new SemaphoreSlim(0);
        await using var engine = Holding("stays", new(), inActivity, goOn);
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

    [Fact]
    public async Task An_activity_whose_process_died_too_often_fails_and_others_go_on()
    {
        await using var engine = await database.NewEngine(hub, Quick)
            .Activity<int, int>("Kills", x => x)
            .Orchestrator("Poisoned", context => context.CallActivityAsync<int>("Kills", 1))
            .StartAsync();
        await engine.StopAsync();
        await database.ExecuteAsync(
            $"""
            with poisoned as (
                insert into durable.instance (hub, instance_id, name, status)
                values ('{hub}', 'poisoned', 'Poisoned', 'running')
                returning key
            ),
            history as (
                insert into durable.history (instance_key, sequence, kind, step, at, name)
                select key, n, kind, step, now(), name
                from poisoned, (values
                    (0, 'started', null, 'Poisoned'),
                    (1, 'activity_scheduled', 0, 'Kills')) h (n, kind, step, name)
            )
            insert into durable.activity (instance_key, step, hub, name, input, attempts)
            select key, 0, '{hub}', 'Kills', '1', 5 from poisoned
            """);

        await using var next = await database.NewEngine(hub, Quick)
            .Activity<int, int>("Kills", x => x)
            .Orchestrator("Poisoned", context => context.CallActivityAsync<int>("Kills", 1))
            .StartAsync();

        var ended = await next.EndAsync("poisoned");
        Assert.Equal(OrchestrationRuntimeStatus.Failed, ended.RuntimeStatus);
        Assert.Contains("5 times while it ran activity 'Kills'", ended.FailureDetails!.ErrorMessage);
        Assert.Equal(1, (await next.RunAsync("Poisoned")).ReadOutputAs<int>());
    }

    [Fact]
    public async Task Hubs_in_one_database_do_not_see_each_other()
    {
        await using var here = await database.NewEngine()
            .Orchestrator("Where", _ => Task.FromResult("here")).StartAsync();
        await using var there = await database.NewEngine()
            .Orchestrator("Where", _ => Task.FromResult("there")).StartAsync();

        Assert.Equal("here", (await here.RunAsync("Where", id: "same")).ReadOutputAs<string>());
        Assert.Equal("there", (await there.RunAsync("Where", id: "same")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Without_notifications_polling_alone_finds_the_work_of_others()
    {
        static void Polling(Assay.Local.DurableOptions options)
        {
            options.Notifications = false;
            options.PollInterval = TimeSpan.FromMilliseconds(100);
        }
        await using var schedules = await database.NewEngine(hub, Polling)
            .Orchestrator("Pair", context => context.WaitForExternalEvent<string>("go")).StartAsync();
        await using var raises = await database.NewEngine(hub, Polling)
            .Orchestrator("Pair", context => context.WaitForExternalEvent<string>("go")).StartAsync();
        var id = await schedules.Client.ScheduleNewOrchestrationInstanceAsync("Pair", CancellationToken.None);
        await schedules.Client.WaitForInstanceStartAsync(id);

        await raises.Client.RaiseEventAsync(id, "go", "polled");

        Assert.Equal("polled", (await raises.EndAsync(id)).ReadOutputAs<string>());
    }

    private static void Quick(Assay.Local.DurableOptions options) => options.Lease = TimeSpan.FromSeconds(2);

    /// <param name="engines">Activities do not end before so many engines have run one.</param>
    private TestEngine Working(
        int number, ConcurrentDictionary<int, int> byEngine, int engines = 1) => database.NewEngine(hub)
        .Activity<int, int>("Same", async (x, _) =>
        {
            byEngine.AddOrUpdate(number, 1, (_, count) => count + 1);
            await Eventually.TrueAsync(
                () => Task.FromResult(byEngine.Count >= engines), within: null, () => "No other engine helps.");
            return x;
        })
        .Orchestrator("Fan", async context => (await Task.WhenAll(
            Enumerable.Range(0, 10).Select(x => context.CallActivityAsync<int>("Same", x)))).Sum());

    private TestEngine Holding(
        string engine, ConcurrentQueue<string> runs, SemaphoreSlim inActivity, SemaphoreSlim goOn) =>
        database.NewEngine(hub, Quick)
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

    /// <summary>Nothing is left over, and no step was answered twice.</summary>
    private async Task AssertIntegrityAsync() => Assert.Equal(
        0,
        await database.ValueAsync<long>(
            """
            select (select count(*) from durable.message) + (select count(*) from durable.activity)
                + (select count(*) from (
                    select from durable.history
                    where kind in ('activity_completed', 'activity_failed', 'child_completed', 'timer_fired')
                    group by instance_key, step having count(*) > 1) twice)
            """));

    // Far beyond a test's patience, so that only what is noticed at once is found.
    private static void PollsRarely(DurableOptions options) => options.PollInterval = TimeSpan.FromMinutes(10);
}
