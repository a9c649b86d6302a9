using System.Text.Json.Nodes;

namespace Assay;

public sealed class TraceMiddlewareTests : IAsyncLifetime
{
    private AssayApp app = null!;

    public async Task InitializeAsync() => app = await AssayApp.StartAsync();

    public async Task DisposeAsync() => await app.DisposeAsync();

    [Fact]
    public async Task A_trace_goes_on_and_its_problem_names_it()
    {
        const string Trace = "0af7651916cd43dd8448eb211c80319c";

        var answer = await GetAsync($"00-{Trace}-b7ad6b7169203331-01");

        Assert.StartsWith($"00-{Trace}-", answer.Headers.GetValues("traceresponse").Single());
        Assert.Equal(Trace, (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["traceId"]!);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("nonsense")]
    [InlineData("|nonsense.1.")]
    [InlineData("00-00000000000000000000000000000000-b7ad6b7169203331-01")]
    public async Task Without_a_good_one_a_trace_begins(string? traceparent)
    {
        var answer = await GetAsync(traceparent);

        var trace = (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["traceId"]!;
        Assert.Matches("^(?!0{32})[0-9a-f]{32}$", trace);
        Assert.StartsWith($"00-{trace}-", answer.Headers.GetValues("traceresponse").Single());
    }

    // A function's own, one by middleware, and that of a fault.
    [Theory]
    [InlineData("/api/runs/01a1fd83-981a-76c0-a43f-a093148f6612", 404)]
    [InlineData("/api/runs?limit=0", 422)]
    [InlineData("/api/runs?unknown=1", 400)]
    [InlineData("/api/runs", 500)]
    public async Task Every_problem_names_the_trace_of_its_answer(string path, int status)
    {
        const string Trace = "0af7651916cd43dd8448eb211c80319c";
        await app.Database.AddOrganizationAsync("traced");
        if (status == 500)
            await app.Database.ExecuteAsync("alter table ops.workflow_run rename to moved");
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("traceparent", $"00-{Trace}-b7ad6b7169203331-01");
        request.Headers.Add("Assay-Organization", "traced");

        var answer = await app.Client.SendAsync(request);

        var told = await answer.Content.ReadAsStringAsync();
        Assert.True(status == (int)answer.StatusCode, $"{(int)answer.StatusCode}: {told}");
        Assert.StartsWith($"00-{Trace}-", answer.Headers.GetValues("traceresponse").Single());
        Assert.Equal(Trace, (string)JsonNode.Parse(told)!["traceId"]!);
    }

    private Task<HttpResponseMessage> GetAsync(string? traceparent)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/api/runs");
        if (traceparent is not null)
            request.Headers.TryAddWithoutValidation("traceparent", traceparent);
        return app.Client.SendAsync(request);
    }
}
