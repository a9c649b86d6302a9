using System.Net;
using System.Net.Http.Json;

namespace Assay;

/// <summary>Runs that wait for others of their organization, in the app.</summary>
public sealed class RunQueueTests : IAsyncLifetime
{
    private readonly TaskCompletionSource released = new();
    private FakeChatServer model = null!;
    private AssayApp app = null!;
    private AnalysisClient client = null!;

    public async Task InitializeAsync()
    {
        model = await FakeChatServer.StartAsync();
        model.Answer = async (_, _, http) =>
        {
            await released.Task.WaitAsync(http.RequestAborted);
            await FakeChatServer.FailAsync(http, 400, "{}");
        };
        app = await AssayApp.StartAsync(settings: new Dictionary<string, string?>
        {
            ["Assay__Chat__BaseUrl"] = model.BaseUrl,
            ["Assay__Chat__Model"] = "fake-1",
            ["Assay__Settings__runs-in-flight"] = "1",
            ["Assay__Settings__runs-waiting"] = "2",
        });
        await app.Database.AddOrganizationAsync("busy");
        client = new(app.ClientOf("busy"));
    }

    public async Task DisposeAsync()
    {
        released.TrySetResult();
        await app.DisposeAsync();
        await model.DisposeAsync();
    }

    [Fact]
    public async Task Queued_runs_are_seen_waiting_can_be_cancelled_and_start_when_others_end()
    {
        var first = await StartAsync();
        var second = await client.CreateAsync(new { text = SampleWork.Prompt(2) });
        var third = await client.CreateAsync(new { text = SampleWork.Prompt(3) });
        Assert.Equal(("queued", 0), await WaitingAsync(second));
        Assert.Equal(("queued", 1), await WaitingAsync(third));

        // More than may wait is refused, and leaves nothing behind.
        var refused = await client.Http.PostAsJsonAsync("/api/analyses", new { text = SampleWork.Prompt(4) });
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Contains("2 runs waiting", await refused.Content.ReadAsStringAsync());
        Assert.Equal(3, await app.Database.ValueAsync<long>("select count(*) from core.analysis_result"));

        var cancelled = await client.PostAsync($"/api/runs/{second}/cancel", new { });
        Assert.Equal("cancelled", (string)cancelled["status"]!);
        Assert.Equal(("queued", 0), await WaitingAsync(third));

        released.SetResult();
        await EndedAsync(first);
        await EndedAsync(third);
        Assert.Equal("cancelled", (string)(await client.GetAsync($"/api/runs/{second}"))["status"]!);
    }

    [Fact]
    public async Task The_sweep_starts_what_waits_for_a_process_that_died()
    {
        var first = await StartAsync();
        var second = await client.CreateAsync(new { text = SampleWork.Prompt(2) });
        released.SetResult();
        // The first ends, as if the process had died before it admitted another.
        await app.Database.ExecuteAsync(
            $"""
            update ops.workflow_run set status = 'cancelled', finished_at = now() where id = '{first}';
            update ops.workflow_run set updated_at = now() - interval '1 minute' where id = '{second}'
            """);

        await app.Client.RunNowAsync(nameof(RunSweep.SweepQueuedRuns));

        await EndedAsync(second);
    }

    [Fact]
    public async Task An_analysis_is_not_held_up_by_another_organization_s_hundred()
    {
        released.SetResult();
        model.Answer = (_, _, http) => FakeChatServer.FailAsync(http, 400, "{}");
        await app.Database.ExecuteAsync("insert into ops.setting (name, value) values ('runs-waiting', '1000')");
        await app.Database.AddOrganizationAsync("quiet");
        await Eventually.TrueAsync(
            async () => (int)(await client.GetAsync("/api/settings/runs-waiting"))["value"]! == 1000, null,
            () => "The setting does not hold.");
        foreach (var number in Enumerable.Range(0, 100))
            await client.CreateAsync(new { text = SampleWork.Prompt(number) });
        var quiet = new AnalysisClient(app.ClientOf("quiet"));

        var id = await quiet.CreateAsync(new { text = SampleWork.Prompt(1) });
        await Eventually.TrueAsync(
            async () => (await quiet.GetAsync($"/api/runs/{id}"))["finishedAt"] is not null, null,
            () => "The analysis did not end.");

        Assert.InRange(await app.Database.ValueAsync<long>(
            "select count(*) from ops.workflow_run where finished_at is null"), 20, 100);
    }

    /// <summary>An analysis that waits for the model.</summary>
    private async Task<Guid> StartAsync()
    {
        var id = await client.CreateAsync(new { text = SampleWork.Prompt(1) });
        await Eventually.TrueAsync(
            () => Task.FromResult(!model.Calls.IsEmpty), null, () => "The analysis did not come to the model.");
        return id;
    }

    private async Task<(string, int?)> WaitingAsync(Guid id)
    {
        var run = await client.GetAsync($"/api/runs/{id}");
        return ((string)run["status"]!, (int?)run["waitingBehind"]);
    }

    private Task EndedAsync(Guid id) => Eventually.TrueAsync(
        async () => (await client.GetAsync($"/api/runs/{id}"))["finishedAt"] is not null, null,
        () => $"The run {id} did not end.");
}
