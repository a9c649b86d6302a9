using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>Runs that are watched and ended from outside while the model they wait for does not answer.</summary>
public sealed class RunControlTests : IAsyncLifetime
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
        });
        await app.Database.AddOrganizationAsync("watchers");
        client = new(app.ClientOf("watchers"));
    }

    public async Task DisposeAsync()
    {
        released.TrySetResult();
        await app.DisposeAsync();
        await model.DisposeAsync();
    }

    [Fact]
    public async Task A_cancelled_run_ends_at_once_with_its_analysis_and_its_orchestration()
    {
        var id = await StartAsync();

        var cancelled = await client.PostAsync($"/api/runs/{id}/cancel", new { });
        var again = await client.PostAsync($"/api/runs/{id}/cancel", new { });

        Assert.Equal(("cancelled", "The run was cancelled."), (Text(cancelled, "status"), Text(cancelled, "error")));
        Assert.Equal(cancelled.ToJsonString(), again.ToJsonString());
        Assert.Equal("failed", Text(await client.GetAsync($"/api/analyses/{id}"), "status"));
        await Eventually.TrueAsync(
            async () => Text(await InstanceAsync(id), "runtimeStatus") == "Terminated",
            within: null, () => "The orchestration was not terminated.");
        released.SetResult();
        Assert.Equal(cancelled.ToJsonString(), (await client.GetAsync($"/api/runs/{id}")).ToJsonString());
    }

    [Fact]
    public async Task The_terminal_shows_what_is_waited_for_and_follows_an_orchestration_to_its_end()
    {
        var id = await StartAsync();

        var list = await TerminalAsync("--name", "analyze", "--status", "running,pending");
        var following = TerminalAsync($"{id}", "--follow");
        released.SetResult();
        var followed = await following;

        Assert.Contains($"{id}  AnalyzePrompt         Running", list.Output, StringComparison.Ordinal);
        Assert.Contains($"AnalyzePrompt {id}: Completed", followed.Output, StringComparison.Ordinal);
        Assert.Contains("activity      RunAnalysisNode", followed.Output, StringComparison.Ordinal);
        Assert.Equal((0, 0), (list.ExitCode, followed.ExitCode));
        Assert.Equal(1, (await TerminalAsync("none")).ExitCode);
    }

    [Fact]
    public async Task A_cancelled_ingestion_leaves_a_failed_document_whose_earlier_version_stays()
    {
        var id = Guid.CreateVersion7();
        await app.Database.ExecuteAsync(
            $"""
            insert into core.document
                (id, organization_id, title, blob_path, byte_size, content_hash, status, version, live_version)
            select '{id}', id, 'Report', 'watchers/report', 10, sha256('x'), 'processing', 2, 1
            from ops.organization where slug = 'watchers';
            insert into ops.workflow_run (id, organization_id, kind, status, subject_type, subject_id)
            select '{id}', id, 'ingest-document', 'running', 'document', '{id}'
            from ops.organization where slug = 'watchers'
            """);

        var cancelled = await client.PostAsync($"/api/runs/{id}/cancel", new { });

        Assert.Equal("cancelled", Text(cancelled, "status"));
        var document = await client.GetAsync($"/api/documents/{id}");
        Assert.Equal(("failed", "The run was cancelled."), (Text(document, "status"), Text(document, "error")));
        Assert.Equal(1, await app.Database.ValueAsync<int>(
            $"select live_version from core.document where id = '{id}'"));
    }

    [Fact]
    public async Task Only_a_live_run_of_ones_own_organization_can_be_cancelled()
    {
        await app.Database.AddOrganizationAsync("strangers");
        released.SetResult();
        var id = await client.CreateAsync(new { text = SampleWork.Prompt(1) });
        await client.FinishAsync(id);

        Assert.Equal(HttpStatusCode.Conflict, await CancelAsync(client.Http, id));
        Assert.Equal(HttpStatusCode.NotFound, await CancelAsync(client.Http, Guid.NewGuid()));
        Assert.Equal(HttpStatusCode.NotFound, await CancelAsync(app.ClientOf("strangers"), id));
    }

    [Theory]
    [InlineData("queued")]
    [InlineData("running")]
    public async Task A_run_whose_orchestration_was_terminated_is_cancelled_by_the_sweep(string status)
    {
        var id = await StartAsync();
        var terminated = await app.Client.PostAsync(
            $"/runtime/webhooks/durabletask/instances/{id}/terminate?reason=enough", null);
        Assert.Equal(HttpStatusCode.Accepted, terminated.StatusCode);
        await app.Database.ExecuteAsync(
            $"""
            update ops.workflow_run set status = '{status}', updated_at = now() - interval '2 min' where id = '{id}'
            """);

        await Eventually.TrueAsync(
            async () =>
            {
                await app.Client.RunNowAsync(nameof(RunSweep.SweepQueuedRuns));
                return Text(await client.GetAsync($"/api/runs/{id}"), "status") == "cancelled";
            },
            within: null, () => "The run stayed live.");
        Assert.Equal("failed", Text(await client.GetAsync($"/api/analyses/{id}"), "status"));
    }

    [Fact]
    public async Task A_run_is_streamed_from_how_it_stands_to_its_end()
    {
        var id = await StartAsync();
        using var response = await client.Http.GetAsync(
            $"/api/runs/{id}/stream", HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);

        List<SseItem<string>> events = [];
        await foreach (var item in SseParser.Create(await response.Content.ReadAsStreamAsync()).EnumerateAsync())
        {
            events.Add(item);
            released.TrySetResult();
        }

        Assert.All(events, item => Assert.Equal("run", item.EventType));
        Assert.True(events.Count >= 2);
        Assert.Equal("running", Text(JsonNode.Parse(events[0].Data)!, "status"));
        Assert.True(JsonNode.DeepEquals(await client.GetAsync($"/api/runs/{id}"), JsonNode.Parse(events[^1].Data)));
        // Whoever saw the end is told not to come back.
        using var back = new HttpRequestMessage(HttpMethod.Get, $"/api/runs/{id}/stream");
        back.Headers.Add("Last-Event-ID", events[^1].EventId);
        Assert.Equal(HttpStatusCode.NoContent, (await client.Http.SendAsync(back)).StatusCode);
        Assert.Equal(
            HttpStatusCode.NotFound, (await client.Http.GetAsync($"/api/runs/{Guid.NewGuid()}/stream")).StatusCode);
    }

    /// <summary>An analysis of which all has ended but for the two nodes that wait for the model.</summary>
    private async Task<Guid> StartAsync()
    {
        var id = await client.CreateAsync(new { text = SampleWork.Prompt(1) });
        await Eventually.TrueAsync(
            async () => !model.Calls.IsEmpty
                && (await client.GetAsync($"/api/runs/{id}"))["nodes"]!.AsArray()
                    .Count(node => node!["finishedAt"] is not null) == AnalysisNodes.Independent.Length - 2,
            within: null, () => "The analysis did not come to wait for the model.");
        return id;
    }

    private Task<JsonNode> InstanceAsync(Guid id) =>
        SampleWork.GetAsync(app.Client, $"/runtime/webhooks/durabletask/instances/{id}");

    /// <summary><c>./dev runs</c>, without what finds the app.</summary>
    private async Task<(string Output, int ExitCode)> TerminalAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Assay.Demo.dll"), "runs"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["ASSAY_URL"] = $"{app.Address}" },
        };
        Array.ForEach(arguments, start.ArgumentList.Add);
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (output, process.ExitCode);
    }

    private static async Task<HttpStatusCode> CancelAsync(HttpClient http, Guid id) =>
        (await http.PostAsync($"/api/runs/{id}/cancel", null)).StatusCode;

    private static string? Text(JsonNode node, string member) => (string?)node[member];
}
