using System.Net;

namespace Assay;

/// <summary>Every kind of line, as everybody: a bundle does nothing that the API would refuse its importer.</summary>
public sealed class ImportRightsTests(SharedApp shared) : IClassFixture<SharedApp>
{
    // What comes of a line: created, changed, or the member that is refused. By the importer: the owner of what is
    // here, another member, with whom it is shared to view, with whom it is shared to edit, and an admin.
    private static readonly Row[] rows =
    [
        new("A new entity", "replace", scene => scene.NewAsync(),
            "created", "created", "created", "created", "created"),
        new("An entity that all see", "replace", async scene => scene.Prompt(await scene.OpenAsync()),
            "changed", "changed", "changed", "changed", "changed"),
        new("The next version of it", "newVersion", async scene => scene.Prompt(await scene.OpenAsync()),
            "changed", "changed", "changed", "changed", "changed"),
        new("To keep from others what they see", "newVersion",
            async scene => scene.Prompt(await scene.OpenAsync(), "private"),
            "changed", "visibility", "visibility", "visibility", "visibility"),
        new("A private one", "replace", async scene => scene.Prompt(await scene.HiddenAsync(), "private"),
            "changed", "created", "id", "visibility", "created"),
        new("A private one, to be seen by all", "newVersion", async scene => scene.Prompt(await scene.HiddenAsync()),
            "changed", "created", "id", "visibility", "created"),

        new("Under a protected label", "replace", async scene => scene.Prompt(await scene.LabeledAsync("guarded")),
            "version", "version", "version", "version", "changed"),
        new("Behind a protected label", "newVersion", async scene => scene.Prompt(await scene.LabeledAsync("guarded")),
            "changed", "changed", "changed", "changed", "changed"),
        new("Under an approved label", "replace", async scene => scene.Prompt(await scene.LabeledAsync("approved")),
            "version", "version", "version", "version", "version"),
        new("Under a label that is asked for", "replace",
            async scene => scene.Prompt(await scene.RequestedAsync("approved")),
            "version", "version", "version", "version", "version"),
        new("Without the version of a label", "replace",
            async scene => scene.Prompt(await scene.LabeledAsync("free", version: 2)),
            "version", "version", "version", "version", "version"),

        new("A label", "replace", async scene => scene.Label(await scene.OpenAsync(), "free"),
            "created", "created", "created", "created", "created"),
        new("A protected label", "replace", async scene => scene.Label(await scene.OpenAsync(), "guarded"),
            "name", "name", "name", "name", "created"),
        new("A label that needs approval", "replace", async scene => scene.Label(await scene.OpenAsync(), "approved"),
            "name", "name", "name", "name", "name"),
        new("A label of a private one", "replace", async scene => scene.Label(await scene.HiddenAsync(), "free"),
            "created", "entityId", "entityId", "created", "entityId"),

        new("What a private one depends on", "replace",
            async scene => scene.Relation(await scene.HiddenAsync(), await scene.OpenAsync()),
            "created", "sourceId", "sourceId", "created", "sourceId"),
        new("What depends on a private one", "replace",
            async scene => scene.Relation(await scene.OpenAsync(), await scene.HiddenAsync()),
            "created", "targetId", "created", "created", "targetId"),
        new("What takes the place of a private one", "replace",
            async scene => scene.Relation(await scene.OpenAsync(), await scene.HiddenAsync(), "overrides"),
            "created", "targetId", "targetId", "created", "targetId"),
        new("A relationship of a private one", "replace", async scene => scene.Relation(await scene.RelatedAsync()),
            "changed", "sourceId", "sourceId", "changed", "sourceId"),
        new("The next version of it", "newVersion", async scene => scene.Relation(await scene.RelatedAsync()),
            "changed", "sourceId", "sourceId", "changed", "sourceId"),
        new("Its id with other ends", "replace", async scene => scene.Relation(
                await scene.OpenAsync(), await scene.OpenAsync(), id: (await scene.RelatedAsync()).Id),
            "id", "created", "id", "id", "created"),
    ];

    [Theory]
    [InlineData(Importer.Owner)]
    [InlineData(Importer.Member)]
    [InlineData(Importer.ViewHolder)]
    [InlineData(Importer.EditHolder)]
    [InlineData(Importer.Admin)]
    public async Task A_bundle_does_what_the_api_would_do_for_whoever_imports(Importer importer)
    {
        var scene = await ImportScene.CreateAsync(shared.App, importer);
        foreach (var some in rows.GroupBy(row => row.Policy))
        {
            var lines = new List<string> { ExchangeClient.Header };
            foreach (var row in some)
                lines.Add(await row.Line(scene));

            var imported = await scene.Client.ImportAsync(lines, $"?onConflict={some.Key}");

            var refused = imported.Errors.ToDictionary(error => error.Line, error => error.Field);
            var expected = some.Select(row => (row.Name, Outcome: row.Outcomes[(int)importer])).ToList();
            Assert.Equal(
                expected.Select(row => (row.Name, row.Outcome is "created" or "changed" ? null : row.Outcome)),
                expected.Select((row, index) => (row.Name, refused.GetValueOrDefault(index + 2))));
            Assert.Equal(
                (expected.Count(row => row.Outcome == "created"), expected.Count(row => row.Outcome == "changed"), 0),
                (imported.Created, imported.Changed, imported.Skipped));
        }
        Assert.Equal(await scene.ExpectedStrengthsAsync(), await scene.StrengthsAsync());
    }

    [Fact]
    public async Task A_viewer_and_a_key_to_read_import_nothing()
    {
        var organization = await shared.App.Database.AddOrganizationAsync();
        var viewer = await shared.App.ClientOfAsync(organization, Role.Viewer);
        var reader = new HttpClient { BaseAddress = shared.App.Address };
        reader.DefaultRequestHeaders.Authorization = new(
            "Bearer", await shared.App.Database.AddKeyAsync(organization, null, "entities:read"));

        foreach (var client in new[] { viewer, reader })
            Assert.Equal(
                HttpStatusCode.Forbidden, (await client.SendBundleAsync([ExchangeClient.Header])).StatusCode);
    }

    [Theory]
    [InlineData("guarded", "the protected label guarded points at it")]
    [InlineData("approved", "a request to move the label approved to it waits for a decision")]
    public async Task What_is_refused_for_a_label_names_the_line_the_entity_and_the_label(string label, string reason)
    {
        var scene = await ImportScene.CreateAsync(shared.App, Importer.Member);
        var prompt = label == "guarded" ? await scene.LabeledAsync(label) : await scene.RequestedAsync(label);

        var imported = await scene.Client.ImportAsync(
            [ExchangeClient.Header, "", scene.Prompt(prompt)], "?onConflict=replace");

        Assert.Equal(
            new(3, "version", $"expected version 1 of {prompt.Id} as it is here: {reason}"),
            Assert.Single(imported.Errors));
        Assert.Equal("Here", (await scene.Client.GetAsync<Entity>($"/api/prompts/{prompt.Id}/versions/1")).Title);
    }

    [Fact]
    public async Task A_history_that_leaves_the_labeled_version_as_it_is_replaces_the_one_that_is_here()
    {
        var scene = await ImportScene.CreateAsync(shared.App, Importer.Member);
        var prompt = await scene.LabeledAsync("guarded");
        var bundle = await scene.Client.ExportAsync($"?ids={prompt.Id}");
        await scene.Client.PatchAsync($"/api/prompts/{prompt.Id}", new { title = "Later" });

        var imported = await scene.Client.ImportAsync(bundle[..^1], "?onConflict=replace");

        Assert.Equal((1, 0), (imported.Changed, imported.Failed));
        Assert.Equal("Here", (await scene.Client.GetAsync<Entity>($"/api/prompts/{prompt.Id}?label=guarded")).Title);
    }

    public sealed record Row(
        string Name, string Policy, Func<ImportScene, Task<string>> Line, params string[] Outcomes);
}
