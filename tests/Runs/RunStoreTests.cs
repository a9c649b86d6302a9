using System.Text.Json.Nodes;

namespace Assay;

public sealed class RunStoreTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly Guid id = Guid.CreateVersion7();
    private OrganizationScope scope = new();
    private Database app = null!;
    private RunStore runs = null!;

    public async Task InitializeAsync()
    {
        scope.Enter(await database.AddOrganizationAsync());
        app = database.As(scope.Id);
        runs = database.RunsOf(scope);
        await CreateAsync();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_new_run_is_queued_with_its_nodes_pending_in_order()
    {
        var run = await FindAsync();

        Assert.Equal(RunStatus.Queued, run.Status);
        Assert.Equal(0, run.Progress);
        Assert.Equal(["extract", "chunk"], Nodes(run).Select(n => (string)n["key"]!));
        Assert.All(Nodes(run), n => Assert.Equal(NodeStatus.Pending, (string)n["status"]!));
    }

    [Fact]
    public async Task Progress_is_the_share_of_nodes_that_ended()
    {
        await runs.TryStartAsync(id, None);
        await runs.NodeStartedAsync(id, "extract", None);
        await runs.NodeFinishedAsync(id, "extract", NodeOutcome.Ok(new JsonObject { ["chars"] = 5 }, 7.5), None);

        var run = await FindAsync();

        Assert.Equal(RunStatus.Running, run.Status);
        Assert.Equal(0.5, run.Progress);
        var node = Nodes(run).First();
        Assert.Equal(7.5, (double)node["score"]!);
        Assert.Equal(5, (int)node["details"]!["chars"]!);
    }

    [Fact]
    public async Task A_node_that_ended_stays_as_it_first_ended()
    {
        await runs.NodeFinishedAsync(id, "extract", NodeOutcome.Ok(), None);
        await runs.NodeStartedAsync(id, "extract", None);
        await runs.NodeFinishedAsync(id, "extract", NodeOutcome.Error("again"), None);

        var node = Nodes(await FindAsync()).First();

        Assert.Equal(NodeStatus.Ok, (string)node["status"]!);
        Assert.Equal(0, (int)node["attempts"]!);
    }

    [Fact]
    public async Task A_run_that_fails_takes_its_running_node_with_it_and_leaves_the_pending_ones()
    {
        await runs.TryStartAsync(id, None);
        await runs.NodeStartedAsync(id, "extract", None);

        Assert.True(await runs.TryFinishAsync(id, RunStatus.Failed, "The file is empty.", None));
        Assert.False(await runs.TryFinishAsync(id, RunStatus.Succeeded, null, None));

        var run = await FindAsync();
        Assert.Equal(RunStatus.Failed, run.Status);
        Assert.Equal("The file is empty.", run.Error);
        Assert.Equal([NodeStatus.Error, NodeStatus.Pending], Nodes(run).Select(n => (string)n["status"]!));
        Assert.False(await runs.TryStartAsync(id, None));
    }

    [Fact]
    public async Task A_node_shows_its_attempts_and_how_long_it_waited_before_each_retry()
    {
        await runs.TryStartAsync(id, None);
        await Assert.ThrowsAsync<TimeoutException>(() => FailAsync());
        await Assert.ThrowsAsync<TimeoutException>(() => FailAsync());
        var waiting = Nodes(await FindAsync()).First();
        // The process that made the third attempt died.
        await runs.NodeStartedAsync(id, "extract", None);
        await runs.AttemptAsync(
            id, "extract", () => runs.NodeFinishedAsync(id, "extract", NodeOutcome.Ok(), None), None);

        Assert.Equal((2, 1), ((int)waiting["attempts"]!, (int)waiting["retries"]!));
        var waits = waiting["waits"]!.AsArray();
        Assert.Equal([2, 3], waits.Select(wait => (int)wait!["beforeAttempt"]!));
        Assert.True((DateTimeOffset)waits[0]!["since"]! <= (DateTimeOffset)waits[0]!["until"]!);
        Assert.NotNull(waits[1]!["since"]);
        Assert.Null(waits[1]!["until"]);
        var ended = Nodes(await FindAsync()).First();
        Assert.Equal(4, (int)ended["attempts"]!);
        Assert.Equal(
            [(2, true), (3, true), (4, false)],
            ended["waits"]!.AsArray().Select(wait => ((int)wait!["beforeAttempt"]!, wait["since"] is not null)));

        Task FailAsync() => runs.AttemptAsync(id, "extract", static Task () => throw new TimeoutException(), None);
    }

    [Fact]
    public async Task A_node_of_a_run_that_ended_is_neither_begun_nor_finished()
    {
        await runs.TryFinishAsync(id, RunStatus.Cancelled, "The run was cancelled.", None);

        await runs.NodeStartedAsync(id, "extract", None);
        await runs.NodeFinishedAsync(id, "chunk", NodeOutcome.Ok(), None);

        Assert.All(Nodes(await FindAsync()), node => Assert.Equal(NodeStatus.Pending, (string)node["status"]!));
    }

    [Fact]
    public async Task Metrics_added_twice_are_there_once()
    {
        RunMetric[] metrics =
            [new("chars", Number: 5), new("language", Text: "en"), new("list", Json: new JsonArray(1))];

        await runs.AddMetricsAsync(id, "extract", metrics, None);
        await runs.AddMetricsAsync(id, "extract", metrics, None);

        var stored = (await FindAsync()).Metrics.AsArray();
        Assert.Equal(["chars", "language", "list"], stored.Select(m => (string)m!["name"]!));
        Assert.Equal(5, (double)stored[0]!["number"]!);
        Assert.Equal("en", (string)stored[1]!["text"]!);
        Assert.Equal("[1]", stored[2]!["json"]!.ToJsonString());
    }

    [Fact]
    public async Task A_run_recorded_anew_starts_over()
    {
        await runs.AddMetricsAsync(id, "extract", [new("chars", Number: 5)], None);
        await runs.NodeStartedAsync(id, "extract", None);
        await runs.NodeFinishedAsync(id, "extract", NodeOutcome.Error("broken"), None);
        await runs.TryFinishAsync(id, RunStatus.Failed, "broken", None);

        await CreateAsync();

        var run = await FindAsync();
        Assert.Equal(RunStatus.Queued, run.Status);
        Assert.Null(run.Error);
        Assert.Null(run.FinishedAt);
        Assert.Empty(run.Metrics.AsArray());
        Assert.All(Nodes(run), n => Assert.Equal(NodeStatus.Pending, (string)n["status"]!));
    }

    [Fact]
    public async Task Lists_are_newest_first_in_pages_and_filtered()
    {
        for (var i = 0; i < 3; i++)
            await CreateAsync(Guid.CreateVersion7());
        await runs.TryFinishAsync(id, RunStatus.Failed, "x", None);

        var first = await runs.ListAsync(new RunFilter(), null, 2, None);
        var second = await runs.ListAsync(new RunFilter(), first[^1].Id, 10, None);

        Assert.Equal(4, first.Concat(second).Select(r => r.Id).Distinct().Count());
        Assert.Equal(first.Concat(second).OrderByDescending(r => r.CreatedAt).Select(r => r.Id),
            first.Concat(second).Select(r => r.Id));
        Assert.Equal(
            id, Assert.Single(await runs.ListAsync(new RunFilter(Status: RunStatus.Failed), null, 9, None)).Id);
    }

    [Fact]
    public async Task Another_organization_sees_nothing_and_changes_nothing()
    {
        var other = new OrganizationScope();
        other.Enter(await database.AddOrganizationAsync());
        var theirs = database.RunsOf(other);

        Assert.Null(await theirs.FindAsync(id, None));
        Assert.False(await theirs.TryStartAsync(id, None));
    }

    private Task CreateAsync(Guid? runId = null) => app.InTransactionAsync(
        transaction => runs.CreateAsync(
            transaction,
            new NewRun(runId ?? id, "ingest-document", "document", runId ?? id, ["extract", "chunk"]),
            None),
        None);

    private async Task<RunDetail> FindAsync() => (await runs.FindAsync(id, None))!;

    private static IEnumerable<JsonNode> Nodes(RunDetail run) => run.Nodes.AsArray().Select(n => n!);
}
