using Npgsql;

namespace Assay;

/// <summary>Each kind of damage is found, and named, by <c>durable.integrity()</c>.</summary>
public sealed class IntegrityTests(DurableTestDatabase database) : IClassFixture<DurableTestDatabase>
{
    [Theory]
    [InlineData(
        "update durable.instance set owner = 0 where completed_at is not null",
        "an ended instance has an owner")]
    [InlineData(
        "update durable.instance set completed_at = null",
        "an instance's status and the time of its end disagree")]
    [InlineData("update durable.instance set owner = 0", "the owner of an instance is no worker of its hub")]
    [InlineData("update durable.activity set owner = 0", "the owner of an activity is no worker of its hub")]
    [InlineData(
        """
        insert into durable.instance (hub, instance_id, name) values ('lost', 'lost', 'Lost')
        """,
        "an instance that nobody owns has not begun and will not")]
    [InlineData(
        """
        insert into durable.message (instance_key, kind)
        select key, 'terminated' from durable.instance where status = 'completed'
        """,
        "a message is for no live instance")]
    [InlineData("delete from durable.instance", "an activity is of no instance")]
    [InlineData("delete from durable.instance", "history is of no instance")]
    [InlineData("delete from durable.history where sequence = 1", "history has gaps")]
    [InlineData(
        "update durable.history set kind = 'resumed' where sequence = 0",
        "history does not begin with a start")]
    [InlineData("update durable.history set kind = 'resumed' where kind = 'ended'",
        "history and instance disagree about the end")]
    [InlineData("update durable.history set step = 0 where kind = 'activity_scheduled'", "a step was asked for twice")]
    [InlineData("update durable.history set step = 0 where kind = 'activity_completed'", "a step was answered twice")]
    [InlineData("update durable.history set kind = 'timer_created' where kind = 'activity_scheduled'",
        "an answer has no question")]
    [InlineData("update durable.activity set step = 0", "an answered activity is still there")]
    [InlineData("delete from durable.history where kind = 'activity_scheduled'", "an activity was not asked for")]
    [InlineData(
        """
        insert into durable.message (instance_key, kind, step)
        select instance_key, 'activity_completed', step from durable.activity, generate_series(1, 2)
        """,
        "two messages answer one step")]
    [InlineData(
        """
        insert into durable.message (instance_key, kind, step)
        select instance_key, 'activity_completed', 0 from durable.activity
        """,
        "a message answers a step that is answered")]
    [InlineData("delete from durable.activity", "an open call has nobody who will answer it")]
    public async Task Damage_is_found(string damage, string problem)
    {
        await using var source = NpgsqlDataSource.Create(database.ConnectionString);
        await using var connection = await StoreAsync(source);
        await using var transaction = await connection.BeginTransactionAsync();
        Assert.Empty(await ProblemsAsync(connection));

        await TestServer.ExecuteAsync(connection, damage);

        Assert.Contains(problem, await ProblemsAsync(connection));
    }

    /// <summary>What an engine leaves when it stops: one instance that ended, and one that works.</summary>
    private async Task<NpgsqlConnection> StoreAsync(NpgsqlDataSource source)
    {
        using var reached = new SemaphoreSlim(0);
        await using (var engine = database.NewEngine(configure: options => options.StopLimit = TimeSpan.Zero)
            .Activity<int, int>("Same", x => x)
            .Activity<int, int>("Never", async (x, cancellation) =>
            {
                reached.Release();
                await Task.Delay(Timeout.Infinite, cancellation);
                return x;
            })
            .Orchestrator("Works", async context =>
            {
                await context.CallActivityAsync<int>("Same", 1);
                await context.CallActivityAsync<int>("Same", 2);
                if (context.GetInput<bool>())
                    await context.CallActivityAsync<int>("Never", 3);
            }))
        {
            await engine.StartAsync();
            await engine.RunAsync("Works", false);
            await engine.Client.ScheduleNewOrchestrationInstanceAsync("Works", true, CancellationToken.None);
            await reached.WaitAsync();
        }
        return await source.OpenConnectionAsync();
    }

    private static async Task<List<string>> ProblemsAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand("select problem from durable.integrity()", connection);
        await using var reader = await command.ExecuteReaderAsync();
        List<string> problems = [];
        while (await reader.ReadAsync())
            problems.Add(reader.GetString(0));
        return problems;
    }
}
