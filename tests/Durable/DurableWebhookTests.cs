using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Assay.Local;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.DurableTask;

namespace Assay;

/// <summary>The management API, status code by status code.</summary>
public sealed class DurableWebhookTests(DurableTestDatabase database)
    : IClassFixture<DurableTestDatabase>, IAsyncLifetime
{
    private TestEngine engine = null!;
    private WebApplication web = null!;
    private HttpClient http = null!;

    public async Task InitializeAsync()
    {
        engine = await database.NewEngine()
            .Activity<string, string>("Echo", text => text)
            .Orchestrator("Waits", async context =>
            {
                context.SetCustomStatus("waiting");
                var text = await context.WaitForExternalEvent<string>("go");
                return await context.CallActivityAsync<string>("Echo", text);
            })
            .Orchestrator("Calls", async context =>
            {
                var answer = await context.CallHttpAsync(
                    HttpMethod.Post, context.GetInput<Uri>()!, "\"by http\"", retryOptions: null,
                    asynchronousPatternEnabled: false);
                var names = answer.Content!.Contains("by-http");
                return $"{(int)answer.StatusCode} {answer.Headers!["Retry-After"]} {names}";
            })
            .Orchestrator("Fails", _ => throw new InvalidDataException("broken"))
            .StartAsync();
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        web = builder.Build();
        DurableWebhooks.Map(engine.Services, (method, pattern, handle) => web.MapMethods(pattern, [method], handle));
        await web.StartAsync();
        http = new() { BaseAddress = new Uri($"{web.Urls.First()}/runtime/webhooks/durabletask/") };
    }

    public async Task DisposeAsync()
    {
        http.Dispose();
        await web.DisposeAsync();
        await engine.DisposeAsync();
    }

    [Fact]
    public async Task An_instance_is_started_observed_told_and_purged_over_http()
    {
        var started = await http.PostAsJsonAsync("orchestrators/Waits/one", new { any = "input" });
        Assert.Equal(HttpStatusCode.Accepted, started.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(10), started.Headers.RetryAfter!.Delta);
        var uris = await started.Content.ReadFromJsonAsync<Dictionary<string, string>>();
        Assert.Equal($"{http.BaseAddress}instances/one", uris!["statusQueryGetUri"]);
        Assert.Equal($"{http.BaseAddress}instances/one/terminate?reason={{{{text}}}}", uris["terminatePostUri"]);

        Assert.Equal(
            HttpStatusCode.InternalServerError, (await http.PostAsync("orchestrators/Waits/one", null)).StatusCode);
        await engine.ReachesAsync("one", "waiting");
        var running = await http.GetAsync("instances/one");
        Assert.Equal(HttpStatusCode.Accepted, running.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(5), running.Headers.RetryAfter!.Delta);
        Assert.Equal("Running", (await JsonAsync(running)).GetProperty("runtimeStatus").GetString());

        Assert.Equal(
            HttpStatusCode.Accepted, (await http.PostAsJsonAsync("instances/one/raiseEvent/go", "done")).StatusCode);
        await engine.EndAsync("one");
        var ended = await http.GetAsync("instances/one?showHistory=true&showHistoryOutput=true");
        var status = await JsonAsync(ended);
        Assert.Equal(HttpStatusCode.OK, ended.StatusCode);
        Assert.Equal("done", status.GetProperty("output").GetString());
        Assert.Equal("input", status.GetProperty("input").GetProperty("any").GetString());
        Assert.Equal(
            ["ExecutionStarted", "EventRaised", "TaskCompleted", "ExecutionCompleted"],
            status.GetProperty("historyEvents").EnumerateArray().Select(e => e.GetProperty("EventType").GetString()));

        var purged = await http.DeleteAsync("instances/one");
        Assert.Equal(1, (await JsonAsync(purged)).GetProperty("instancesDeleted").GetInt32());
        Assert.Equal(HttpStatusCode.NotFound, (await http.DeleteAsync("instances/one")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("instances/one")).StatusCode);
    }

    [Fact]
    public async Task Ids_and_tokens_that_cannot_be_are_the_client_s_mistake()
    {
        var tooLong = new string('x', 300);

        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync($"instances/{tooLong}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("instances/a%01")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.DeleteAsync($"instances/{tooLong}")).StatusCode);
        Assert.Equal(
            HttpStatusCode.NotFound, (await http.PostAsync($"instances/{tooLong}/terminate", null)).StatusCode);
        await http.PostAsync("orchestrators/Waits/told", null);
        Assert.Equal(
            HttpStatusCode.BadRequest, (await http.PostAsJsonAsync("instances/told/raiseEvent/a%01", 1)).StatusCode);
        using var listing = new HttpRequestMessage(HttpMethod.Get, "instances");
        listing.Headers.Add("x-ms-continuation-token", "none");
        Assert.Equal(HttpStatusCode.BadRequest, (await http.SendAsync(listing)).StatusCode);
    }

    [Fact]
    public async Task An_id_is_decoded_once()
    {
        foreach (var id in new[] { "a%20b", "a/b", "a%2Fb", "a b", "ä" })
        {
            var path = $"orchestrators/Waits/{Uri.EscapeDataString(id)}";
            var started = await (await http.PostAsync(path, null)).Content
                .ReadFromJsonAsync<Dictionary<string, string>>();

            Assert.Equal(id, started!["id"]);
            var shown = await JsonAsync(await http.GetAsync(started["statusQueryGetUri"]));
            Assert.Equal(id, shown.GetProperty("instanceId").GetString());
        }
    }

    [Fact]
    public async Task A_failed_instance_is_rewound_over_http()
    {
        await engine.RunAsync("Fails", id: "rewound");
        await http.PostAsync("orchestrators/Waits/goes-on", null);
        await http.PostAsync("orchestrators/Waits/terminated", null);
        await http.PostAsync("instances/terminated/terminate", null);
        await engine.EndAsync("terminated");

        Assert.Equal(
            HttpStatusCode.Accepted, (await http.PostAsync("instances/rewound/rewind?reason=x", null)).StatusCode);
        await engine.EndAsync("rewound");
        var shown = await JsonAsync(await http.GetAsync("instances/rewound?showHistory=true"));
        Assert.Equal(
            ["ExecutionStarted", "GenericEvent", "ExecutionCompleted"],
            shown.GetProperty("historyEvents").EnumerateArray().Select(e => e.GetProperty("EventType").GetString()));
        Assert.Equal(HttpStatusCode.Accepted, (await http.PostAsync("instances/goes-on/rewind", null)).StatusCode);
        Assert.Equal(HttpStatusCode.Gone, (await http.PostAsync("instances/terminated/rewind", null)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.PostAsync("instances/unknown/rewind", null)).StatusCode);
    }

    [Fact]
    public async Task An_ended_instance_is_started_again_under_its_own_id_or_a_new_one()
    {
        await engine.RunAsync("Fails", id: "again");
        await http.PostAsync("orchestrators/Waits/still-runs", null);

        var anew = await http.PostAsync("instances/again/restart", null);
        Assert.Equal(HttpStatusCode.Accepted, anew.StatusCode);
        Assert.NotEqual("again", (await JsonAsync(anew)).GetProperty("id").GetString());
        var same = await http.PostAsync("instances/again/restart?restartWithNewInstanceId=false", null);
        Assert.Equal("again", (await JsonAsync(same)).GetProperty("id").GetString());
        Assert.Equal(
            HttpStatusCode.Conflict,
            (await http.PostAsync("instances/still-runs/restart?restartWithNewInstanceId=false", null)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await http.PostAsync("instances/unknown/restart", null)).StatusCode);
    }

    [Fact]
    public async Task What_cannot_be_done_is_said_with_the_original_status_codes()
    {
        await engine.RunAsync("Fails", id: "failed");

        Assert.Equal(HttpStatusCode.BadRequest, (await http.PostAsync("orchestrators/Missing", null)).StatusCode);
        Assert.Equal(
            HttpStatusCode.NotFound, (await http.PostAsJsonAsync("instances/unknown/raiseEvent/go", 1)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.PostAsync("instances/unknown/terminate", null)).StatusCode);
        Assert.Equal(HttpStatusCode.Gone, (await http.PostAsync("instances/failed/suspend", null)).StatusCode);
        Assert.Equal(
            HttpStatusCode.Gone, (await http.PostAsJsonAsync("instances/failed/raiseEvent/go", 1)).StatusCode);
        await http.PostAsync("orchestrators/Waits/live", null);
        var notJson = await http.PostAsync("instances/live/raiseEvent/go", new StringContent("text"));
        Assert.Equal(HttpStatusCode.BadRequest, notJson.StatusCode);
        Assert.Equal(
            "Only application/json request content is supported",
            (await JsonAsync(notJson)).GetProperty("Message").GetString());
        Assert.Equal(
            HttpStatusCode.InternalServerError,
            (await http.GetAsync("instances/failed?returnInternalServerErrorOnFailure=true")).StatusCode);
        var failed = await JsonAsync(await http.GetAsync("instances/failed"));
        Assert.Equal("broken", failed.GetProperty("output").GetString());
        Assert.Equal(HttpStatusCode.BadRequest, (await http.GetAsync("instances?runtimeStatus=Nonsense")).StatusCode);
    }

    [Fact]
    public async Task An_orchestrator_calls_http_and_sees_status_headers_and_content()
    {
        var ended = await engine.RunAsync("Calls", new Uri(http.BaseAddress!, "orchestrators/Waits/by-http"));

        Assert.Equal("202 10 True", ended.ReadOutputAs<string>());
    }

    [Fact]
    public async Task Instances_are_listed_in_pages_by_status()
    {
        foreach (var i in Enumerable.Range(0, 3))
            await engine.RunAsync("Fails", id: $"listed-{i}");

        var first = await http.GetAsync("instances?runtimeStatus=Failed&instanceIdPrefix=listed&top=2");
        var request = new HttpRequestMessage(
            HttpMethod.Get, "instances?runtimeStatus=Failed&instanceIdPrefix=listed&top=2");
        request.Headers.Add("x-ms-continuation-token", first.Headers.GetValues("x-ms-continuation-token").Single());
        var second = await http.SendAsync(request);

        Assert.Equal(2, (await JsonAsync(first)).GetArrayLength());
        Assert.Equal(1, (await JsonAsync(second)).GetArrayLength());
    }

    private static Task<JsonElement> JsonAsync(HttpResponseMessage response) =>
        response.Content.ReadFromJsonAsync<JsonElement>();
}
