using System.Collections.Concurrent;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Assay;

/// <summary>A worker stops, dies or falls silent, and others go on with what it held.</summary>
public sealed class TakeoverTests(DurableTestDatabase database) : IClassFixture<DurableTestDatabase>
{
    private readonly string hub = $"hub{Guid.NewGuid():n}";

    [Fact]
    public async Task A_worker_that_lost_its_lease_commits_nothing_and_another_finishes_its_work()
    {
        var runs = new ConcurrentQueue<string>();
        using var inActivity = new SemaphoreSlim(0);
        using var goOn = new SemaphoreSlim(0);
        await using var lost = await database.Holding(hub, "lost", runs, inActivity, goOn).StartAsync();
        var id = await lost.Client.ScheduleNewOrchestrationInstanceAsync("Holds", CancellationToken.None);
        await inActivity.WaitAsync();
        await using var other = database.Holding(hub, "other", runs, inActivity, goOn);

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
        await database.AssertNothingLeftAsync();
    }

    [Fact]
    public async Task The_work_of_a_worker_that_fell_silent_is_taken_over_when_its_lease_ends()
    {
        // A worker that only exists in the database: it claimed an instance and an activity, and died.
        await using var engine = await database.NewEngine(hub, EngineSamples.Quick)
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

        await using var heir = await database.NewEngine(hub, EngineSamples.Quick)
            .Activity<int, int>("Same", x => x)
            .Orchestrator("One", context => context.CallActivityAsync<int>("Same", 7))
            .StartAsync();

        Assert.Equal(7, (await heir.EndAsync("orphan")).ReadOutputAs<int>());
    }

    [Fact]
    public async Task An_activity_without_a_row_gets_one_when_its_worker_dies_unless_it_was_answered()
    {
        await using (await database.NewEngine(hub, EngineSamples.Quick).StartAsync())
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
                $"""
                select string_agg(step || ':' || input || ':' || attempts, ',') from durable.activity
                where hub = '{hub}'
                """));
    }

    [Fact]
    public async Task A_death_counts_against_an_orchestrator_also_when_a_suspect_activity_was_held()
    {
        await using (await database.NewEngine(hub, EngineSamples.Quick).StartAsync())
        {
            // The tables are there.
        }
        await database.ExecuteAsync(
            $"""
            with dead as (
                insert into durable.worker (hub, name, lease_until)
                values ('{hub}', 'died', clock_timestamp() - interval '1 second')
                returning id
            ),
            made as (
                insert into durable.instance (hub, instance_id, name, status, owner)
                select '{hub}', 'kills', 'Kills', 'running', id from dead
                returning key
            )
            insert into durable.activity (instance_key, step, hub, name, attempts, owner)
            select -1, 0, '{hub}', 'Innocent', 3, id from dead
            """);

        await database.ExecuteAsync("select durable.release(id, false) from durable.worker where name = 'died'");

        Assert.Equal(1, await database.ValueAsync<int>(
            $"select takeovers from durable.instance where hub = '{hub}'"));
        await database.ExecuteAsync("delete from durable.activity where instance_key = -1");
    }

    [Fact]
    public async Task A_graceful_stop_finishes_what_runs_and_hands_the_rest_over_at_once()
    {
        var runs = new ConcurrentQueue<string>();
        using var inActivity = new SemaphoreSlim(0);
        using var goOn = new SemaphoreSlim(0);
        await using var stops = await database.Holding(hub, "stops", runs, inActivity, goOn).StartAsync();
        await using var stays = database.Holding(hub, "stays", runs, inActivity, goOn);
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
    public async Task An_activity_whose_process_died_too_often_fails_and_others_go_on()
    {
        await using var engine = await database.NewEngine(hub, EngineSamples.Quick)
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

        await using var next = await database.NewEngine(hub, EngineSamples.Quick)
            .Activity<int, int>("Kills", x => x)
            .Orchestrator("Poisoned", context => context.CallActivityAsync<int>("Kills", 1))
            .StartAsync();

        var ended = await next.EndAsync("poisoned");
        Assert.Equal(OrchestrationRuntimeStatus.Failed, ended.RuntimeStatus);
        Assert.Contains("5 times while it ran activity 'Kills'", ended.FailureDetails!.ErrorMessage);
        Assert.Equal(1, (await next.RunAsync("Poisoned")).ReadOutputAs<int>());
    }
}
