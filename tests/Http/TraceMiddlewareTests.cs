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

    private Task<HttpResponseMessage> GetAsync(string? traceparent)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/api/runs");
        if (traceparent is not null)
            request.Headers.TryAddWithoutValidation("traceparent", traceparent);
        return app.Client.SendAsync(request);
    }
}
