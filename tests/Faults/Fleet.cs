using System.Collections.Concurrent;
using Assay.Local;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Assay;

/// <summary>
/// Workers in processes of their own on one database, and a client of theirs that runs nothing itself.
/// </summary>
internal sealed class Fleet : IAsyncDisposable
{
    private readonly string connectionString;
    private readonly string[] options;
    private readonly ServiceProvider services;
    private readonly RunLog log;
    private readonly NpgsqlDataSource database;

    private Fleet(string connectionString, string[] options)
    {
        this.connectionString = connectionString;
        this.options = options;
        log = new RunLog(connectionString);
        // Nothing kept open: what looks on must not stumble over a server that was restarted.
        database = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false });
        services = new ServiceCollection()
            .AddLogging()
            .AddDurableEngine(client => (client.ConnectionString, client.HubName) = (connectionString, "faults"))
            .BuildServiceProvider();
        Workflows.AddTo(services.GetRequiredService<DurableFunctions>(), log);
    }

    public List<WorkerProcess> Workers { get; } = [];

    /// <summary>What the database said to the client when it did not do what was asked.</summary>
    public ConcurrentQueue<NpgsqlException> Refusals { get; } = [];

    public DurableTaskClient Client => services.GetRequiredService<DurableTaskClient>();

    /// <param name="options">Of the engines, as <c>Name=value</c>.</param>
    public static async Task<Fleet> StartAsync(string connectionString, int workers, params string[] options)
    {
        var fleet = new Fleet(connectionString, options);
        try
        {
            await fleet.ExecuteAsync(RunLog.Schema);
            for (var i = 0; i < workers; i++)
                fleet.StartWorker();
            await fleet.UntilAsync($"count(*) = {workers} from durable.worker", "Not every worker registered.");
            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }

    public WorkerProcess StartWorker(IReadOnlyDictionary<string, string>? environment = null)
    {
        var worker = WorkerProcess.Start(
            [$"ConnectionString={connectionString}", "HubName=faults", .. options], environment);
        Workers.Add(worker);
        return worker;
    }

    /// <summary>SIGKILL for one worker, and another in its place.</summary>
    public async Task ReplaceAsync(WorkerProcess worker)
    {
        Workers.Remove(worker);
        await worker.KillAsync();
        await worker.DisposeAsync();
        StartWorker();
    }

    public Task StartAsync(string name, string instanceId, int input) => SurelyAsync(async () =>
    {
        try
        {
            await Client.ScheduleNewOrchestrationInstanceAsync(
                name, input, new StartOrchestrationOptions(instanceId), CancellationToken.None);
        }
        catch (DurableTask.Core.Exceptions.OrchestrationAlreadyExistsException)
        {
            // An earlier try has come through, only its answer was lost.
        }
    });

    public Task RaiseAsync(string instanceId, string name, int payload) =>
        SurelyAsync(() => Client.RaiseEventAsync(instanceId, name, payload, CancellationToken.None));

    /// <summary>Does what the database may refuse for a while, until it does not.</summary>
    private Task SurelyAsync(Func<Task> work) => Eventually.TrueAsync(
        async () =>
        {
            try
            {
                await work();
                return true;
            }
            catch (NpgsqlException refusal)
            {
                Refusals.Enqueue(refusal);
                return false;
            }
        },
        TimeSpan.FromSeconds(60), () => "The database refused a client all the time.");

    /// <summary>Waits until a worker has registered, and returns its number.</summary>
    public async Task<long> NumberAsync(WorkerProcess worker)
    {
        var number = $"id from durable.worker where name like '%/{worker.Id}'";
        await UntilAsync($"exists (select {number})", "The worker did not register.");
        return await ValueAsync<long>($"select {number}");
    }

    public async Task<T> ValueAsync<T>(string sql)
    {
        await using var command = database.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The first column of every row.</summary>
    public async Task<List<string>> ListAsync(string sql)
    {
        await using var command = database.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        List<string> values = [];
        while (await reader.ReadAsync())
            values.Add(reader.GetString(0));
        return values;
    }

    public Task<long> CountAsync(string from) => ValueAsync<long>($"select count(*) from {from}");

    /// <summary>Waits until a condition in SQL holds.</summary>
    public Task UntilAsync(string condition, string failure) => Eventually.TrueAsync(
        async () =>
        {
            try
            {
                return await ValueAsync<bool>($"select {condition}");
            }
            catch (NpgsqlException)
            {
                return false;
            }
        },
        TimeSpan.FromSeconds(90), () => $"{failure}\n{Output()}\n");

    public Task UntilNoneAsync(string from, string failure) =>
        UntilAsync($"not exists (select from {from})", failure);

    /// <summary>What the workers said, for the message of a test that fails.</summary>
    public string Output() => string.Join(
        "\n\n", Workers.Select(worker => $"worker {worker.Id}{(worker.HasExited ? " (dead)" : "")}:\n{worker.Output}"));

    public async ValueTask DisposeAsync()
    {
        foreach (var worker in Workers)
            await worker.DisposeAsync();
        await services.DisposeAsync();
        await log.DisposeAsync();
        await database.DisposeAsync();
    }
}
