using System.Net;

namespace Assay;

public sealed class CompositionFunctionsTests : IAsyncLifetime
{
    private AssayApp app = null!;
    private HttpClient client = null!;

    public async Task InitializeAsync()
    {
        app = await AssayApp.StartAsync();
        client = await app.ClientOfAsync(await app.Database.AddOrganizationAsync(), Role.Member);
    }

    public async Task DisposeAsync() => await app.DisposeAsync();

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
    public async Task What_is_missing_or_not_there_is_said()
    {
        var prompt = await client.AddPromptAsync("Ask", "Answer {{question}}");

        var missing = await client.PostAsync($"/api/prompts/{prompt.Id}/compose", EntityClient.Json(new { }));
        Assert.Equal(
            "required: expected a value",
            (await missing.ErrorsAsync(HttpStatusCode.UnprocessableEntity))["variables.question"]);
        foreach (var path in new[] { $"contexts/{prompt.Id}", $"entities/{Guid.NewGuid()}" })
            Assert.Equal(
                HttpStatusCode.NotFound,
                (await client.PostAsync($"/api/{path}/compose", EntityClient.Json(new { }))).StatusCode);
    }

    private async Task<Composition> ComposeAsync(Guid id, object request) =>
        await (await client.PostAsync($"/api/entities/{id}/compose", EntityClient.Json(request)))
            .ReadAsync<Composition>(HttpStatusCode.OK);
}
