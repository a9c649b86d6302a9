using System.Net;
using System.Net.Http.Json;

namespace Assay;

/// <summary>Analyses through the whole app: HTTP, orchestration, Postgres.</summary>
public sealed class AnalysisApiTests(AnalysisApp fixture) : IClassFixture<AnalysisApp>
{
    private readonly AnalysisClient client = fixture.Client;

    [Fact]
    public async Task A_prompt_is_analyzed_node_by_node_and_stored_once()
    {
        var id = await client.CreateAsync(new { text = SamplePrompts.Messy, name = "support" });

        var run = await client.FinishAsync(id);

        Assert.Equal("succeeded", (string?)run["status"]);
        var nodes = run["nodes"]!.AsArray().ToDictionary(node => (string)node!["key"]!, node => node!);
        Assert.Equal(AnalysisNodes.All, nodes.Keys);
        Assert.All(nodes.Values, node => Assert.Contains((string?)node["status"], new[] { "ok", "warn", "fail" }));
        Assert.Equal("No model is configured.", (string?)nodes["entropy"]["details"]!["reason"]);
        Assert.True((bool?)nodes["entropy"]["details"]!["skipped"]);
        Assert.Contains(run["metrics"]!.AsArray(), metric => (string?)metric!["name"] == "tokens");

        var analysis = await client.GetAsync($"/api/analyses/{id}");
        Assert.Equal("completed", (string?)analysis["status"]);
        Assert.Equal("en", (string?)analysis["detectedLanguage"]);
        Assert.Equal("markdown", (string?)analysis["detectedFormat"]);
        Assert.InRange((double)analysis["overallScore"]!, 0, 6);
        Assert.Null(analysis["semanticEntropy"]);
        Assert.Equal(8, analysis["judgeScores"]!.AsArray().Count);
        Assert.NotEmpty(analysis["contradictions"]!.AsArray());
        Assert.NotEmpty(analysis["clarifyQuestions"]!.AsArray());
        Assert.Equal("built-in heuristic", (string?)analysis["metadata"]!["judge"]);
        await AssertStoredOnceAsync(id);
    }

    [Fact]
    public async Task Steps_that_are_repeated_change_nothing()
    {
        var id = await client.CreateAsync(new { text = SamplePrompts.Clean });
        await client.FinishAsync(id);
        var before = await client.GetAsync($"/api/runs/{id}");

        await fixture.RepeatStepsAsync(id);

        Assert.Equal(before.ToJsonString(), (await client.GetAsync($"/api/runs/{id}")).ToJsonString());
        await AssertStoredOnceAsync(id);
    }

    [Fact]
    public async Task Patches_are_applied_on_request_all_or_some()
    {
        var id = await client.CreateAsync(new { text = SamplePrompts.Messy });
        await client.FinishAsync(id);
        var proposed = (await client.GetAsync($"/api/analyses/{id}"))["patches"]!.AsArray();

        var all = await client.PostAsync($"/api/analyses/{id}/patched", new { });
        var one = await client.PostAsync($"/api/analyses/{id}/patched", new { patches = new[] { 0 } });

        Assert.Equal(proposed.Count, all["applied"]!.AsArray().Count);
        Assert.DoesNotContain("NEVER EVER", (string?)all["text"]);
        Assert.Single(one["applied"]!.AsArray());
        Assert.Contains("NEVER EVER", (string?)one["text"]);
        await client.RejectsAsync(
            $"/api/analyses/{id}/patched", """{"patches": [99]}""", HttpStatusCode.UnprocessableEntity, "patches");
    }

    [Theory]
    [InlineData("""{}""", 422, "text")]
    [InlineData("""{"text": ""}""", 422, "text")]
    [InlineData("""{"text": " \n\t "}""", 422, "text")]
    [InlineData("""{"text": "a\u0000b"}""", 400, "text")]
    [InlineData("""{"text": "Hi", "documentId": "0193a5e0-0000-7000-8000-000000000009"}""", 422, "text")]
    [InlineData("""{"documentId": "0193a5e0-0000-7000-8000-000000000009"}""", 422, "documentId")]
    [InlineData("""{"text": "Hi", "rubricId": "0193a5e0-0000-7000-8000-000000000009"}""", 422, "rubricId")]
    [InlineData("""{"text": "Hi", "format": "pdf"}""", 422, "format")]
    [InlineData("""{"text": "Hi", "language": "english"}""", 422, "language")]
    [InlineData("""{"text": "Hi", "samples": 1}""", 422, "samples")]
    [InlineData("""{"text": "Hi", "samples": 21}""", 422, "samples")]
    [InlineData("""{"text": 5}""", 400, "text")]
    [InlineData("""{"text": "\ud800"}""", 400, "text")]
    [InlineData("""{"text": "Hi", "documentId": "x"}""", 400, "documentId")]
    [InlineData("""{"text": "Hi", "colour": "red"}""", 400, "colour")]
    [InlineData("""{"text": "Hi" """, 400, null)]
    [InlineData("", 400, null)]
    public Task Bad_input_is_named(string body, int status, string? field) =>
        client.RejectsAsync("/api/analyses", body, (HttpStatusCode)status, field);

    [Fact]
    public async Task A_prompt_of_a_megabyte_is_analyzed_and_a_longer_one_refused()
    {
        var unit = SamplePrompts.Clean + "\n\n";
        var text = string.Concat(Enumerable.Repeat(unit, AnalysisRequest.TextBytesMax / unit.Length));

        var id = await client.CreateAsync(new { text });
        Assert.Equal("succeeded", (string?)(await client.FinishAsync(id))["status"]);

        var longer = JsonContent.Create(new { text = new string('a', AnalysisRequest.TextBytesMax + 1) });
        await client.RejectsAsync(
            "/api/analyses", await longer.ReadAsStringAsync(), HttpStatusCode.UnprocessableEntity, "text");
    }

    [Fact]
    public async Task Broken_xml_is_reported_with_its_place()
    {
        var id = await client.CreateAsync(new { text = "<prompt>\n <task>Cut the text.</prompt>", format = "xml" });
        await client.FinishAsync(id);

        var analysis = await client.GetAsync($"/api/analyses/{id}");

        Assert.False((bool)analysis["formatValid"]!);
        var issue = Assert.Single(analysis["metadata"]!["formatIssues"]!.AsArray())!;
        Assert.Equal(2, (int?)issue["line"]);
        Assert.InRange((double)analysis["overallScore"]!, 0, AnalysisScore.BrokenFormatMax);
    }

    [Fact]
    public async Task An_analysis_answers_with_its_version_and_to_its_own_organization_only()
    {
        var id = await client.CreateAsync(new { text = "Write a haiku about snow." });
        await client.FinishAsync(id);
        using var first = await client.Http.GetAsync($"/api/analyses/{id}");

        using var again = new HttpRequestMessage(HttpMethod.Get, $"/api/analyses/{id}");
        again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using var unchanged = await client.Http.SendAsync(again);
        using var foreign = await fixture.Other.Http.GetAsync($"/api/analyses/{id}");
        using var foreignPatch = await fixture.Other.Http.PostAsJsonAsync($"/api/analyses/{id}/patched", new { });

        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, foreign.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, foreignPatch.StatusCode);
    }

    [Fact]
    public async Task Analyses_are_listed_newest_first_by_page_and_filter()
    {
        var lister = await fixture.NewClientAsync();
        var ids = new List<Guid>();
        string[] texts = ["Write a haiku about snow.", SamplePrompts.Clean, "Schreibe ein Gedicht über den Schnee."];
        foreach (var text in texts)
        {
            ids.Add(await lister.CreateAsync(new { text }));
            await lister.FinishAsync(ids[^1]);
        }

        ids.Reverse();
        var first = await lister.GetAsync("/api/analyses?limit=2");
        var rest = await lister.GetAsync($"/api/analyses?limit=2&after={(string?)first["next"]}");

        Assert.Equal(ids, AnalysisClient.IdsOf(first).Concat(AnalysisClient.IdsOf(rest)));
        Assert.Null(rest["next"]);
        Assert.Equal([ids[0]], AnalysisClient.IdsOf(await lister.GetAsync("/api/analyses?language=de")));
        Assert.Equal([ids[1]], AnalysisClient.IdsOf(await lister.GetAsync("/api/analyses?minScore=8.5&language=en")));
        Assert.Empty(AnalysisClient.IdsOf(await lister.GetAsync("/api/analyses?createdTo=2020-01-01T00:00:00Z")));
        Assert.Empty(AnalysisClient.IdsOf(await lister.GetAsync("/api/analyses?status=failed")));
        using var bad = await lister.Http.GetAsync("/api/analyses?minScore=11");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, bad.StatusCode);
    }

    [Fact]
    public async Task A_document_of_ones_own_is_analyzed_once_it_has_been_ingested()
    {
        var ready = await fixture.AddDocumentAsync("completed", "Summarize the attached report in 3 bullets.");
        var waiting = await fixture.AddDocumentAsync("pending", null);

        var id = await client.CreateAsync(new { documentId = ready });
        await client.FinishAsync(id);

        var analysis = await client.GetAsync($"/api/analyses/{id}");
        Assert.Equal("Report", (string?)analysis["name"]);
        Assert.Equal("Summarize the attached report in 3 bullets.", (string?)analysis["promptContent"]);
        Assert.Equal([id], AnalysisClient.IdsOf(await client.GetAsync($"/api/analyses?documentId={ready}")));
        await client.RejectsAsync(
            "/api/analyses", $$"""{"documentId": "{{waiting}}"}""", HttpStatusCode.UnprocessableEntity, "documentId");
    }

    private async Task AssertStoredOnceAsync(Guid id)
    {
        Assert.Equal(8L, await CountAsync($"core.judge_score where analysis_id = '{id}'"));
        Assert.Equal(1L, await CountAsync($"ops.event where entity_id = '{id}' and action = 'created'"));
        Assert.Equal(1L, await CountAsync($"ops.event where entity_id = '{id}' and action = 'completed'"));
        Assert.Equal(1L, await CountAsync($"core.analysis_result where id = '{id}' and status = 'completed'"));
        Assert.Equal(
            await CountAsync("core.analysis_result where status = 'completed'"),
            await CountAsync("ops.usage_event where feature = 'prompt-analysis' and status = 'succeeded'"));
    }

    private Task<long> CountAsync(string from) => fixture.App.Database.ValueAsync<long>($"select count(*) from {from}");
}
