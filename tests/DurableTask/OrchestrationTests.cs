using System.Diagnostics;
using System.Globalization;
using DurableTask.Core;
using DurableTask.Core.Exceptions;
using DurableTask.Core.History;

namespace Assay.DurableTaskTests;

public sealed class OrchestrationTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Activities_run_one_after_the_other_and_their_result_comes_back(bool sessions)
    {
        await using var hub = await TestHub.StartAsync(configure: settings => settings.ExtendedSessions = sessions);

        Assert.Equal("20", await hub.ResultAsync("Sequence", "20"));
    }

    [Fact]
    public async Task What_is_started_beside_a_worker_is_its_own_from_the_beginning()
    {
        await using var hub = await TestHub.StartAsync();
        await hub.Database.ExecuteAsync(
            """
            create table first_owner as select owner from durable_task.instance;
            create function see() returns trigger language plpgsql as
                $$ begin insert into first_owner values (new.owner); return new; end $$;
            create trigger see after insert on durable_task.instance for each row execute function see();
            """);

        Assert.Equal("3", await hub.ResultAsync("Sequence", "3"));

        Assert.True(await hub.Database.GetAsync<bool>(
            "select bool_and(owner = (select id from durable_task.worker)) from first_owner"));
    }

    [Fact]
    public async Task What_is_started_for_later_belongs_to_nobody_before_its_time()
    {
        await using var hub = await TestHub.StartAsync();

        await hub.Client.CreateScheduledOrchestrationInstanceAsync(
            "Sequence", "", "later", "3", DateTime.UtcNow.AddHours(1));

        Assert.True(await hub.Database.GetAsync<bool>(
            "select owner is null and status = 'pending' from durable_task.instance"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Many_activities_at_once_all_come_back(bool sessions)
    {
        await using var hub = await TestHub.StartAsync(configure: settings => settings.ExtendedSessions = sessions);

        Assert.Equal("1999000", await hub.ResultAsync("FanOut", "2000"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Many_instances_run_at_once(bool sessions)
    {
        await using var hub = await TestHub.StartAsync(configure: settings => settings.ExtendedSessions = sessions);

        var results = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => hub.ResultAsync("Mixed", "0")));

        Assert.All(results, result => Assert.Equal("8", result));
    }

    [Fact]
    public async Task A_timer_does_not_fire_early()
    {
        await using var hub = await TestHub.StartAsync(functions => functions.Orchestrator("Timer", async flow =>
        {
            var at = flow.Context.CurrentUtcDateTime.AddMilliseconds(700);
            await flow.Context.CreateTimer(at, "");
            return (flow.Context.CurrentUtcDateTime - at).TotalMilliseconds.ToString(CultureInfo.InvariantCulture);
        }));

        var late = double.Parse(await hub.ResultAsync("Timer"), CultureInfo.InvariantCulture);

        Assert.InRange(late, 0, 2_000);
    }

    [Fact]
    public async Task A_failed_activity_is_tried_again()
    {
        var tries = 0;
        await using var hub = await TestHub.StartAsync(functions => functions
            .Activity("Fails", _ => ++tries < 3 ? throw new InvalidOperationException("not yet") : $"try {tries}")
            .Orchestrator("Retries", flow => flow.Context.ScheduleWithRetry<string>(
                "Fails", "", new RetryOptions(TimeSpan.FromMilliseconds(10), 5), "")));

        Assert.Equal("try 3", await hub.ResultAsync("Retries"));
    }

    [Fact]
    public async Task A_failure_says_what_and_why()
    {
        await using var hub = await TestHub.StartAsync(functions => functions
            .Activity("Fails", _ => throw new FormatException("bad form"))
            .Orchestrator("Fails", flow => flow.CallAsync("Fails")));

        var state = await hub.RunAsync("Fails");

        Assert.Equal(OrchestrationStatus.Failed, state.OrchestrationStatus);
        Assert.Contains("bad form", state.FailureDetails!.ErrorMessage, StringComparison.Ordinal);
        var stored = await hub.Client.GetOrchestrationStateAsync(state.OrchestrationInstance.InstanceId);
        Assert.Equal(state.FailureDetails!.ErrorMessage, stored!.FailureDetails!.ErrorMessage);
        Assert.Equal(state.Output, stored.Output);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Events_are_kept_until_they_are_waited_for_and_stay_in_order(bool sessions)
    {
        await using var hub = await TestHub.StartAsync(
            functions => functions.Orchestrator("Events", async flow =>
            {
                var first = await flow.EventAsync("go");
                await flow.CallAsync("Slow", "50");
                List<string> all = [];
                for (var i = 0; i < 20; i++)
                    all.Add(await flow.EventAsync("number"));
                return $"{first}:{string.Join(',', all)}";
            }),
            settings => settings.ExtendedSessions = sessions);
        var instance = await hub.BeginAsync("Events");

        for (var i = 0; i < 20; i++)
            await hub.Client.RaiseEventAsync(instance, "number", i.ToString(CultureInfo.InvariantCulture));
        await hub.Client.RaiseEventAsync(instance, "go", "now");

        Assert.Equal(
            $"now:{string.Join(',', Enumerable.Range(0, 20))}", TestHub.Result(await hub.EndAsync(instance)));
    }

    [Fact]
    public async Task Events_for_nobody_lead_to_nothing()
    {
        await using var hub = await TestHub.StartAsync();
        var ended = await hub.RunAsync("Sequence", "1");

        await hub.Client.RaiseEventAsync(ended.OrchestrationInstance, "late", "x");
        await hub.Client.RaiseEventAsync(new OrchestrationInstance { InstanceId = "nobody" }, "late", "x");

        Assert.Equal("2", await hub.ResultAsync("Sequence", "2"));
        Assert.Equal(0, await hub.Database.GetAsync<long>("select count(*) from durable_task.message"));
    }

    [Fact]
    public async Task An_instance_that_was_lost_and_claimed_again_waits_for_its_earlier_run_to_return()
    {
        using var holds = new ManualResetEventSlim();
        var (running, most) = (0, 0);
        await using var hub = await TestHub.StartAsync(
            functions => functions.Orchestrator("Blocks", _ =>
            {
                most = Math.Max(most, Interlocked.Increment(ref running));
                holds.Wait(TestHub.Deadline);
                Interlocked.Decrement(ref running);
                return Task.FromResult("returned");
            }),
            settings => settings.Lease = TimeSpan.FromSeconds(2));
        var instance = await hub.BeginAsync("Blocks");
        await Eventually.TrueAsync(() => Task.FromResult(running == 1), null, () => "It was not run.");

        await hub.Database.ExecuteAsync("select durable_task.release(id, false) from durable_task.worker");
        await Eventually.TrueAsync(
            async () => await hub.Database.GetAsync<bool>(
                """
                select exists (
                    select from durable_task.instance i join durable_task.worker w on w.id = i.owner where i.deaths = 1)
                """),
            null, () => "It was not claimed again.");
        await Task.Delay(TimeSpan.FromMilliseconds(500));
        holds.Set();

        Assert.Equal("returned", TestHub.Result(await hub.EndAsync(instance)));
        Assert.Equal(1, most);
    }

    [Fact]
    public async Task An_orchestration_talks_to_another()
    {
        await using var hub = await TestHub.StartAsync(functions => functions
            .Orchestrator("Hears", flow => flow.EventAsync("hello"))
            .Orchestrator("Speaks", flow =>
            {
                flow.Context.SendEvent(new OrchestrationInstance { InstanceId = "hears" }, "hello", "you");
                return Task.FromResult("said");
            }));
        var hears = await hub.BeginAsync("Hears", id: "hears");

        Assert.Equal("said", await hub.ResultAsync("Speaks"));
        Assert.Equal("you", TestHub.Result(await hub.EndAsync(hears)));
    }

    [Fact]
    public async Task A_childs_result_and_its_failure_come_to_its_parent()
    {
        await using var hub = await TestHub.StartAsync(functions => functions
            .Orchestrator("Bad", _ => throw new FormatException("bad child"))
            .Orchestrator("Parent", async flow =>
            {
                var good = await flow.ChildAsync("Child", "good", "1");
                try
                {
                    return await flow.ChildAsync("Bad", "bad");
                }
                catch (SubOrchestrationFailedException failure)
                {
                    return $"{good} {failure.FailureDetails!.ErrorMessage}";
                }
            }));

        Assert.Contains("2 ", await hub.ResultAsync("Parent"), StringComparison.Ordinal);
        var child = await hub.Client.GetOrchestrationStateAsync("good");
        Assert.Equal("Parent", child!.ParentInstance!.Name);
    }

    [Fact]
    public async Task A_child_whose_id_is_taken_fails_and_one_whose_id_is_free_again_runs()
    {
        await using var hub = await TestHub.StartAsync(functions => functions
            .Orchestrator("Waits", flow => flow.EventAsync("go"))
            .Orchestrator("Parent", async flow =>
            {
                try
                {
                    return await flow.ChildAsync("Child", "taken", "1");
                }
                catch (SubOrchestrationFailedException failure)
                {
                    return failure.FailureDetails!.ErrorMessage;
                }
            }));
        var taken = await hub.BeginAsync("Waits", id: "taken");
        await hub.StatusAsync(taken, OrchestrationStatus.Running);

        Assert.Contains("exists already", await hub.ResultAsync("Parent"), StringComparison.Ordinal);

        await hub.Client.RaiseEventAsync(taken, "go", "");
        await hub.EndAsync(taken);
        Assert.Equal("2", await hub.ResultAsync("Parent"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Continuing_as_new_carries_what_came_and_forgets_what_was(bool sessions)
    {
        await using var hub = await TestHub.StartAsync(
            functions => functions.Orchestrator("Counts", async flow =>
            {
                var seen = flow.Input;
                seen += await flow.EventAsync("letter");
                if (seen.Length < 6)
                    flow.Context.ContinueAsNew(seen);
                return seen;
            }),
            settings => settings.ExtendedSessions = sessions);
        // An event for an execution by its id is not for the next one.
        var instance = new OrchestrationInstance { InstanceId = (await hub.BeginAsync("Counts", "")).InstanceId };

        foreach (var letter in "abcdef")
            await hub.Client.RaiseEventAsync(instance, "letter", $"{letter}");

        var state = await hub.EndAsync(instance);
        Assert.Equal("abcdef", TestHub.Result(state));
        Assert.Equal("\"abcde\"", (await hub.Client.GetOrchestrationStateAsync(instance.InstanceId))!.Input);
        var events = await hub.Service.GetOrchestrationEventsAsync(instance.InstanceId);
        Assert.Single(events.OfType<ExecutionStartedEvent>());
        Assert.DoesNotContain(
            events.OfType<EventRaisedEvent>(), raised => raised.Input == "\"a\"");
    }

    [Fact]
    public async Task A_terminated_instance_says_why_and_its_parent_hears_of_it()
    {
        await using var hub = await TestHub.StartAsync(functions => functions
            .Orchestrator("Waits", flow => flow.EventAsync("never"))
            .Orchestrator("Parent", async flow =>
            {
                try
                {
                    return await flow.ChildAsync("Waits", "stopped");
                }
                catch (SubOrchestrationFailedException)
                {
                    return "child stopped";
                }
            }));
        var parent = await hub.BeginAsync("Parent");
        var child = new OrchestrationInstance { InstanceId = "stopped" };
        await hub.StatusAsync(child, OrchestrationStatus.Running);

        await hub.Client.TerminateInstanceAsync(child, "enough");

        var state = await hub.EndAsync(child);
        Assert.Equal(OrchestrationStatus.Terminated, state.OrchestrationStatus);
        Assert.Equal("enough", state.Output);
        Assert.Equal("child stopped", TestHub.Result(await hub.EndAsync(parent)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_suspended_instance_does_nothing_until_it_is_resumed(bool sessions)
    {
        await using var hub = await TestHub.StartAsync(
            functions => functions.Orchestrator("Waits", flow => flow.EventAsync("go")),
            settings => settings.ExtendedSessions = sessions);
        var instance = await hub.BeginAsync("Waits");
        await hub.StatusAsync(instance, OrchestrationStatus.Running);
        await hub.Client.SuspendInstanceAsync(instance, "hold on");
        await hub.StatusAsync(instance, OrchestrationStatus.Suspended);
        await hub.Client.RaiseEventAsync(instance, "go", "went");
        // A later instance has run: the event has had its chance.
        await hub.RunAsync("Sequence", "1");
        await hub.StatusAsync(instance, OrchestrationStatus.Suspended);

        await hub.Client.ResumeInstanceAsync(instance, "go on");

        Assert.Equal("went", TestHub.Result(await hub.EndAsync(instance)));
    }

    [Fact]
    public async Task Rewinding_runs_what_failed_once_more_down_to_the_children()
    {
        var (fails, good) = (true, 0);
        await using var hub = await TestHub.StartAsync(functions => functions
            .Activity("Good", _ => $"{++good}")
            .Activity("Fails", _ => fails ? throw new FormatException("not now") : "well")
            .Orchestrator("Fails", flow => flow.CallAsync("Fails"))
            .Orchestrator("Parent", async flow =>
                await flow.CallAsync("Good") + await flow.ChildAsync("Fails", "failing")
                    + await flow.CallAsync("Fails")));
        var failed = await hub.RunAsync("Parent");
        Assert.Equal(OrchestrationStatus.Failed, failed.OrchestrationStatus);
        fails = false;

        await hub.Service.RewindTaskOrchestrationAsync(failed.OrchestrationInstance.InstanceId, "mended");

        var instance = new OrchestrationInstance { InstanceId = failed.OrchestrationInstance.InstanceId };
        Assert.Equal("1wellwell", TestHub.Result(await hub.EndAsync(instance)));
        Assert.Equal(1, good);
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => hub.Service.RewindTaskOrchestrationAsync(instance.InstanceId, "again"));
        await Assert.ThrowsAsync<ArgumentException>(
            () => hub.Service.RewindTaskOrchestrationAsync("nobody", "again"));
    }

    [Fact]
    public async Task Code_that_changed_fails_the_instance_with_the_reason()
    {
        await using var database = await TestDatabase.CreateAsync();
        OrchestrationInstance instance;
        await using (var before = await TestHub.StartAsync(
            functions => functions.Orchestrator("Changes", async flow =>
                await flow.CallAsync("Echo", "a") + await flow.EventAsync("go")),
            database: database))
        {
            instance = await before.BeginAsync("Changes");
            await Eventually.TrueAsync(
                async () => (await before.Service.GetOrchestrationEventsAsync(instance.InstanceId))
                    .OfType<TaskCompletedEvent>().Any(),
                null, () => "The activity did not run.");
        }
        await using var after = await TestHub.StartAsync(
            functions => functions.Orchestrator("Changes", async flow =>
                await flow.ChildAsync("Child", "other", "1") + await flow.EventAsync("go")),
            database: database);

        await after.Client.RaiseEventAsync(instance, "go", "");

        var state = await after.EndAsync(instance);
        Assert.Equal(OrchestrationStatus.Failed, state.OrchestrationStatus);
        Assert.Contains("Non-Deterministic", state.Output, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Large_content_is_carried()
    {
        await using var hub = await TestHub.StartAsync(functions => functions
            .Orchestrator("Carries", flow => flow.CallAsync("Echo", flow.Input + flow.Input)));
        var content = new string('ü', 3_000_000);

        Assert.Equal(content + content, await hub.ResultAsync("Carries", content));
    }

    [Fact]
    public async Task Characters_that_the_database_does_not_know_harm_nothing()
    {
        await using var hub = await TestHub.StartAsync(functions => functions
            .Orchestrator("Carries", async flow =>
            {
                flow.SetStatus("\0\ud800");
                return await flow.CallAsync("Echo", flow.Input);
            }));

        Assert.Equal(
            "a\0b\ufffdc\ud83d\ude00d\ufffd", await hub.ResultAsync("Carries", "a\0b\ud800c\ud83d\ude00d\udc00"));
    }

    [Fact]
    public async Task The_status_and_tags_of_an_instance_are_seen()
    {
        await using var hub = await TestHub.StartAsync(functions => functions
            .Orchestrator("Tells", async flow =>
            {
                flow.SetStatus("half");
                return await flow.EventAsync("go");
            }));
        var instance = await hub.Client.CreateOrchestrationInstanceAsync(
            "Tells", "", "told", "x", new Dictionary<string, string> { ["color"] = "green" });

        var state = await hub.UntilAsync(instance, state => state.Status == "\"half\"", "half done");

        Assert.Equal("green", state.Tags["color"]);
        Assert.Equal("\"x\"", state.Input);
        await hub.Client.RaiseEventAsync(instance, "go", "");
        await hub.EndAsync(instance);
    }

    [Fact]
    public async Task Entities_are_refused_with_the_reason()
    {
        await using var hub = await TestHub.StartAsync(functions => functions
            .Orchestrator("Signals", async flow =>
            {
                flow.Context.SendEvent(new OrchestrationInstance { InstanceId = "@counter@one" }, "op", "add");
                return await flow.EventAsync("never");
            }));

        var state = await hub.RunAsync("Signals");

        Assert.Equal(OrchestrationStatus.Failed, state.OrchestrationStatus);
        Assert.Contains("does not support entities", state.Output, StringComparison.Ordinal);
        await Assert.ThrowsAsync<NotSupportedException>(
            () => hub.Client.RaiseEventAsync(new OrchestrationInstance { InstanceId = "@counter@one" }, "op", "add"));
    }

    [Fact]
    public async Task An_idle_session_ends_and_begins_again_with_an_event()
    {
        await using var hub = await TestHub.StartAsync(
            functions => functions.Orchestrator("Waits", async flow =>
                await flow.CallAsync("Echo", "a") + await flow.EventAsync("go") + await flow.EventAsync("go")),
            settings =>
            {
                settings.ExtendedSessions = true;
                settings.ExtendedSessionIdleTimeout = TimeSpan.FromMilliseconds(100);
            });
        var instance = await hub.BeginAsync("Waits");
        foreach (var letter in "bc")
        {
            await Eventually.TrueAsync(
                async () => await hub.Database.GetAsync<long>(
                    "select count(*) from durable_task.instance where owner is not null or episodes = 0") == 0,
                null, () => "The session does not end.");
            await hub.Client.RaiseEventAsync(instance, "go", $"{letter}");
            if (letter == 'b')
            {
                await Eventually.TrueAsync(
                    async () => (await hub.Service.GetOrchestrationEventsAsync(instance.InstanceId))
                        .OfType<EventRaisedEvent>().Any(),
                    null, () => "The event did not come.");
            }
        }

        Assert.Equal("abc", TestHub.Result(await hub.EndAsync(instance)));
    }

    [Fact]
    public async Task A_stopped_worker_hands_over_at_once()
    {
        await using var database = await TestDatabase.CreateAsync();
        var first = await TestHub.StartAsync(database: database);
        var instances = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(_ => first.BeginAsync("SlowSteps", "10x50")));
        await first.StatusAsync(instances[0], OrchestrationStatus.Running);
        await using var second = await TestHub.StartAsync(database: database);
        await first.StopAsync();
        var clock = Stopwatch.StartNew();

        foreach (var instance in instances)
            Assert.Equal("done", TestHub.Result(await second.EndAsync(instance)));

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(6), $"It took {clock.Elapsed}.");
        Assert.Equal("", await database.ProblemsAsync());
    }
}
