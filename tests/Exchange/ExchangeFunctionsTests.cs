using System.Net;
using System.Text.Json.Nodes;

namespace Assay;

public sealed class ExchangeFunctionsTests : IAsyncLifetime
{
    private AssayApp app = null!;
    private Guid organization;
    private HttpClient client = null!;

    public async Task InitializeAsync()
    {
        app = await AssayApp.StartAsync();
        organization = await app.Database.AddOrganizationAsync();
        client = await app.ClientOfAsync(organization, Role.Member);
    }

    public async Task DisposeAsync() => await app.DisposeAsync();

    [Fact]
    public async Task An_export_is_what_its_reader_sees_and_asks_for()
    {
        var tagged = await client.AddAsync("prompts", new
        {
            title = "Tagged", content = new { text = "a" }, tags = new[] { "x", "y" },
        });
        var context = await client.AddAsync("contexts", new { title = "Context", content = new { text = "a" } });
        var hidden = await client.AddAsync("prompts", new
        {
            title = "Hidden", content = new { text = "a" }, visibility = "private",
        });
        var other = await app.ClientOfAsync(organization, Role.Viewer);

        Assert.Equal([tagged.Id, context.Id, hidden.Id], Ids(await client.ExportAsync()));
        Assert.Equal([tagged.Id, context.Id], Ids(await other.ExportAsync()));
        Assert.Equal([context.Id], Ids(await client.ExportAsync("?type=context")));
        Assert.Equal([tagged.Id], Ids(await client.ExportAsync("?tags=x,y")));
        Assert.Equal([context.Id, hidden.Id], Ids(await client.ExportAsync($"?ids={hidden.Id},{context.Id}")));
        Assert.Equal(
            ["ids"],
            (await (await client.GetAsync("/api/export?ids=x")).ErrorsAsync(HttpStatusCode.UnprocessableEntity)).Keys);
    }

    [Fact]
    public async Task The_least_that_a_line_needs_is_enough()
    {
        var id = Guid.NewGuid();

        var imported = await client.ImportAsync([ExchangeClient.Header, "", Prompt(id, "A prompt"), "  "]);

        Assert.Equal((1, 0), (imported.Created, imported.Failed));
        var entity = await client.GetAsync<Entity>($"/api/prompts/{id}");
        Assert.Equal(("A prompt", "draft", 1), (entity.Title, entity.Status, entity.Version));
        Assert.NotNull(entity.OwnerId);
    }

    [Fact]
    public async Task A_dry_run_says_what_would_come_of_it_and_changes_nothing()
    {
        var (a, b) = (Guid.NewGuid(), Guid.NewGuid());
        string[] lines =
        [
            ExchangeClient.Header, Prompt(a, "A"), Prompt(b, "B"), Relation(a, b), Relation(b, a),
            $$"""{"kind":"label","entityId":"{{a}}","name":"production","version":1}""",
        ];

        var tried = await client.ImportAsync(lines, "?dryRun=true");
        Assert.Equal((4, 1), (tried.Created, tried.Failed));
        Assert.Equal([ExchangeClient.Header], await client.ExportAsync());
        var done = await client.ImportAsync(lines);
        Assert.Equivalent(tried, done);
        Assert.Equal(new(5, "targetId", "expected no cycle: the target has a way to the source by this type already"),
            Assert.Single(done.Errors));
    }

    [Fact]
    public async Task What_is_here_already_is_skipped_replaced_or_given_a_new_version()
    {
        var prompt = await client.AddPromptAsync("Mine");
        await client.PatchAsync($"/api/prompts/{prompt.Id}", new { title = "Mine still" });
        string[] lines = [ExchangeClient.Header, Prompt(prompt.Id, "Theirs")];

        Assert.Equal(1, (await client.ImportAsync(lines)).Skipped);
        Assert.Equal("Mine still", (await client.GetAsync<Entity>($"/api/prompts/{prompt.Id}")).Title);

        Assert.Equal(1, (await client.ImportAsync(lines, "?onConflict=newVersion")).Changed);
        var newer = await client.GetAsync<Entity>($"/api/prompts/{prompt.Id}");
        Assert.Equal(("Theirs", 3), (newer.Title, newer.Version));
        Assert.Equal(1, (await client.ImportAsync(lines, "?onConflict=newVersion")).Skipped);

        Assert.Equal(1, (await client.ImportAsync(lines, "?onConflict=replace")).Changed);
        var replaced = await client.GetAsync<Entity>($"/api/prompts/{prompt.Id}");
        Assert.Equal(("Theirs", 1, prompt.OwnerId), (replaced.Title, replaced.Version, replaced.OwnerId));
        Assert.Single((await client.GetAsync<Page<Entity>>($"/api/prompts/{prompt.Id}/versions")).Items);
    }

    [Fact]
    public async Task Every_line_that_does_not_fit_is_named_with_what_was_expected()
    {
        var (good, bad, gap) = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
        string[] lines =
        [
            ExchangeClient.Header,
            Prompt(good, "Good"),
            "not JSON",
            """{"kind":"nonsense"}""",
            $$$"""{"kind":"entity","id":"{{{bad}}}","type":"prompt","title":"","content":{"text":"a"}}""",
            $$$"""{"kind":"entity","id":"{{{Guid.NewGuid()}}}","type":"prompt","title":"a","content":{"words":"a"}}""",
            Prompt(gap, "a").Replace("\"title\"", "\"version\":2,\"validFrom\":\"2026-01-01T00:00:00Z\",\"title\""),
            Relation(good, bad),
            $$"""{"kind":"label","entityId":"{{good}}","name":"production","version":7}""",
        ];

        var imported = await client.ImportAsync(lines);

        Assert.Equal((1, 7), (imported.Created, imported.Failed));
        Assert.Equal(
            [
                (3, "line"), (4, "kind"), (5, "title"), (6, "content.words"), (6, "content.text"), (7, "validFrom"),
                (8, "targetId"), (9, "version"),
            ],
            imported.Errors.Select(error => (error.Line, error.Field)));
    }

    [Fact]
    public async Task What_others_keep_private_is_neither_changed_nor_told_of()
    {
        var other = await app.ClientOfAsync(organization, Role.Member);
        var hidden = await other.AddAsync("prompts", new
        {
            title = "Hidden", content = new { text = "a" }, visibility = "private",
        });

        var imported = await client.ImportAsync(
            [ExchangeClient.Header, Prompt(hidden.Id, "Taken")], "?onConflict=replace");

        Assert.Equal(1, imported.Created);
        Assert.Equal("Hidden", (await other.GetAsync<Entity>($"/api/prompts/{hidden.Id}")).Title);
        Assert.DoesNotContain(hidden.Id, Ids(await client.ExportAsync()));
        var program = new HttpClient { BaseAddress = app.Address };
        program.DefaultRequestHeaders.Authorization = new(
            "Bearer", await app.Database.AddKeyAsync(organization, null, "entities:write", "runs:read"));
        var refused = await program.ImportAsync(
            [
                ExchangeClient.Header,
                Prompt(Guid.NewGuid(), "Own").Replace("\"title\"", "\"visibility\":\"private\",\"title\""),
            ]);
        Assert.Equal((2, "visibility"), (refused.Errors[0].Line, refused.Errors[0].Field));
    }

    [Fact]
    public async Task What_is_no_bundle_is_refused_at_once()
    {
        var answer = await client.SendBundleAsync(["""{"format":"other","version":1}"""]);
        Assert.Equal(["body"], (await answer.ErrorsAsync(HttpStatusCode.UnprocessableEntity)).Keys);
        var json = await client.PostAsync("/api/import", EntityClient.Json(new { }));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, json.StatusCode);
    }

    private static string Prompt(Guid id, string title) =>
        $$$"""{"kind":"entity","id":"{{{id}}}","type":"prompt","title":"{{{title}}}","content":{"text":"a"}}""";

    private static string Relation(Guid source, Guid target) =>
        $$"""{"kind":"relationship","id":"{{Guid.NewGuid()}}","sourceId":"{{source}}","""
        + $$"""
        "targetId":"{{target}}","type":"depends_on"}
        """;

    private static IEnumerable<Guid> Ids(IEnumerable<string> lines) => lines.Skip(1)
        .Select(line => JsonNode.Parse(line)!).Where(line => (string?)line["kind"] == "entity")
        .Select(line => (Guid)line["id"]!);
}
