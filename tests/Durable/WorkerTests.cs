using System.Collections.Concurrent;
using Assay.Local;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Assay;

/// <summary>Several workers on one database share what there is to do, and find it.</summary>
public sealed class WorkerTests(DurableTestDatabase database) : IClassFixture<DurableTestDatabase>
{
    private readonly string hub = $"hub{Guid.NewGuid():n}";

    [Fact]
    public async Task Several_workers_share_the_work_and_record_each_result_once()
    {
        var byEngine = new ConcurrentDictionary<int, int>();
        await using var one = await database.Working(hub, 1, byEngine, engines: 3).StartAsync();
        await using var two = await database.Working(hub, 2, byEngine, engines: 3).StartAsync();
        await using var three = await database.Working(hub, 3, byEngine, engines: 3).StartAsync();

        var ids = await Task.WhenAll(Enumerable.Range(0, 40).Select(i =>
            one.Client.ScheduleNewOrchestrationInstanceAsync("Fan", i, CancellationToken.None)));
        var ended = await Task.WhenAll(ids.Select(three.EndAsync));

        Assert.All(ended, instance => Assert.Equal(45, instance.ReadOutputAs<int>()));
        Assert.Equal(3, byEngine.Count);
        await database.AssertNothingLeftAsync();
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
    public async Task More_than_the_database_takes_at_once_is_shared_in_parts()
    {
        var release = new TaskCompletionSource();
        TestEngine Engine(Func<Task> run) => database.NewEngine(hub, options => options.MaxConcurrentActivities = 1)
            .Activity<string, int>("Measures", async (text, _) =>
            {
                await run();
                return text.Length;
            })
            .Orchestrator("FansOut", async context =>
            {
                var text = new string('x', 1_000_000);
                var calls = Enumerable.Range(0, 30).Select(_ => context.CallActivityAsync<int>("Measures", text));
                return (await Task.WhenAll(calls)).Sum();
            });
        await using var first = await Engine(() => release.Task).StartAsync();
        await database.ExecuteAsync(
            """
            create function durable.refuse() returns trigger language plpgsql as $$
            begin
                if (select sum(length(input)) from added) > 20000000 then
                    raise 'too much at once' using errcode = 'program_limit_exceeded';
                end if;
                return null;
            end $$;
            create trigger refuse after insert on durable.activity referencing new table as added
            for each statement execute function durable.refuse();
            """);
        var id = await first.Client.ScheduleNewOrchestrationInstanceAsync("FansOut", CancellationToken.None);
        await Eventually.TrueAsync(
            async () => await database.ValueAsync<long>(
                $"""
                select count(*) from durable.history h
                join durable.instance i on i.key = h.instance_key
                where i.hub = '{hub}'
                """) > 30,
            within: null, () => "The orchestration did not call its activities.");

        await using var second = await Engine(() =>
        {
            release.TrySetResult();
            return Task.CompletedTask;
        }).StartAsync();

        Assert.Equal(30_000_000, (await first.EndAsync(id)).ReadOutputAs<int>());
        Assert.DoesNotContain(first.Log.Lines, line => line.Contains("refused"));
        await database.ExecuteAsync("drop trigger refuse on durable.activity; drop function durable.refuse()");
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

    // Far beyond a test's patience, so that only what is noticed at once is found.
    private static void PollsRarely(DurableOptions options) => options.PollInterval = TimeSpan.FromMinutes(10);
}
