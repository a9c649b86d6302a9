using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Assay.Local;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.DurableTask;

namespace Assay;

/// <summary>What the conformance suite does not ask of the management API.</summary>
public sealed class DurableWebhookTests(DurableTestDatabase database)
    : IClassFixture<DurableTestDatabase>, IAsyncLifetime
{
    private TestEngine engine = null!;
    private WebApplication web = null!;
    private HttpClient http = null!;

    public async Task InitializeAsync()
    {
        engine = await database.NewEngine()
            .Orchestrator("Waits", context => context.WaitForExternalEvent<string>("go"))
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
    public async Task Ids_tokens_and_filters_that_cannot_be_are_the_client_s_mistake()
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
        Assert.Equal(HttpStatusCode.BadRequest, (await http.GetAsync("instances?runtimeStatus=Nonsense")).StatusCode);
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
    public async Task A_rewind_shows_in_the_history_and_leaves_a_live_instance_alone()
    {
        await engine.RunAsync("Fails", id: "rewound");
        await http.PostAsync("orchestrators/Waits/goes-on", null);

        await http.PostAsync("instances/rewound/rewind?reason=x", null);
        await engine.EndAsync("rewound");
        var shown = await JsonAsync(await http.GetAsync("instances/rewound?showHistory=true"));
        Assert.Equal(
            ["ExecutionStarted", "GenericEvent", "ExecutionCompleted"],
            shown.GetProperty("historyEvents").EnumerateArray().Select(e => e.GetProperty("EventType").GetString()));
        Assert.Equal(HttpStatusCode.Accepted, (await http.PostAsync("instances/goes-on/rewind", null)).StatusCode);
    }

    [Fact]
    public async Task An_orchestrator_calls_http_and_sees_status_headers_and_content()
    {
        var ended = await engine.RunAsync("Calls", new Uri(http.BaseAddress!, "orchestrators/Waits/by-http"));

        Assert.Equal("202 10 True", ended.ReadOutputAs<string>());
    }

    private static Task<JsonElement> JsonAsync(HttpResponseMessage response) =>
        response.Content.ReadFromJsonAsync<JsonElement>();
}
