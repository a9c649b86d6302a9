using System.Net;
using System.Text.Json.Nodes;

namespace Assay;

public sealed class CompositionFunctionsTests(SharedApp shared) : IClassFixture<SharedApp>, IAsyncLifetime
{
    private readonly AssayApp app = shared.App;
    private HttpClient client = null!;

    public async Task InitializeAsync()
    {
        client = await app.ClientOfAsync(await app.Database.AddOrganizationAsync(), Role.Member);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_template_is_composed_with_its_contexts_now_and_as_it_was()
    {
        var tone = await client.AddAsync("contexts", new { title = "Tone", content = new { text = "Be brief." } });
        var template = await client.AddAsync("templates", new
        {
            title = "Answer",
            content = new
            {
                text = "Answer in {{sentences}} sentences: {{question}}",
                variables = new object[]
                {
                    new { name = "question" }, new { name = "sentences", type = "integer", @default = 2 },
                },
            },
        });
        await (await client.PostAsync("/api/relationships", EntityClient.Json(
            new { sourceId = template.Id, targetId = tone.Id, type = "depends_on" })))
            .ReadAsync<Relationship>(HttpStatusCode.Created);
        var changed = await (await client.PatchAsync(
            $"/api/contexts/{tone.Id}", new { content = new { text = "Be thorough." } }))
            .ReadAsync<Entity>(HttpStatusCode.OK);

        var composed = await ComposeAsync(template.Id, new { variables = new { question = "Why?" } });
        Assert.Equal("Be thorough.\n\nAnswer in 2 sentences: Why?", composed.Text);
        Assert.Equal([(tone.Id, 2), (template.Id, 1)], composed.Sources.Select(s => (s.EntityId, s.Version)));

        var before = await ComposeAsync(
            template.Id, new { variables = new { question = "Why?" }, asOf = changed.ValidFrom.AddMicroseconds(-1) });
        Assert.Equal("Be brief.\n\nAnswer in 2 sentences: Why?", before.Text);
    }

    [Fact]
    public async Task A_label_takes_each_part_in_the_version_that_carries_it_and_else_the_present_one()
    {
        var tone = await client.AddAsync("contexts", new { title = "Tone", content = new { text = "Be brief." } });
        var facts = await client.AddAsync("contexts", new { title = "Facts", content = new { text = "It rains." } });
        var prompt = await client.AddPromptAsync("Ask", "Why?");
        foreach (var context in new[] { tone, facts })
            await (await client.PostAsync("/api/relationships", EntityClient.Json(
                new { sourceId = prompt.Id, targetId = context.Id, type = "depends_on" })))
                .ReadAsync<Relationship>(HttpStatusCode.Created);
        foreach (var labeled in new[] { tone, prompt })
            await client.SendAsync(
                HttpMethod.Put, $"/api/entities/{labeled.Id}/labels/production", new { version = 1 });
        foreach (var (id, text) in new[] { (tone.Id, "Be long."), (facts.Id, "It snows."), (prompt.Id, "{{ask}}") })
            await client.PatchAsync($"/api/entities/{id}", new { title = "New", content = new { text } });

        var composed = await ComposeAsync(prompt.Id, new { label = "production" });
        Assert.Equal("Be brief.\n\nIt snows.\n\nWhy?", composed.Text);
        Assert.Equal(
            [("Tone", 1, "production"), ("New", 2, null), ("Ask", 1, "production")],
            composed.Sources.Select(source => (source.Title, source.Version, source.Label)));

        // A label that moves on to the present version leads there.
        await client.SendAsync(HttpMethod.Put, $"/api/contexts/{tone.Id}/labels/production", new { version = 2 });
        composed = await ComposeAsync(prompt.Id, new { label = "production" });
        Assert.Equal("Be long.\n\nIt snows.\n\nWhy?", composed.Text);
        Assert.Equal((2, "production"), (composed.Sources[0].Version, composed.Sources[0].Label));

        await client.PatchAsync($"/api/prompts/{prompt.Id}", new { status = "active" });
        Assert.Equal("Be long.\n\nIt snows.\n\nWhy?", (string?)(await ComposeByToolAsync("production"))["text"]);
        Assert.Equal("label: expected a label that it has", (string?)await ComposeByToolAsync("staging"));

        async Task<JsonNode> ComposeByToolAsync(string label)
        {
            var answer = await (await client.PostAsync("/api/mcp", EntityClient.Json(new
            {
                jsonrpc = "2.0",
                id = 1,
                method = "tools/call",
                @params = new { name = "compose_prompt", arguments = new { id = prompt.Id, label } },
            }))).ReadAsync<JsonObject>(HttpStatusCode.OK);
            return answer["result"]!["structuredContent"] ?? answer["result"]!["content"]![0]!["text"]!;
        }
    }

    [Fact]
    public async Task What_is_missing_or_not_there_is_said()
    {
        var prompt = await client.AddPromptAsync("Ask", "Answer {{question}}");

        var missing = await client.PostAsync($"/api/prompts/{prompt.Id}/compose", EntityClient.Json(new { }));
        Assert.Equal(
            "required: expected a value",
            (await missing.ErrorsAsync(HttpStatusCode.UnprocessableEntity))["variables.question"]);
        foreach (var (body, expected) in new (object, string)[]
            {
                (new { label = "production" }, "expected a label of this prompt"),
                (new { label = "a", asOf = prompt.ValidFrom }, "expected not to be there together with asOf"),
            })
            Assert.Equal(
                expected,
                (await (await client.PostAsync($"/api/prompts/{prompt.Id}/compose", EntityClient.Json(body)))
                    .ErrorsAsync(HttpStatusCode.UnprocessableEntity))["label"]);
        foreach (var path in new[] { $"contexts/{prompt.Id}", $"entities/{Guid.NewGuid()}" })
            Assert.Equal(
                HttpStatusCode.NotFound,
                (await client.PostAsync($"/api/{path}/compose", EntityClient.Json(new { }))).StatusCode);
    }

    private async Task<Composition> ComposeAsync(Guid id, object request) =>
        await (await client.PostAsync($"/api/entities/{id}/compose", EntityClient.Json(request)))
            .ReadAsync<Composition>(HttpStatusCode.OK);
}
