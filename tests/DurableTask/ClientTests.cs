using System.Diagnostics;
using System.Globalization;
using Assay.DurableTask.PostgreSql;
using DurableTask.Core;
using DurableTask.Core.Exceptions;
using DurableTask.Core.History;
using DurableTask.Core.Query;

namespace Assay.DurableTaskTests;

public sealed class ClientTests
{
    [Fact]
    public async Task A_live_instance_keeps_its_id_and_an_ended_one_gives_it_away()
    {
        await using var hub = await TestHub.StartAsync(functions => functions
            .Orchestrator("Waits", flow => flow.EventAsync("go")));
        var instance = await hub.BeginAsync("Waits", id: "one");
        await Assert.ThrowsAsync<OrchestrationAlreadyExistsException>(() => hub.BeginAsync("Waits", id: "one"));
        await hub.Client.RaiseEventAsync(instance, "go", "x");
        await hub.EndAsync(instance);

        Assert.Equal("3", await hub.ResultAsync("Sequence", "3", "one"));
        await Assert.ThrowsAsync<OrchestrationAlreadyExistsException>(() => hub.Client.CreateOrchestrationInstanceAsync(
            "Sequence", "", "one", "1", new Dictionary<string, string>(), [OrchestrationStatus.Completed]));
    }

    [Fact]
    public async Task A_running_instance_is_replaced_when_no_status_refuses()
    {
        await using var hub = await TestHub.StartAsync(functions => functions
            .Orchestrator("Waits", flow => flow.EventAsync("go")));
        await hub.BeginAsync("Waits", id: "one");

        var instance = await hub.Client.CreateOrchestrationInstanceAsync(
            "Sequence", "", "one", "2", new Dictionary<string, string>(), []);

        Assert.Equal("2", TestHub.Result(await hub.EndAsync(instance)));
    }

    [Fact]
    public async Task Of_many_starts_with_one_id_one_wins()
    {
        await using var hub = await TestHub.StartAsync(functions => functions
            .Orchestrator("Waits", flow => flow.EventAsync("go")));

        var starts = await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
        {
            try
            {
                await hub.BeginAsync("Waits", id: "one");
                return true;
            }
            catch (OrchestrationAlreadyExistsException)
            {
                return false;
            }
        }));

        Assert.Single(starts, won => won);
    }

    [Fact]
    public async Task A_scheduled_start_waits_for_its_time_and_can_be_terminated_before()
    {
        await using var hub = await TestHub.StartAsync();
        var clock = Stopwatch.StartNew();
        var soon = await hub.Client.CreateScheduledOrchestrationInstanceAsync(
            "Sequence", "", "soon", "1", DateTime.UtcNow.AddSeconds(1));
        var late = await hub.Client.CreateScheduledOrchestrationInstanceAsync(
            "Sequence", "", "late", "1", DateTime.UtcNow.AddHours(1));

        await hub.Client.TerminateInstanceAsync(late, "not any more");

        Assert.Equal(OrchestrationStatus.Terminated, (await hub.EndAsync(late)).OrchestrationStatus);
        Assert.Equal(OrchestrationStatus.Completed, (await hub.EndAsync(soon)).OrchestrationStatus);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0.9, 5);
    }

    [Fact]
    public async Task Instances_are_found_by_status_id_and_time_page_by_page()
    {
        await using var hub = await TestHub.StartAsync(functions => functions
            .Orchestrator("Waits", flow => flow.EventAsync("go"))
            .Orchestrator("Fails", _ => throw new FormatException("bad")));
        for (var i = 0; i < 25; i++)
            await hub.RunAsync("Sequence", "1", $"done-{i:00}");
        await hub.RunAsync("Fails", id: "failed");
        await hub.StatusAsync(await hub.BeginAsync("Waits", id: "waits"), OrchestrationStatus.Running);

        List<string> found = [];
        var query = new OrchestrationQuery { PageSize = 10, InstanceIdPrefix = "done-" };
        do
        {
            var page = await hub.Service.GetOrchestrationWithQueryAsync(query, CancellationToken.None);
            found.AddRange(page.OrchestrationState.Select(state => state.OrchestrationInstance.InstanceId));
            query.ContinuationToken = page.ContinuationToken;
        }
        while (query.ContinuationToken is not null);

        Assert.Equal(Enumerable.Range(0, 25).Select(i => $"done-{i:00}"), found);
        Assert.Equal(["failed"], await FindAsync(hub, new() { RuntimeStatus = [OrchestrationStatus.Failed] }));
        Assert.Equal(["waits"], await FindAsync(hub, new() { RuntimeStatus = [OrchestrationStatus.Running] }));
        Assert.Empty(await FindAsync(hub, new() { CreatedTimeFrom = DateTime.UtcNow.AddMinutes(1) }));
        Assert.Equal(27, (await FindAsync(hub, new() { CreatedTimeTo = DateTime.UtcNow.AddMinutes(1) })).Length);
        await Assert.ThrowsAsync<ArgumentException>(() => FindAsync(hub, new() { ContinuationToken = "x" }));
    }

    [Fact]
    public async Task Only_ended_instances_are_purged()
    {
        await using var hub = await TestHub.StartAsync(functions => functions
            .Orchestrator("Waits", flow => flow.EventAsync("go"))
            .Orchestrator("Fails", _ => throw new FormatException("bad")));
        await hub.StatusAsync(await hub.BeginAsync("Waits", id: "waits"), OrchestrationStatus.Running);
        for (var i = 0; i < 5; i++)
            await hub.RunAsync("Sequence", "1", $"done-{i}");
        await hub.RunAsync("Fails", id: "failed");

        Assert.Equal(0, (await hub.Service.PurgeInstanceStateAsync("waits")).DeletedInstanceCount);
        Assert.Equal(1, (await hub.Service.PurgeInstanceStateAsync("done-0")).DeletedInstanceCount);
        Assert.Equal(0, (await hub.Service.PurgeInstanceStateAsync("done-0")).DeletedInstanceCount);
        var failed = await hub.Service.PurgeInstanceStateAsync(
            new PurgeInstanceFilter(DateTime.MinValue, null, [OrchestrationStatus.Failed]));
        var rest = await hub.Service.PurgeInstanceStateAsync(new PurgeInstanceFilter(DateTime.MinValue, null, null));

        Assert.Equal((1, 4, true), (failed.DeletedInstanceCount, rest.DeletedInstanceCount, rest.IsComplete));
        Assert.Equal(["waits"], await FindAsync(hub, new()));
    }

    [Fact]
    public async Task A_client_in_another_process_hears_of_the_end_at_once()
    {
        await using var hub = await TestHub.StartAsync(functions => functions
            .Orchestrator("Waits", flow => flow.EventAsync("go")));
        await using var other = TestHub.NewService(
            hub.Database, settings => settings.PollInterval = TimeSpan.FromMinutes(1));
        var client = new TaskHubClient(other);
        var instance = await client.CreateOrchestrationInstanceAsync("Waits", "", "x");
        await hub.StatusAsync(instance, OrchestrationStatus.Running);
        await Eventually.TrueAsync(() => Task.FromResult(other.NotificationsAreHeard), null, () => "Nothing is heard.");
        var ended = client.WaitForOrchestrationAsync(instance, TestHub.Deadline);

        await client.RaiseEventAsync(instance, "go", "now");

        Assert.Equal("now", TestHub.Result(await ended.WaitAsync(TimeSpan.FromSeconds(10))));
    }

    [Fact]
    public async Task Waiting_ends_with_its_time()
    {
        await using var hub = await TestHub.StartAsync(functions => functions
            .Orchestrator("Waits", flow => flow.EventAsync("go")));
        var instance = await hub.BeginAsync("Waits");

        Assert.Null(await hub.Client.WaitForOrchestrationAsync(instance, TimeSpan.FromMilliseconds(200)));
    }

    [Fact]
    public async Task The_history_is_a_json_array_of_events()
    {
        await using var hub = await TestHub.StartAsync();
        var state = await hub.RunAsync("Sequence", "2");

        var events = Newtonsoft.Json.Linq.JArray.Parse(
            await hub.Client.GetOrchestrationHistoryAsync(state.OrchestrationInstance));

        Assert.Equal(2, events.Count(happened => (int)happened["EventType"]! == (int)EventType.TaskCompleted));
    }

    [Fact]
    public async Task Ended_instances_go_after_their_time()
    {
        await using var hub = await TestHub.StartAsync(configure: settings =>
        {
            settings.Retention = TimeSpan.FromMilliseconds(1);
            settings.Lease = TimeSpan.FromSeconds(2);
        });
        await hub.RunAsync("Sequence", "1");

        await Eventually.TrueAsync(
            async () => await hub.Database.GetAsync<long>(
                """
                select (select count(*) from durable_task.instance) + (select count(*) from durable_task.history)
                """) == 0,
            null, () => "They are still there.");
    }

    [Fact]
    public async Task Several_processes_make_a_schema_of_another_name_at_once()
    {
        await using var database = await TestDatabase.CreateAsync();
        var services = Enumerable.Range(0, 5)
            .Select(_ => TestHub.NewService(database, settings => settings.SchemaName = "Work_2")).ToList();
        await Task.WhenAll(services.Select(service => service.CreateIfNotExistsAsync()));
        foreach (var service in services)
            await service.DisposeAsync();

        await using (var hub = await TestHub.StartAsync(
            configure: settings => settings.SchemaName = "Work_2", database: database))
        {
            Assert.Equal("5", await hub.ResultAsync("Sequence", "5"));
        }
        Assert.Equal("", await database.ProblemsAsync("\"Work_2\""));
        Assert.False(await database.GetAsync<bool>("select to_regnamespace('durable_task') is not null"));
    }

    [Fact]
    public async Task Task_hubs_of_one_schema_know_nothing_of_each_other()
    {
        await using var hub = await TestHub.StartAsync();
        await using var other = TestHub.NewService(hub.Database, settings => settings.TaskHubName = "other");
        await hub.RunAsync("Sequence", "1", "same");

        Assert.Null(await new TaskHubClient(other).GetOrchestrationStateAsync("same"));
        await new TaskHubClient(other).CreateOrchestrationInstanceAsync("Sequence", "", "same", "1");
        Assert.Equal(
            OrchestrationStatus.Pending,
            (await new TaskHubClient(other).GetOrchestrationStateAsync("same"))!.OrchestrationStatus);
    }

    [Fact]
    public async Task An_idle_worker_leaves_the_database_alone()
    {
        await using var hub = await TestHub.StartAsync();
        await hub.RunAsync("Sequence", "1");
        await Eventually.TrueAsync(
            () => Task.FromResult(hub.Service.NotificationsAreHeard), null, () => "Nothing is heard.");
        var clock = Stopwatch.StartNew();
        var before = await TransactionsAsync(hub);

        // The figures of sessions come a second late; over such a span a transaction or two do not count.
        await Eventually.TrueAsync(
            () => Task.FromResult(clock.Elapsed > TimeSpan.FromSeconds(8)), null, () => "Time stands still.");

        var rate = (await TransactionsAsync(hub) - before) / clock.Elapsed.TotalSeconds;
        Assert.True(rate < 5, $"{rate.ToString(CultureInfo.InvariantCulture)} transactions a second.");
    }

    [Fact]
    public void Settings_that_cannot_be_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new PostgreSqlOrchestrationService(new(" ")));
        Assert.Throws<ArgumentException>(() => new PostgreSqlOrchestrationService(
            new("Host=x") { SchemaName = "a\"; drop" }));
        Assert.Throws<ArgumentException>(() => new PostgreSqlOrchestrationService(
            new("Host=x") { Lease = TimeSpan.Zero }));
    }

    static Task<long> TransactionsAsync(TestHub hub) => hub.Database.GetAsync<long>(
        $"select xact_commit + xact_rollback from pg_stat_database where datname = '{hub.Database.Name}'");

    static async Task<string[]> FindAsync(TestHub hub, OrchestrationQuery query) =>
        [.. (await hub.Service.GetOrchestrationWithQueryAsync(query, CancellationToken.None)).OrchestrationState
            .Select(state => state.OrchestrationInstance.InstanceId)];
}
