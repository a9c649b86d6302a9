using System.Collections.Concurrent;
using Assay.DurableTask.PostgreSql;
using DurableTask.Core;
using DurableTask.Core.Exceptions;
using Npgsql;

namespace Assay.Faults;

/// <summary>Hosts in processes of their own on one database, and a client of theirs that runs nothing itself.</summary>
internal sealed class Fleet : IAsyncDisposable
{
    private const string Hub = "faults";

    private readonly Dictionary<string, string> settings;
    private readonly PostgreSqlOrchestrationService service;
    private readonly NpgsqlDataSource database;
    private readonly TaskHubClient client;

    private Fleet(string connectionString, string[] options)
    {
        settings = new()
        {
            ["DurableDatabase"] = connectionString,
            ["AzureWebJobsStorage"] = TestBlobs.ConnectionString,
            ["AzureFunctionsWebHost__hostid"] = $"fleet{Guid.NewGuid():n}"[..32],
        };
        foreach (var (name, value) in options.Select(option => option.Split('=', 2)).Select(pair => (pair[0], pair[1])))
            settings[$"AzureFunctionsJobHost__extensions__durableTask__storageProvider__{name}"] = value;
        service = new(new PostgreSqlOrchestrationServiceSettings(connectionString) { TaskHubName = Hub });
        client = new TaskHubClient(service);
        // Nothing kept open: what looks on must not stumble over a server that was restarted.
        database = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false });
    }

    public List<HostProcess> Hosts { get; } = [];

    /// <summary>What was said to the client when it did not get what it asked for.</summary>
    public ConcurrentQueue<Exception> Refusals { get; } = [];

    /// <param name="options">Of the provider, as <c>name=value</c>.</param>
    public static async Task<Fleet> StartAsync(string connectionString, int hosts, params string[] options)
    {
        var fleet = new Fleet(connectionString, options);
        try
        {
            await fleet.service.CreateIfNotExistsAsync();
            await fleet.ExecuteAsync(RunLog.Schema);
            for (var i = 0; i < hosts; i++)
                fleet.StartHost();
            await fleet.UntilAsync($"count(*) = {hosts} from durable_task.worker", "Not every host registered.");
            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }

    public HostProcess StartHost(IReadOnlyDictionary<string, string>? environment = null)
    {
        var all = new Dictionary<string, string>(settings);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            all[name] = value;
        var host = HostProcess.Start(all);
        Hosts.Add(host);
        return host;
    }

    /// <summary>SIGKILL for one host, and another in its place.</summary>
    public async Task ReplaceAsync(HostProcess host)
    {
        Hosts.Remove(host);
        await host.KillAsync();
        await host.DisposeAsync();
        StartHost();
    }

    public Task StartAsync(string name, string instanceId, int input) => SurelyAsync(async () =>
    {
        try
        {
            await client.CreateOrchestrationInstanceAsync(name, "", instanceId, input, null, []);
        }
        catch (OrchestrationAlreadyExistsException)
        {
            // An earlier try has come through, only its answer was lost.
        }
    });

    public Task RaiseAsync(string instanceId, string name, int payload) => SurelyAsync(() => client.RaiseEventAsync(
        new OrchestrationInstance { InstanceId = instanceId }, name, payload));

    /// <summary>Waits until a host has registered, and returns its number.</summary>
    public async Task<long> NumberAsync(HostProcess host)
    {
        var number = $"id from durable_task.worker where name ~ '\\y{host.Id}\\y'";
        await UntilAsync($"exists (select {number})", "The host did not register.");
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
        TimeSpan.FromSeconds(120), () => $"{failure}\n{Unfinished()}\n{Output()}\n");

    public Task UntilNoneAsync(string from, string failure) =>
        UntilAsync($"not exists (select from {from})", failure);

    /// <summary>What the hosts said, for the message of a test that fails.</summary>
    public string Output() => string.Join(
        "\n\n", Hosts.Select(host => $"host {host.Id}{(host.HasExited ? " (dead)" : "")}:\n{host.Output}"));

    public async ValueTask DisposeAsync()
    {
        foreach (var host in Hosts)
            await host.DisposeAsync();
        await service.DisposeAsync();
        await database.DisposeAsync();
    }

    // What there is to do, and who has it.
    private string Unfinished()
    {
        try
        {
            return ListAsync(
                """
                select concat_ws(' ', 'instance', instance_id, to_jsonb(i)) from durable_task.instance i
                where completed_at is null
                union all select concat_ws(' ', 'history', instance_id, h.episode, h.events)
                from durable_task.history h join durable_task.instance i on i.key = h.instance_key
                where i.completed_at is null
                union all select concat_ws(' ', 'activity', to_jsonb(a)) from durable_task.activity a
                union all select concat_ws(' ', 'message', to_jsonb(m)) from durable_task.message m
                union all select concat_ws(' ', 'worker', to_jsonb(w)) from durable_task.worker w
                limit 100
                """).ContinueWith(lines => string.Join('\n', lines.Result), TaskScheduler.Default).Result;
        }
        catch (AggregateException unreachable)
        {
            return unreachable.Message;
        }
    }

    /// <summary>Does what the database may refuse for a while, until it does not.</summary>
    private Task SurelyAsync(Func<Task> work) => Eventually.TrueAsync(
        async () =>
        {
            try
            {
                await work();
                return true;
            }
            catch (Exception refusal) when (refusal is NpgsqlException or TimeoutException or IOException)
            {
                Refusals.Enqueue(refusal);
                return false;
            }
        },
        TimeSpan.FromSeconds(60), () => $"The database refused a client all the time: {Refusals.LastOrDefault()}");
}
