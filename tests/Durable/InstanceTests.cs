using Assay.Local;
using DurableTask.Core.Exceptions;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Assay;

/// <summary>Starting, observing and steering orchestrations.</summary>
public sealed class InstanceTests(DurableTestDatabase database) : IClassFixture<DurableTestDatabase>
{
    [Fact]
    public async Task Of_many_starts_with_one_id_at_a_time_exactly_one_succeeds()
    {
        await using var engine = await Waiting().StartAsync();

        var starts = await Task.WhenAll(Enumerable.Range(0, 200).Select(async start =>
        {
            try
            {
                await engine.Client.ScheduleNewOrchestrationInstanceAsync(
                    "Waits", new StartOrchestrationOptions($"id{start % 10}"));
                return true;
            }
            catch (OrchestrationAlreadyExistsException)
            {
                return false;
            }
        }));

        Assert.Equal(10, starts.Count(succeeded => succeeded));
    }

    [Fact]
    public async Task A_start_that_is_refused_takes_nothing_from_an_earlier_one_with_its_id()
    {
        await using var engine = await Waiting().StartAsync();
        var starts = engine.Services.GetRequiredService<InstanceStarts>();
        await using var connection = new NpgsqlConnection(database.ConnectionString);
        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await TestServer.ExecuteAsync(connection, "lock table durable.instance in exclusive mode");
        // Held up, so that the next two wait together.
        var first = StartAsync("first", input: null);
        await Eventually.TrueAsync(
            () => database.ValueAsync<bool>("select exists (select from pg_locks where not granted)"),
            within: null, () => "The first start does not wait.");

        var good = StartAsync("same", input: null);
        var refused = StartAsync("same", "no text in PostgreSQL: \0");
        await transaction.CommitAsync();

        Assert.True(await first && await good);
        await Assert.ThrowsAsync<PostgresException>(() => refused);

        Task<bool> StartAsync(string id, string? input) => starts.TryInsertAsync(
            new(id, "Waits", Version: null, input, Tags: null, StartAt: null, Replaceable: []), CancellationToken.None);
    }

    [Fact]
    public async Task Statuses_to_dedupe_decide_whether_an_id_is_refused_or_its_instance_replaced()
    {
        await using var engine = await Waiting().StartAsync();
        await engine.Client.ScheduleNewOrchestrationInstanceAsync("Waits", new StartOrchestrationOptions("mine"));
        await engine.Client.WaitForInstanceStartAsync("mine");
        var replace = new StartOrchestrationOptions("mine").WithDedupeStatuses(OrchestrationRuntimeStatus.Completed);

        await engine.Client.ScheduleNewOrchestrationInstanceAsync("Waits", replace);
        await engine.Client.RaiseEventAsync("mine", "go", "replaced");

        Assert.Equal("replaced", (await engine.EndAsync("mine")).ReadOutputAs<string>());
        await Assert.ThrowsAsync<OrchestrationAlreadyExistsException>(
            () => engine.Client.ScheduleNewOrchestrationInstanceAsync("Waits", replace));
    }

    [Fact]
    public async Task A_start_time_delays_the_start_and_a_termination_before_it_keeps_the_code_from_running()
    {
        var ran = 0;
        await using var engine = await database.NewEngine()
            .Orchestrator("Runs", _ => Task.FromResult(Interlocked.Increment(ref ran)))
            .StartAsync();
        await engine.Client.ScheduleNewOrchestrationInstanceAsync(
            "Runs", new StartOrchestrationOptions("later", DateTimeOffset.UtcNow.AddHours(1)));
        await engine.Client.ScheduleNewOrchestrationInstanceAsync(
            "Runs", new StartOrchestrationOptions("soon", DateTimeOffset.UtcNow.AddMilliseconds(300)));

        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await engine.EndAsync("soon")).RuntimeStatus);
        var later = await engine.Client.GetInstanceAsync("later", CancellationToken.None);
        Assert.Equal(OrchestrationRuntimeStatus.Pending, later!.RuntimeStatus);
        await engine.Client.TerminateInstanceAsync("later", "never mind");
        Assert.Equal(OrchestrationRuntimeStatus.Terminated, (await engine.EndAsync("later")).RuntimeStatus);
        Assert.Equal(1, ran);
    }

    [Fact]
    public async Task Only_ended_instances_are_purged_with_all_their_rows()
    {
        await using var engine = await Waiting().Orchestrator("Ends", _ => Task.CompletedTask).StartAsync();
        var ended = await engine.RunAsync("Ends");
        var waits = await engine.Client.ScheduleNewOrchestrationInstanceAsync("Waits", CancellationToken.None);

        Assert.Equal(0, (await engine.Client.PurgeInstanceAsync(waits)).PurgedInstanceCount);
        Assert.Equal(1, (await engine.Client.PurgeInstanceAsync(ended.InstanceId)).PurgedInstanceCount);

        Assert.Null(await engine.Client.GetInstanceAsync(ended.InstanceId, CancellationToken.None));
        var rest = await engine.Client.PurgeAllInstancesAsync(
            new PurgeInstancesFilter(CreatedFrom: DateTimeOffset.UtcNow.AddHours(-1)));
        Assert.Equal(0, rest.PurgedInstanceCount);
        Assert.Equal(
            0,
            await database.ValueAsync<long>(
                """
                select count(*) from durable.history h
                where not exists (select from durable.instance i where i.key = h.instance_key)
                """));
    }

    [Fact]
    public async Task Any_number_of_instances_is_purged_by_a_filter()
    {
        await using var engine = await Waiting().StartAsync();
        await database.ExecuteAsync(
            $"""
            insert into durable.instance (hub, instance_id, name, status, created_at)
            select '{engine.Hub}', 'old-' || n, 'Waits', 'completed', now() - interval '1 year'
            from generate_series(1, 2500) n
            """);

        var purged = await engine.Client.PurgeAllInstancesAsync(
            new PurgeInstancesFilter(CreatedTo: DateTimeOffset.UtcNow.AddDays(-1)));

        Assert.Equal((2_500, true), (purged.PurgedInstanceCount, purged.IsComplete));
    }

    [Fact]
    public async Task Ended_instances_are_listed_by_how_and_when_they_ended()
    {
        await using var engine = await Waiting()
            .Orchestrator("Ends", _ => Task.CompletedTask)
            .Orchestrator("Fails", _ => throw new InvalidDataException())
            .StartAsync();
        await engine.Client.ScheduleNewOrchestrationInstanceAsync("Waits", CancellationToken.None);
        foreach (var name in new[] { "Ends", "Fails", "Ends" })
            await engine.RunAsync(name, id: $"{name}-{Guid.NewGuid()}");
        var past = DateTimeOffset.UtcNow.AddHours(-1);

        var first = await engine.Client.ListInstanceIdsAsync(completedTimeFrom: past, pageSize: 2);
        var rest = await engine.Client.ListInstanceIdsAsync(pageSize: 2, lastInstanceKey: first.ContinuationToken);
        var failed = await engine.Client.ListInstanceIdsAsync([OrchestrationRuntimeStatus.Failed]);
        var before = await engine.Client.ListInstanceIdsAsync(completedTimeTo: past);

        Assert.Equal((2, 1), (first.Values.Count, rest.Values.Count));
        Assert.Null(rest.ContinuationToken);
        Assert.StartsWith("Fails", Assert.Single(failed.Values), StringComparison.Ordinal);
        Assert.Empty(before.Values);
        await Assert.ThrowsAsync<ArgumentException>(
            () => engine.Client.ListInstanceIdsAsync(lastInstanceKey: "no key"));
    }

    private TestEngine Waiting() => database.NewEngine()
        .Orchestrator("Waits", context => context.WaitForExternalEvent<string>("go"));
}
