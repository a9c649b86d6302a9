using System.Diagnostics;
using Assay.DurableTask.PostgreSql;
using DurableTask.Core;
using Npgsql;
using static Assay.DurableTaskTests.ManyInstances;

namespace Assay.DurableTaskTests;

public sealed class FaultTests
{
    [Theory]
    [InlineData("sessions=false")]
    [InlineData("sessions=true")]
    public async Task After_a_kill_the_work_goes_on_elsewhere(string sessions)
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var service = TestHub.NewService(database);
        await service.CreateIfNotExistsAsync();
        await using var killed = await WorkerProcess.Start(database.ConnectionString, sessions).StartedAsync();
        var client = new TaskHubClient(service);
        var instances = await StartManyAsync(client, "SlowSteps", "20x50", 20);
        await CommitsAsync(database, 10);
        await killed.KillAsync();
        var clock = Stopwatch.StartNew();
        await using var second = WorkerProcess.Start(database.ConnectionString, sessions);

        await EndAllAsync(client, instances, second);

        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), $"It took {clock.Elapsed}.");
        Assert.Equal("", await database.ProblemsAsync());
    }

    [Fact]
    public async Task A_worker_that_was_away_for_longer_than_its_lease_commits_nothing_and_begins_anew()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var service = TestHub.NewService(database);
        await service.CreateIfNotExistsAsync();
        await using var paused = await WorkerProcess.Start(database.ConnectionString, "lease=00:00:02").StartedAsync();
        var client = new TaskHubClient(service);
        var instances = await StartManyAsync(client, "SlowSteps", "20x50", 10);
        await CommitsAsync(database, 5);
        var fence = await database.GetAsync<long>("select id from durable_task.worker");
        await paused.SignalAsync("STOP");
        await using var second = WorkerProcess.Start(database.ConnectionString, "lease=00:00:02");
        await Eventually.TrueAsync(
            async () => await database.GetAsync<long>(
                $"select count(*) from durable_task.worker where id = {fence}") == 0,
            null, () => "Nobody took over.");

        await paused.SignalAsync("CONT");

        await EndAllAsync(client, instances, second);
        await Eventually.TrueAsync(
            async () => await database.GetAsync<long>("select count(*) from durable_task.worker") == 2,
            null, () => $"It did not register anew: {paused.Output}");
        Assert.Equal("", await database.ProblemsAsync());
    }

    [Fact]
    public async Task A_worker_told_to_stop_hands_over_at_once()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var service = TestHub.NewService(database);
        await service.CreateIfNotExistsAsync();
        await using var stopped = await WorkerProcess.Start(database.ConnectionString, "lease=00:01:00").StartedAsync();
        await using var second = await WorkerProcess.Start(database.ConnectionString, "lease=00:01:00").StartedAsync();
        var client = new TaskHubClient(service);
        var instances = await StartManyAsync(client, "SlowSteps", "20x50", 20);
        await CommitsAsync(database, 10);

        await stopped.SignalAsync("TERM");

        await stopped.ExitAsync();
        await EndAllAsync(client, instances, second);
        Assert.Equal("", await database.ProblemsAsync());
    }

    [Fact]
    public async Task Cut_connections_are_made_again()
    {
        await using var database = await TestDatabase.CreateAsync();
        var direct = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        await using var relay = TcpRelay.To(direct.Host!, direct.Port);
        relay.Open();
        var settings = new NpgsqlConnectionStringBuilder(direct.ConnectionString)
        {
            Host = "127.0.0.1", Port = relay.Port,
        };
        await using var service = new PostgreSqlOrchestrationService(
            new(settings.ConnectionString) { TaskHubName = "test" });
        using var worker = new TaskHubWorker(service) { ErrorPropagationMode = ErrorPropagationMode.UseFailureDetails };
        Samples.All().AddTo(worker);
        await worker.StartAsync();
        await using var observer = TestHub.NewService(database);
        var client = new TaskHubClient(observer);
        var instances = await StartManyAsync(client, "SlowSteps", "30x20", 20);
        for (var cut = 1; cut <= 5; cut++)
        {
            await CommitsAsync(database, cut * 5);
            relay.Close();
            relay.Open();
        }

        await EndAllAsync(client, instances);

        await worker.StopAsync(isForced: false);
        Assert.Equal("", await database.ProblemsAsync());
    }

    [Fact]
    public async Task A_start_whose_answer_was_lost_is_taken_up_all_the_same()
    {
        await using var database = await TestDatabase.CreateAsync();
        var direct = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        await using var relay = TcpRelay.To(direct.Host!, direct.Port);
        relay.Open();
        var settings = new NpgsqlConnectionStringBuilder(direct.ConnectionString)
        {
            Host = "127.0.0.1", Port = relay.Port,
        };
        await using var service = new PostgreSqlOrchestrationService(
            new(settings.ConnectionString) { TaskHubName = "test" });
        using var worker = new TaskHubWorker(service) { ErrorPropagationMode = ErrorPropagationMode.UseFailureDetails };
        Samples.All().AddTo(worker);
        await worker.StartAsync();
        await using var connection = new NpgsqlConnection(direct.ConnectionString);
        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        // Nothing can be inserted; polls read on.
        await using var hold = new NpgsqlCommand("lock table durable_task.message in share mode", connection);
        await hold.ExecuteNonQueryAsync();

        var starting = new TaskHubClient(service).CreateOrchestrationInstanceAsync("Sequence", "", "lost", "3");
        await Eventually.TrueAsync(
            () => database.GetAsync<bool>(
                """
                select exists (
                    select from pg_locks l join pg_class c on c.oid = l.relation
                    where c.relname = 'message' and not l.granted)
                """),
            null, () => "The start does not wait for the lock.");
        relay.Close();
        relay.Open();
        await Assert.ThrowsAnyAsync<Exception>(() => starting);
        await transaction.RollbackAsync();

        await Eventually.TrueAsync(
            () => database.GetAsync<bool>(
                "select count(*) > 0 from durable_task.instance where instance_id = 'lost' and status = 'completed'"),
            TestHub.Deadline, () => "Nobody took it up.");
        await worker.StopAsync(isForced: false);
        Assert.Equal("", await database.ProblemsAsync());
    }

    [Fact]
    public async Task Two_workers_share_the_work()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var service = TestHub.NewService(database);
        await service.CreateIfNotExistsAsync();
        await using var first = await WorkerProcess.Start(database.ConnectionString).StartedAsync();
        await using var second = await WorkerProcess.Start(database.ConnectionString).StartedAsync();
        var client = new TaskHubClient(service);

        var instances = await StartManyAsync(client, "Mixed", "0", 300);
        foreach (var instance in instances)
            Assert.Equal("8", TestHub.Result(await EndAsync(client, instance)));

        Assert.Equal(2, await database.GetAsync<long>("select count(*) from durable_task.worker where commits > 3"));
        Assert.Equal("", await database.ProblemsAsync());
    }
}
