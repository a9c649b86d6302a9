using Assay.DurableTask.PostgreSql;
using DurableTask.Core;

namespace Assay.DurableTaskTests;

/// <summary>A worker and a client on a database of a test's own; what they leave behind has to be sound.</summary>
internal sealed class TestHub : IAsyncDisposable
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    readonly bool ownsDatabase;
    bool stopped;

    TestHub(TestDatabase database, bool ownsDatabase, PostgreSqlOrchestrationService service, TaskHubWorker worker)
    {
        Database = database;
        this.ownsDatabase = ownsDatabase;
        Service = service;
        Worker = worker;
        Client = new(service);
    }

    public TestDatabase Database { get; }

    public PostgreSqlOrchestrationService Service { get; }

    public TaskHubWorker Worker { get; }

    public TaskHubClient Client { get; }

    public static Task<TestHub> StartAsync(
        Action<Functions> define, Action<PostgreSqlOrchestrationServiceSettings>? configure = null,
        TestDatabase? database = null)
    {
        var functions = Samples.All();
        define(functions);
        return StartAsync(functions, configure, database);
    }

    public static async Task<TestHub> StartAsync(
        Functions? functions = null, Action<PostgreSqlOrchestrationServiceSettings>? configure = null,
        TestDatabase? database = null, PostgreSqlOrchestrationService? service = null)
    {
        var own = database ?? await TestDatabase.CreateAsync();
        service ??= NewService(own, configure);
        var worker = new TaskHubWorker(service) { ErrorPropagationMode = ErrorPropagationMode.UseFailureDetails };
        (functions ?? Samples.All()).AddTo(worker);
        await worker.StartAsync();
        return new(own, database is null, service, worker);
    }

    public static PostgreSqlOrchestrationService NewService(
        TestDatabase database, Action<PostgreSqlOrchestrationServiceSettings>? configure = null)
    {
        var settings = new PostgreSqlOrchestrationServiceSettings(database.ConnectionString) { TaskHubName = "test" };
        configure?.Invoke(settings);
        return new(settings);
    }

    public Task<OrchestrationInstance> BeginAsync(string name, string? input = null, string? id = null) =>
        Client.CreateOrchestrationInstanceAsync(name, "", id ?? Guid.NewGuid().ToString("N"), input);

    public async Task<OrchestrationState> EndAsync(OrchestrationInstance instance) =>
        await Client.WaitForOrchestrationAsync(instance, Deadline)
            ?? throw new TimeoutException($"{instance.InstanceId} did not end: {await DescribeAsync(instance)}");

    public async Task<OrchestrationState> RunAsync(string name, string? input = null, string? id = null) =>
        await EndAsync(await BeginAsync(name, input, id));

    /// <summary>Runs it and returns its result as it was before it was serialized.</summary>
    public async Task<string> ResultAsync(string name, string? input = null, string? id = null) =>
        Result(await RunAsync(name, input, id));

    public static string Result(OrchestrationState state)
    {
        Assert.True(
            state.OrchestrationStatus == OrchestrationStatus.Completed,
            $"{state.OrchestrationStatus}: {state.Output} {state.FailureDetails?.StackTrace}");
        return new global::DurableTask.Core.Serializing.JsonDataConverter().Deserialize<string>(state.Output);
    }

    public Task<OrchestrationState> StatusAsync(OrchestrationInstance instance, OrchestrationStatus status) =>
        UntilAsync(instance, state => state.OrchestrationStatus == status, status.ToString());

    public Task<OrchestrationState> UntilAsync(
        OrchestrationInstance instance, Func<OrchestrationState, bool> condition, string wanted) =>
        Eventually.GetAsync(
            async () => await Client.GetOrchestrationStateAsync(instance.InstanceId) is { } state && condition(state)
                ? state : null,
            Deadline, () => $"{instance.InstanceId} never was {wanted}.");

    /// <summary>In order, so that others take over at once.</summary>
    public async Task StopAsync()
    {
        if (stopped)
            return;
        stopped = true;
        await Worker.StopAsync(isForced: false);
        await Service.DisposeAsync();
        Worker.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (!ownsDatabase)
            return;
        var problems = await Database.ProblemsAsync();
        await Database.DisposeAsync();
        Assert.Equal("", problems);
    }

    async Task<string> DescribeAsync(OrchestrationInstance instance) =>
        await Service.GetOrchestrationHistoryAsync(instance.InstanceId, "");
}
