namespace Assay;

/// <summary>Analyses with a configured model, which a server on loopback plays.</summary>
public sealed class AnalysisWithModelTests : IAsyncLifetime
{
    private FakeChatServer server = null!;
    private AssayApp app = null!;
    private AnalysisClient client = null!;

    public async Task InitializeAsync()
    {
        server = await FakeChatServer.StartAsync();
        app = await AssayApp.StartAsync(settings: new Dictionary<string, string?>
        {
            ["Assay__Chat__BaseUrl"] = server.BaseUrl,
            ["Assay__Chat__Model"] = "fake-1",
            ["Assay__Chat__Samples"] = "4",
            ["Assay__Chat__AttemptsMax"] = "1",
        });
        await app.Database.AddOrganizationAsync("modelers");
        client = new(app.ClientOf("modelers"));
    }

    public async Task DisposeAsync()
    {
        await app.DisposeAsync();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task The_model_judges_and_its_answers_are_sampled()
    {
        server.Answer = (call, body, context) => FakeChatServer.SayAsync(
            context,
            FakeChatServer.IsJudging(body) ? FakeChatServer.Judgement(7)
            : call % 2 == 0 ? "Snow falls on the quiet hill."
            : "Cats sleep all day.");

        var id = await client.CreateAsync(new { text = "Write a haiku about snow.", samples = 3 });
        Assert.Equal("succeeded", (string?)(await client.FinishAsync(id))["status"]);

        var analysis = await client.GetAsync($"/api/analyses/{id}");
        Assert.Equal(7, (double?)analysis["judgeScore"]);
        Assert.Equal("model fake-1", (string?)analysis["metadata"]!["judge"]);
        Assert.Equal(4, server.Calls.Count);
        Assert.InRange((double)analysis["semanticEntropy"]!, 0.01, Math.Log(3));
    }

    [Fact]
    public async Task The_same_prompt_is_judged_once_and_sampled_anew()
    {
        server.Answer = (_, body, context) =>
            FakeChatServer.SayAsync(
                context, FakeChatServer.IsJudging(body) ? FakeChatServer.Judgement(6) : "Snow.");

        for (var n = 0; n < 2; n++)
        {
            var id = await client.CreateAsync(new { text = "Write a haiku about rain.", samples = 2 });
            Assert.Equal("succeeded", (string?)(await client.FinishAsync(id))["status"]);
            Assert.Equal(6, (double?)(await client.GetAsync($"/api/analyses/{id}"))["judgeScore"]);
        }

        // A judgement and two samples, and two samples.
        Assert.Equal(5, server.Calls.Count);
    }

    [Fact]
    public async Task A_model_that_fails_fails_the_run_with_its_reason_and_the_other_nodes_are_kept()
    {
        server.Answer = (_, body, context) => FakeChatServer.IsJudging(body)
            ? FakeChatServer.FailAsync(context, 400, "no such model")
            : FakeChatServer.SayAsync(context, "Snow.");

        var id = await client.CreateAsync(new { text = "Write a haiku about snow." });
        var run = await client.FinishAsync(id);

        Assert.Equal("failed", (string?)run["status"]);
        Assert.Contains("400: no such model", (string?)run["error"]);
        var statuses = run["nodes"]!.AsArray()
            .ToDictionary(node => (string)node!["key"]!, node => (string?)node!["status"]);
        Assert.Equal("error", statuses["judge"]);
        Assert.Equal("ok", statuses["entropy"]);
        Assert.All(["language", "format", "metrics", "lint"], key => Assert.NotEqual("pending", statuses[key]));
        Assert.Equal("pending", statuses["store"]);
        var analysis = await client.GetAsync($"/api/analyses/{id}");
        Assert.Equal("failed", (string?)analysis["status"]);
        Assert.Contains("no such model", (string?)analysis["error"]);
        Assert.Empty(analysis["judgeScores"]!.AsArray());
    }
}
