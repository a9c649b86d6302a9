using Assay.DurableTask.PostgreSql;
using DurableTask.Core;
using Npgsql;
using static Assay.DurableTaskTests.ManyInstances;

namespace Assay.DurableTaskTests;

public sealed class ServerTests
{
    [NeedsPostgresTheory]
    [InlineData("fast")]
    [InlineData("immediate")]
    public async Task A_database_that_starts_again_finds_its_work_go_on(string mode)
    {
        await using var cluster = await PostgresCluster.StartNewAsync();
        await using var database = await TestDatabase.CreateAsync(cluster.Login("postgres"));
        await using (var hub = await TestHub.StartAsync(database: database))
        {
            var instances = await StartManyAsync(hub.Client, "SlowSteps", "30x20", 10);
            await CommitsAsync(database, 5);
            await cluster.StopAsync(mode);
            await cluster.StartAsync();
            NpgsqlConnection.ClearAllPools();

            foreach (var instance in instances)
                Assert.Equal("done", TestHub.Result(await EndAsync(hub.Client, instance)));
        }
        Assert.Equal("", await database.ProblemsAsync());
    }

    [NeedsPgBouncerTheory]
    [InlineData(false)]
    public async Task Behind_a_pooler_everything_works_by_polling(bool ignoresOptions)
    {
        await using var cluster = await PostgresCluster.StartNewAsync();
        await using var bouncer = await PgBouncer.StartAsync(cluster, ignoresOptions);
        await using var database = await TestDatabase.CreateAsync(cluster.Login("postgres"));
        var pooled = new NpgsqlConnectionStringBuilder(bouncer.ConnectionString) { Database = database.Name };
        await using var service = new PostgreSqlOrchestrationService(
            new(pooled.ConnectionString) { TaskHubName = "test" });
        using var worker = new TaskHubWorker(service) { ErrorPropagationMode = ErrorPropagationMode.UseFailureDetails };
        Samples.All().AddTo(worker);
        await worker.StartAsync();
        await using var other = new PostgreSqlOrchestrationService(
            new(pooled.ConnectionString) { TaskHubName = "test" });
        var client = new TaskHubClient(other);

        var instances = await StartManyAsync(client, "Mixed", "0", 50);
        foreach (var instance in instances)
            Assert.Equal("8", TestHub.Result(await EndAsync(client, instance)));

        await worker.StopAsync(isForced: false);
        Assert.Equal("", await database.ProblemsAsync());
    }

    [NeedsPgBouncerTheory]
    [InlineData(false)]
    public async Task Behind_a_pooler_that_was_not_recognized_statements_are_prepared_no_more(bool ignoresOptions)
    {
        await using var cluster = await PostgresCluster.StartNewAsync();
        await using var bouncer = await PgBouncer.StartAsync(cluster, ignoresOptions);
        await using var database = await TestDatabase.CreateAsync(cluster.Login("postgres"));
        var pooled = new NpgsqlConnectionStringBuilder(bouncer.ConnectionString) { Database = database.Name };
        await using var hub = await TestHub.StartAsync(
            database: database, service: new(new(pooled.ConnectionString) { TaskHubName = "test" }));
        hub.Service.Database.LeadsToSessions();

        var results = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => hub.ResultAsync("Mixed", "0")));

        Assert.All(results, result => Assert.Equal("8", result));
    }
}

/// <summary>A test that stops and starts a server.</summary>
internal sealed class NeedsPostgresTheoryAttribute : TheoryAttribute
{
    public NeedsPostgresTheoryAttribute() => Skip = PostgresCluster.CanRun
        ? null : "There are no Postgres server binaries on this machine.";
}
