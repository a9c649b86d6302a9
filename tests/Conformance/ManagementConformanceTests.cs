using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Assay.Conformance;

namespace Assay;

/// <summary>The HTTP management API, and the answers and addresses that lead to it.</summary>
[Collection(ConformanceCollection.Name)]
public sealed class ManagementConformanceTests(ConformanceHost host)
{
    private const string Root = "/runtime/webhooks/durabletask/";

    private readonly ConformanceClient client = host.Client;
    private readonly string id = $"{Guid.NewGuid():n}";

    [Fact]
    public async Task An_orchestration_is_started_with_its_addresses_in_the_answer()
    {
        var started = await PostAsync($"orchestrators/{nameof(Calls.Chain)}/{id}", 2);

        Assert.Equal(HttpStatusCode.Accepted, started.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(10), started.Headers.RetryAfter!.Delta);
        Assert.Contains($"instances/{id}", $"{started.Headers.Location}", StringComparison.Ordinal);
        var answer = await JsonAsync(started);
        Assert.Equal(id, answer.GetProperty("id").GetString());
        LeadsTo(id, name => answer.GetProperty(name).GetString()!);
        Assert.Equal("2", (await client.EndAsync(id)).Output);
    }

    [Fact]
    public async Task A_start_waits_for_the_end_for_as_long_as_it_is_told_to()
    {
        var ended = await PostAsync($"orchestrators/{nameof(Calls.Chain)}?timeout=30&pollingInterval=1", 2);
        var failed = await PostAsync($"orchestrators/{nameof(Failures.Throws)}?timeout=30&pollingInterval=1", "why");
        var running = await PostAsync($"orchestrators/{nameof(Events.Waits)}/{id}?timeout=2&pollingInterval=1");

        Assert.Equal((HttpStatusCode.OK, 2), (ended.StatusCode, (await JsonAsync(ended)).GetInt32()));
        Assert.Equal("Failed", (await JsonAsync(failed)).GetProperty("runtimeStatus").GetString());
        Assert.Equal(HttpStatusCode.Accepted, running.StatusCode);
        Assert.Equal(id, (await JsonAsync(running)).GetProperty("id").GetString());
    }

    [Fact]
    public async Task A_running_instance_is_202_with_where_and_when_to_ask_again()
    {
        await WaitingAsync();

        var running = await GetAsync($"instances/{id}");

        Assert.Equal(HttpStatusCode.Accepted, running.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(5), running.Headers.RetryAfter!.Delta);
        Assert.Contains($"instances/{id}", $"{running.Headers.Location}", StringComparison.Ordinal);
        Assert.Equal("Running", (await JsonAsync(running)).GetProperty("runtimeStatus").GetString());
    }

    [Fact]
    public async Task An_ended_instance_is_200_with_all_that_is_known_of_it()
    {
        await client.RunAsync(nameof(Calls.Chain), 2, new(Id: id));

        var ended = await GetAsync($"instances/{id}");
        var status = await JsonAsync(ended);

        Assert.Equal(HttpStatusCode.OK, ended.StatusCode);
        Assert.Equal(nameof(Calls.Chain), status.GetProperty("name").GetString());
        Assert.Equal(id, status.GetProperty("instanceId").GetString());
        Assert.Equal("Completed", status.GetProperty("runtimeStatus").GetString());
        Assert.Equal((2, 2), (status.GetProperty("input").GetInt32(), status.GetProperty("output").GetInt32()));
        Assert.Equal(JsonValueKind.Null, status.GetProperty("customStatus").ValueKind);
        Assert.InRange(
            status.GetProperty("createdTime").GetDateTime(), DateTime.UnixEpoch,
            status.GetProperty("lastUpdatedTime").GetDateTime());
        var withoutInput = await JsonAsync(await GetAsync($"instances/{id}?showInput=false"));
        Assert.Equal(JsonValueKind.Null, withoutInput.GetProperty("input").ValueKind);
    }

    [Fact]
    public async Task The_history_is_shown_when_asked_for()
    {
        await client.RunAsync(nameof(Calls.Chain), 1, new(Id: id));

        var shown = await JsonAsync(await GetAsync($"instances/{id}?showHistory=true&showHistoryOutput=true"));
        var events = shown.GetProperty("historyEvents").EnumerateArray()
            .ToDictionary(e => e.GetProperty("EventType").GetString()!);

        Assert.Equal(["ExecutionCompleted", "ExecutionStarted", "TaskCompleted"], events.Keys.Order());
        Assert.Equal(nameof(Calls.AddOne), events["TaskCompleted"].GetProperty("FunctionName").GetString());
        Assert.Equal(1, events["TaskCompleted"].GetProperty("Result").GetInt32());
        Assert.Equal("Completed", events["ExecutionCompleted"].GetProperty("OrchestrationStatus").GetString());
    }

    [Fact]
    public async Task The_history_of_a_live_instance_shows_what_it_waits_for()
    {
        await client.StartAsync(nameof(Timers.Cancels), request: new(Id: id));
        await client.ReachesAsync(id, "Running", "waiting");

        var shown = await JsonAsync(await GetAsync($"instances/{id}?showHistory=true"));
        var timer = shown.GetProperty("historyEvents").EnumerateArray()
            .Single(e => e.GetProperty("EventType").GetString() == "TimerCreated");

        Assert.InRange(timer.GetProperty("FireAt").GetDateTime(), DateTime.UtcNow, DateTime.UtcNow.AddYears(6));
        await client.TerminateAsync(id);
    }

    [Fact]
    public async Task A_failed_instance_is_200_or_500_as_asked()
    {
        await client.RunAsync(nameof(Failures.Throws), "why it failed", new(Id: id));

        var failed = await GetAsync($"instances/{id}");
        var asFailure = await GetAsync($"instances/{id}?returnInternalServerErrorOnFailure=true");

        Assert.Equal(HttpStatusCode.OK, failed.StatusCode);
        var output = (await JsonAsync(failed)).GetProperty("output").GetString();
        Assert.Contains("why it failed", output, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.InternalServerError, asFailure.StatusCode);
    }

    [Fact]
    public async Task An_event_is_raised_with_JSON_and_refused_otherwise()
    {
        await WaitingAsync();

        var text = await host.Http.PostAsync($"{Root}instances/{id}/raiseEvent/go", new StringContent("text"));
        using var broken = new StringContent("{", MediaTypeHeaderValue.Parse("application/json"));
        var notJson = await host.Http.PostAsync($"{Root}instances/{id}/raiseEvent/go", broken);
        var raised = await PostAsync($"instances/{id}/raiseEvent/go", "by hand");

        Assert.Equal(HttpStatusCode.BadRequest, text.StatusCode);
        Assert.Equal(
            "Only application/json request content is supported",
            (await JsonAsync(text)).GetProperty("Message").GetString());
        Assert.Equal(HttpStatusCode.BadRequest, notJson.StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, raised.StatusCode);
        Assert.Equal("\"by hand\"", (await client.EndAsync(id)).Output);
    }

    [Fact]
    public async Task A_live_instance_is_suspended_resumed_and_terminated()
    {
        await WaitingAsync();

        Assert.Equal(HttpStatusCode.Accepted, (await PostAsync($"instances/{id}/suspend?reason=x")).StatusCode);
        await client.ReachesAsync(id, "Suspended");
        Assert.Equal(HttpStatusCode.Accepted, (await GetAsync($"instances/{id}")).StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, (await PostAsync($"instances/{id}/resume?reason=x")).StatusCode);
        await client.ReachesAsync(id, "Running");
        Assert.Equal(HttpStatusCode.Accepted, (await PostAsync($"instances/{id}/terminate?reason=enough")).StatusCode);
        Assert.Equal("Terminated", (await client.EndAsync(id)).Status);
    }

    [Theory]
    [InlineData("terminate")]
    [InlineData("suspend")]
    [InlineData("resume")]
    [InlineData("rewind", HttpStatusCode.PreconditionFailed)]
    [InlineData("raiseEvent/go")]
    public async Task What_is_done_to_an_ended_instance_is_410_and_to_an_unknown_one_404(
        string action, HttpStatusCode expected = HttpStatusCode.Gone)
    {
        await client.RunAsync(nameof(Calls.Chain), 1, new(Id: id));

        Assert.Equal(expected, (await PostAsync($"instances/{id}/{action}", 1)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync($"instances/none-{id}/{action}", 1)).StatusCode);
    }

    [Fact]
    public async Task A_failed_instance_is_rewound()
    {
        await client.RunAsync(nameof(Repairs.Builds), id, new(Id: id));
        (await host.Http.PostAsync($"/api/mend/{id}", null)).EnsureSuccessStatusCode();

        Assert.Equal(HttpStatusCode.Accepted, (await PostAsync($"instances/{id}/rewind?reason=mended")).StatusCode);

        Assert.Equal("[1,2]", (await client.EndAsync(id)).Output);
    }

    [Fact]
    public async Task An_instance_is_started_again_under_a_new_id_unless_its_own_is_asked_for()
    {
        await client.RunAsync(nameof(Calls.Chain), 1, new(Id: id));

        var anew = await PostAsync($"instances/{id}/restart");
        var again = await PostAsync($"instances/{id}/restart?restartWithNewInstanceId=false");

        Assert.Equal(HttpStatusCode.Accepted, anew.StatusCode);
        Assert.NotEqual(id, (await JsonAsync(anew)).GetProperty("id").GetString());
        Assert.Equal(HttpStatusCode.Accepted, again.StatusCode);
        Assert.Equal(id, (await JsonAsync(again)).GetProperty("id").GetString());
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync($"instances/none-{id}/restart")).StatusCode);
    }

    [Fact]
    public async Task A_running_instance_is_not_started_again_under_its_id()
    {
        await WaitingAsync();

        var started = await PostAsync($"orchestrators/{nameof(Events.Waits)}/{id}");
        var restarted = await PostAsync($"instances/{id}/restart?restartWithNewInstanceId=false");

        Assert.Equal(HttpStatusCode.Conflict, started.StatusCode);
        // A conflict is no fault of the server; the original answers 500.
        if (!host.IsForeign || restarted.StatusCode != HttpStatusCode.InternalServerError)
            Assert.Equal(HttpStatusCode.Conflict, restarted.StatusCode);
    }

    [Fact]
    public async Task Input_that_is_not_JSON_is_refused()
    {
        using var broken = new StringContent("{", MediaTypeHeaderValue.Parse("application/json"));

        Assert.False(
            (await host.Http.PostAsync($"{Root}orchestrators/{nameof(Calls.Chain)}", broken)).IsSuccessStatusCode);
    }

    [Fact]
    public async Task Instances_are_listed_by_prefix_and_status_in_pages()
    {
        foreach (var i in Enumerable.Range(0, 3))
            await client.RunAsync(nameof(Calls.Chain), 1, new(Id: $"{id}-{i}"));
        List<string?> seen = [];
        string? token = null;
        do
        {
            using var request = new HttpRequestMessage(
                HttpMethod.Get, $"{Root}instances?runtimeStatus=Completed&instanceIdPrefix={id}&top=2");
            if (token is not null)
                request.Headers.Add("x-ms-continuation-token", token);
            using var page = await host.Http.SendAsync(request);
            var instances = (await JsonAsync(page)).EnumerateArray().ToList();
            Assert.InRange(instances.Count, 0, 2);
            seen.AddRange(instances.Select(found => found.GetProperty("instanceId").GetString()));
            token = page.Headers.TryGetValues("x-ms-continuation-token", out var next) ? next.Single() : null;
        }
        while (!string.IsNullOrEmpty(token) && token != "null");

        Assert.Equal(Enumerable.Range(0, 3).Select(i => $"{id}-{i}"), seen.Order());
    }

    [Fact]
    public async Task Instances_are_purged_one_by_one_and_by_filter()
    {
        var from = Uri.EscapeDataString($"{DateTime.UtcNow.AddSeconds(-1):O}");
        await client.RunAsync(nameof(Calls.Chain), 1, new(Id: id));
        await client.RunAsync(nameof(Failures.Throws), "x", new(Id: $"{id}-failed"));

        var one = await host.Http.DeleteAsync($"{Root}instances/{id}");
        var filtered = await host.Http.DeleteAsync($"{Root}instances?createdTimeFrom={from}&runtimeStatus=Failed");

        Assert.Equal(1, (await JsonAsync(one)).GetProperty("instancesDeleted").GetInt32());
        Assert.Equal(HttpStatusCode.NotFound, (await host.Http.DeleteAsync($"{Root}instances/{id}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync($"instances/{id}")).StatusCode);
        Assert.InRange((await JsonAsync(filtered)).GetProperty("instancesDeleted").GetInt32(), 1, int.MaxValue);
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync($"instances/{id}-failed")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await host.Http.DeleteAsync($"{Root}instances")).StatusCode);
    }

    [Fact]
    public async Task A_function_answers_with_the_status_and_addresses_of_an_instance()
    {
        var answer = await host.Http.GetAsync($"/api/check-status/{id}");
        // In capitals or not, as the app's own JSON is.
        var addresses = (await JsonAsync(answer)).EnumerateObject().ToDictionary(
            member => member.Name, member => member.Value.GetString(), StringComparer.OrdinalIgnoreCase);

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.Contains($"{Root}instances/{id}", $"{answer.Headers.Location}", StringComparison.Ordinal);
        Assert.Equal(id, addresses["id"]);
        LeadsTo(id, name => addresses[name]!);
    }

    [Fact]
    public async Task A_payload_of_addresses_is_made_without_a_request()
    {
        var payload = await host.Http.GetFromJsonAsync<Dictionary<string, string>>($"/api/payload/{id}");

        Assert.Equal(id, payload!["id"]);
        LeadsTo(id, name => payload[name]);
    }

    /// <param name="address">The address under a name.</param>
    private static void LeadsTo(string id, Func<string, string> address)
    {
        Leads("statusQueryGetUri", "");
        Leads("purgeHistoryDeleteUri", "");
        Leads("sendEventPostUri", "/raiseEvent/{eventName}");
        Leads("terminatePostUri", "/terminate?reason={text}");
        Leads("suspendPostUri", "/suspend?reason={text}");
        Leads("resumePostUri", "/resume?reason={text}");

        void Leads(string name, string path) =>
            Assert.Contains($"{Root}instances/{id}{path}", address(name), StringComparison.Ordinal);
    }

    private async Task WaitingAsync()
    {
        await client.StartAsync(nameof(Events.Waits), request: new(Id: id));
        await client.ReachesAsync(id, "Running", "waiting");
    }

    private Task<HttpResponseMessage> GetAsync(string path) => host.Http.GetAsync(Root + path);

    private Task<HttpResponseMessage> PostAsync(string path, object? body = null) =>
        host.Http.PostAsJsonAsync(Root + path, body);

    private static Task<JsonElement> JsonAsync(HttpResponseMessage response) =>
        response.Content.ReadFromJsonAsync<JsonElement>();
}
