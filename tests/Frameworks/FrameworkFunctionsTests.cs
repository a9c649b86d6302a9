using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Assay;

public sealed class FrameworkFunctionsTests(SharedApp shared) : IClassFixture<SharedApp>, IAsyncLifetime
{
    private static readonly string[] builtIn =
        ["roses", "ape", "tag", "era", "race", "rise", "care", "coast", "trace"];

    private readonly AssayApp app = shared.App;
    private Guid organization;
    private HttpClient client = null!;

    public async Task InitializeAsync()
    {
        organization = await app.Database.AddOrganizationAsync();
        client = await app.ClientOfAsync(organization, Role.Member);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task The_nine_built_in_ones_obey_the_rules_of_all_and_each_of_their_examples_makes_a_text()
    {
        var known = (await client.GetAsync<Page<Framework>>("/api/frameworks")).Items;

        Assert.Equal(builtIn, known.Select(framework => framework.Name));
        foreach (var framework in known)
        {
            Assert.True(framework.IsBuiltIn);
            Assert.Empty(Validation.Check(FrameworkDefinition.Of(framework)));
            Assert.All(framework.Components, component => Assert.NotEmpty(component.Signals!));
            Assert.Equal(framework.Title.Replace(".", "").Length, framework.Components.Count);
            Assert.True(framework.Examples.Count >= 2);
            foreach (var example in framework.Examples)
            {
                var rendered = await RenderAsync(framework.Name, example.Components);
                Assert.Equal(example.Components.Keys.Order(), rendered.Spans.Select(span => span.Component).Order());
                Assert.DoesNotContain("{{", rendered.Text);
            }
        }
    }

    [Fact]
    public async Task An_own_one_is_found_by_its_name_and_its_id_changed_by_its_version_and_deleted()
    {
        var added = await (await client.PostAsync("/api/frameworks", EntityClient.Json(FrameworkDefinition.Example)))
            .ReadAsync<Framework>(HttpStatusCode.Created);
        Assert.Equal(("pit", false, 1), (added.Name, added.IsBuiltIn, added.Version));
        Assert.Equal("P.I.T", (await client.GetAsync<Framework>("/api/frameworks/pit")).Title);
        Assert.Equal("P.I.T", (await client.GetAsync<Framework>($"/api/frameworks/{added.Id}")).Title);

        var changed = await (await client.PatchAsync(
            "/api/frameworks/pit", new { title = "PIT", isEnabled = false, examples = (object?)null }, 1))
            .ReadAsync<Framework>(HttpStatusCode.OK);
        Assert.Equal(("PIT", false, 2, 0), (changed.Title, changed.IsEnabled, changed.Version, changed.Examples.Count));
        Assert.Equal(added.Template, changed.Template);
        var stale = await client.PatchAsync("/api/frameworks/pit", new { title = "Late" }, 1);
        Assert.Equal(HttpStatusCode.PreconditionFailed, stale.StatusCode);
        var renamed = await client.PatchAsync("/api/frameworks/pit", new { name = "tip" });
        Assert.Contains("name", (await renamed.ErrorsAsync(HttpStatusCode.UnprocessableEntity)).Keys);

        var refused = await client.SendAsync(HttpMethod.Delete, "/api/frameworks/pit");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        var admin = await app.ClientOfAsync(organization, Role.Admin);
        var deleted = await admin.SendAsync(HttpMethod.Delete, "/api/frameworks/pit", null, 2);
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/api/frameworks/pit")).StatusCode);
        Assert.Equal(
            ["created", "updated", "deleted"],
            await app.Database.Jobs.ListAsync<string>(
                "select action from ops.event where entity_id = @Id order by created_at", new { added.Id }, default));
    }

    [Fact]
    public async Task Templates_name_frameworks_that_are_built_in_or_the_organizations_own_and_no_others()
    {
        static object Template(string? framework) =>
            new { type = "template", title = "T", content = new { text = "Answer.", framework } };
        await client.PostAsync("/api/frameworks", EntityClient.Json(FrameworkDefinition.Example));
        var elsewhere = await app.ClientOfAsync(await app.Database.AddOrganizationAsync(), Role.Member);

        foreach (var framework in new[] { "roses", "pit", null })
            await client.AddAsync("templates", Template(framework));
        foreach (var (who, name) in new[] { (client, "nine"), (client, "ROSES"), (elsewhere, "pit") })
        {
            var errors = await (await who.PostAsync("/api/templates", EntityClient.Json(Template(name))))
                .ErrorsAsync(HttpStatusCode.UnprocessableEntity);
            Assert.Contains($"there is no {name}", $"{errors["content.framework"]}", StringComparison.Ordinal);
        }

        var own = await client.AddAsync("templates", Template("pit"));
        var patched = await client.PatchAsync(
            $"/api/templates/{own.Id}", new { content = new { framework = "nine" } });
        Assert.Equal(
            ["content.framework"], (await patched.ErrorsAsync(HttpStatusCode.UnprocessableEntity)).Keys);
        var bulk = await client.PostAsync("/api/entities/bulk", EntityClient.Json(
            new { items = new[] { new { entity = Template("tag") }, new { entity = Template("nine") } } }));
        Assert.Equal(
            ["items[1].entity.content.framework"],
            (await bulk.ErrorsAsync(HttpStatusCode.UnprocessableEntity)).Keys);

        // What is gone since does not stand in the way of other changes.
        await app.Database.ExecuteAsync($"delete from core.framework where organization_id = '{organization}'");
        var renamed = await client.PatchAsync($"/api/templates/{own.Id}", new { title = "Renamed" });
        Assert.Equal(HttpStatusCode.OK, renamed.StatusCode);
    }

    [Fact]
    public async Task People_prefer_frameworks_of_their_organization_too()
    {
        var person = (await Person.RegisterAsync(app)).Client;
        var stranger = (await Person.RegisterAsync(app)).Client;
        await person.PostAsync("/api/frameworks", EntityClient.Json(FrameworkDefinition.Example));

        var chosen = await person.PatchAsync("/api/me/preferences", new { selectedFramework = "pit" });
        Assert.Equal(HttpStatusCode.OK, chosen.StatusCode);
        var refused = await stranger.PatchAsync("/api/me/preferences", new { selectedFramework = "pit" });
        Assert.Equal(
            ["selectedFramework"], (await refused.ErrorsAsync(HttpStatusCode.UnprocessableEntity)).Keys);
        Assert.Equal("pit", (await person.GetAsync<UserPreferences>("/api/me/preferences")).SelectedFramework);
    }

    [Fact]
    public async Task A_built_in_one_cannot_be_changed_deleted_or_replaced()
    {
        var admin = await app.ClientOfAsync(organization, Role.Owner);
        foreach (var answer in new[]
        {
            await admin.PatchAsync("/api/frameworks/roses", new { title = "Mine" }),
            await admin.SendAsync(HttpMethod.Delete, "/api/frameworks/roses"),
        })
            Assert.Contains("roses is built in", await DetailAsync(answer, HttpStatusCode.Forbidden));
        var taken = await admin.PostAsync(
            "/api/frameworks", EntityClient.Json(FrameworkDefinition.Example with { Name = "roses" }));
        Assert.Contains("There is a framework roses already", await DetailAsync(taken, HttpStatusCode.Conflict));

        // The policy holds also where no function stands before it.
        Assert.Equal(0, await app.Database.As(organization).ExecuteAsync(
            "update core.framework set title = 'Mine' where name = 'roses'", null, default));
        Assert.Equal(0, await app.Database.As(organization).ExecuteAsync(
            "delete from core.framework where name = 'roses'", null, default));
        Assert.Equal("R.O.S.E.S", (await admin.GetAsync<Framework>("/api/frameworks/roses")).Title);
    }

    [Fact]
    public async Task Two_organizations_may_have_the_same_name_and_one_only_once()
    {
        var other = await app.ClientOfAsync(await app.Database.AddOrganizationAsync(), Role.Member);
        Assert.Equal(HttpStatusCode.Created, await AddAsync(client, FrameworkDefinition.Example));
        Assert.Equal(HttpStatusCode.Conflict, await AddAsync(client, FrameworkDefinition.Example));
        Assert.Equal(HttpStatusCode.NotFound, (await other.GetAsync("/api/frameworks/pit")).StatusCode);
        Assert.Equal(
            HttpStatusCode.Created, await AddAsync(other, FrameworkDefinition.Example with { Title = "Theirs" }));

        Assert.Equal("P.I.T", (await client.GetAsync<Framework>("/api/frameworks/pit")).Title);
        Assert.Equal("Theirs", (await other.GetAsync<Framework>("/api/frameworks/pit")).Title);
    }

    public static TheoryData<string, string> Faulty() => new()
    {
        { "name", """{"name":"Not one"}""" },
        { "name", """{"name":"ce9f3ab2-7f0e-4b2f-a0c9-2ff9a3c3a6a2"}""" },
        { "template", """{"template":"{{problem}} {{idea}} {{test}} {{other}}"}""" },
        { "template", """{"template":"{{problem}} {{idea}}"}""" },
        { "components", """{"components":[]}""" },
        {
            "components",
            """{"components":[{"key":"a","title":"A","guidance":"A"},{"key":"a","title":"A","guidance":"A"}]}"""
        },
        { "components[0].key", """{"components":[{"key":"a b","title":"A","guidance":"A"}]}""" },
        { "examples[0].components.idea", """{"examples":[{"title":"A","components":{"problem":"a"}}]}""" },
        {
            "examples[0].components.b",
            """{"examples":[{"title":"A","components":{"problem":"a","idea":"a","b":"a"}}]}"""
        },
        { "intents", """{"intents":["sing"]}""" },
    };

    [Theory]
    [MemberData(nameof(Faulty))]
    public async Task What_does_not_fit_is_named(string field, string changes)
    {
        var body = SchemaExamples.Of(typeof(FrameworkDefinition))!.AsObject();
        foreach (var (name, value) in JsonNode.Parse(changes)!.AsObject())
            body[name] = value?.DeepClone();

        var answer = await client.PostAsync("/api/frameworks", EntityClient.Json(body));

        Assert.Contains(field, (await answer.ErrorsAsync(HttpStatusCode.UnprocessableEntity)).Keys);
    }

    [Fact]
    public async Task Components_become_a_text_and_tell_where_they_stand_in_it()
    {
        var rendered = await RenderAsync("ape", new Dictionary<string, string>
        {
            ["expectation"] = "  Three lines, with {{action}} as it is.\n",
            ["action"] = "Write a haiku.",
            ["purpose"] = "For a card 🌧️.",
        });

        Assert.Equal(
            "Write a haiku.\n\nPurpose: For a card 🌧️.\n\nExpectation: Three lines, with {{action}} as it is.",
            rendered.Text);
        Assert.Equal(
            ["Write a haiku.", "For a card 🌧️.", "Three lines, with {{action}} as it is."],
            rendered.Spans.Select(span => rendered.Text[span.Start..span.End]));
        Assert.Equal(["action", "purpose", "expectation"], rendered.Spans.Select(span => span.Component));
        Assert.Equal(Tokenizer.Get(TokenEncoding.O200k).Count(rendered.Text), rendered.Tokens);
    }

    [Fact]
    public async Task A_paragraph_without_any_component_is_left_out()
    {
        var values = new Dictionary<string, string>
        {
            ["context"] = "A bakery.", ["action"] = "Suggest names.", ["result"] = "Ten names.", ["example"] = " ",
        };

        var rendered = await RenderAsync("care", values);

        Assert.Equal("Context: A bakery.\n\nSuggest names.\n\nResult: Ten names.", rendered.Text);
        Assert.Equal(["context", "action", "result"], rendered.Spans.Select(span => span.Component));
    }

    [Fact]
    public async Task Components_that_are_missing_unknown_or_too_long_are_named()
    {
        var components = new { action = " ", purpose = new string('a', 100_001), colour = "red" };

        var answer = await client.PostAsync("/api/frameworks/ape/render", EntityClient.Json(new { components }));

        var errors = await answer.ErrorsAsync(HttpStatusCode.UnprocessableEntity);
        Assert.Equal(
            ["components.action", "components.colour", "components.expectation", "components.purpose"],
            errors.Keys.Order(StringComparer.Ordinal));
        Assert.StartsWith("required: What to do", errors["components.action"]);
        Assert.Equal(
            "unknown component; known are action, purpose, expectation", errors["components.colour"]);
    }

    [Fact]
    public async Task A_text_that_grows_beyond_all_measure_is_refused()
    {
        var definition = FrameworkDefinition.Example with
        {
            Name = "bomb", Components = [new("a", "A", "A")], Examples = null,
            Template = string.Concat(Enumerable.Repeat("{{a}}", 4000)),
        };
        Assert.Equal(HttpStatusCode.Created, await AddAsync(client, definition));

        var answer = await client.PostAsync(
            "/api/frameworks/bomb/render",
            EntityClient.Json(new { components = new { a = new string('a', 100_000) } }));

        Assert.Contains("components", (await answer.ErrorsAsync(HttpStatusCode.UnprocessableEntity)).Keys);
    }

    [Fact]
    public async Task Lists_are_paged_in_their_order_and_filtered()
    {
        await AddAsync(client, FrameworkDefinition.Example with { Name = "first", SortOrder = 0 });
        await AddAsync(client, FrameworkDefinition.Example with { Name = "off", IsEnabled = false });

        var names = new List<string>();
        string? after = null;
        do
        {
            var page = await client.GetAsync<Page<Framework>>(
                $"/api/frameworks?limit=4{(after is null ? "" : $"&after={after}")}");
            names.AddRange(page.Items.Select(item => item.Name));
            after = page.Next;
        }
        while (after is not null);

        Assert.Equal(["first", .. builtIn, "off"], names);
        var disabled = await client.GetAsync<Page<Framework>>("/api/frameworks?enabled=false");
        Assert.Equal("off", Assert.Single(disabled.Items).Name);
    }

    [Fact]
    public async Task Those_that_suit_a_text_come_first_and_say_what_in_it_led_to_them()
    {
        const string Text = "Classify the sentiment of each review as positive or negative, for example: "
            + "\"Great!\" -> positive. Please answer with one word, because a program reads it.";

        var suggested = await SuggestAsync(Text);

        Assert.Equal(9, suggested.Count);
        Assert.Equal("trace", suggested[0].Framework);
        Assert.InRange(suggested[0].Score, 0.8, 1);
        Assert.Contains("classify (", suggested[0].Reason);
        Assert.Contains("“for example” tells the Example", suggested[0].Reason);
        Assert.Contains(suggested[0].Told, span => Text[span.Start..span.End] == "for example");
        Assert.Equal(suggested.OrderByDescending(one => one.Score).Select(one => one.Framework),
            suggested.Select(one => one.Framework));
        Assert.Equal(
            JsonSerializer.Serialize(suggested),
            JsonSerializer.Serialize(await SuggestAsync(Text)));
    }

    [Fact]
    public async Task An_own_one_is_suggested_while_it_is_enabled_and_nothing_is_made_up_for_a_text_that_says_nothing()
    {
        await AddAsync(client, FrameworkDefinition.Example with { Intents = ["write", "plan"] });

        var suggested = await SuggestAsync("Write an e-mail about a problem: the printer goes wrong.");
        Assert.Contains("“problem” tells the Problem", suggested.Single(one => one.Framework == "pit").Reason);
        await client.PatchAsync("/api/frameworks/pit", new { isEnabled = false });
        Assert.DoesNotContain(await SuggestAsync("Write about a problem"), one => one.Framework == "pit");
        Assert.All(
            await SuggestAsync("qwertz"), one => Assert.Equal("Nothing in the text speaks for it.", one.Reason));
    }

    private static async Task<string> DetailAsync(HttpResponseMessage answer, HttpStatusCode status) =>
        (string)(await answer.ReadAsync<JsonObject>(status))["detail"]!;

    private async Task<IReadOnlyList<FrameworkSuggestion>> SuggestAsync(string text) =>
        (await (await client.PostAsync("/api/frameworks/suggest", EntityClient.Json(new { text })))
            .ReadAsync<FrameworkSuggestions>(HttpStatusCode.OK)).Frameworks;

    private async Task<RenderedFramework> RenderAsync(string name, IReadOnlyDictionary<string, string> components) =>
        await (await client.PostAsync($"/api/frameworks/{name}/render", EntityClient.Json(new { components })))
            .ReadAsync<RenderedFramework>(HttpStatusCode.OK);

    private static async Task<HttpStatusCode> AddAsync(HttpClient client, FrameworkDefinition definition) =>
        (await client.PostAsync("/api/frameworks", EntityClient.Json(definition))).StatusCode;
}
