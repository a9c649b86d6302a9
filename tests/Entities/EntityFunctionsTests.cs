using System.Net;
using System.Text.Json.Nodes;

namespace Assay;

public sealed class EntityFunctionsTests(SharedApp shared) : IClassFixture<SharedApp>, IAsyncLifetime
{
    private readonly AssayApp app = shared.App;
    private Guid organization;
    private HttpClient client = null!;

    public async Task InitializeAsync()
    {
        organization = await app.Database.AddOrganizationAsync();
        client = await app.ClientOfAsync(organization, Role.Member);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public static TheoryData<string> Types() => [.. EntityType.Names];

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Every_type_is_made_read_changed_and_deleted_by_its_own_door_and_by_that_of_all(string name)
    {
        var type = EntityType.Find(name)!;
        var added = await client.AddAsync(
            type.Door,
            new { title = "One", content = SchemaExamples.Of(type.Content), tags = new[] { "a", "b", "a" } });

        Assert.Equal((name, 1, "draft"), (added.Type, added.Version, added.Status));
        Assert.Equal(["a", "b"], added.Tags);
        Assert.True(JsonNode.DeepEquals(SchemaExamples.Of(type.Content), added.Content));
        foreach (var door in new[] { type.Door, "entities" })
        {
            Assert.Equal("One", (await client.GetAsync<Entity>($"/api/{door}/{added.Id}")).Title);
            Assert.Contains((await client.GetAsync<Page<Entity>>($"/api/{door}")).Items, item => item.Id == added.Id);
        }
        var other = EntityType.All.First(another => another != type);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync($"/api/{other.Door}/{added.Id}")).StatusCode);

        var changed = await (await client.PatchAsync($"/api/entities/{added.Id}", new { title = "Two" }, 1))
            .ReadAsync<Entity>(HttpStatusCode.OK);
        Assert.Equal(("Two", 2), (changed.Title, changed.Version));
        var deleted = await client.SendAsync(HttpMethod.Delete, $"/api/{type.Door}/{added.Id}", null, 2);
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync($"/api/{type.Door}/{added.Id}")).StatusCode);
    }

    [Fact]
    public async Task What_is_deleted_is_in_the_bin_until_it_is_brought_back()
    {
        var prompt = await client.AddPromptAsync("Hello");
        await client.SendAsync(HttpMethod.Delete, $"/api/prompts/{prompt.Id}");

        Assert.Empty((await client.GetAsync<Page<Entity>>("/api/prompts")).Items);
        var binned = Assert.Single((await client.GetAsync<Page<Entity>>("/api/prompts?deleted=true")).Items);
        Assert.NotNull(binned.DeletedAt);
        var refused = await client.PatchAsync($"/api/prompts/{prompt.Id}", new { title = "No" });
        Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);

        var back = await (await client.PostAsync($"/api/prompts/{prompt.Id}/undelete", null))
            .ReadAsync<Entity>(HttpStatusCode.OK);
        Assert.Equal((3, null), (back.Version, back.DeletedAt));
        var again = await client.PostAsync($"/api/prompts/{prompt.Id}/undelete", null);
        Assert.Equal(HttpStatusCode.Conflict, again.StatusCode);
    }

    [Fact]
    public async Task A_patch_merges_into_the_content_and_one_that_says_nothing_new_makes_no_version()
    {
        var prompt = await client.AddAsync(
            "prompts",
            new { title = "Hello", content = new { text = "Hi {{name}}", language = "en" }, note = "First" });

        var merged = await (await client.PatchAsync(
            $"/api/prompts/{prompt.Id}", new { content = new { text = "Hello {{name}}" }, note = "Longer" }))
            .ReadAsync<Entity>(HttpStatusCode.OK);
        Assert.Equal(("Hello {{name}}", "en"), ((string?)merged.Content["text"], (string?)merged.Content["language"]));
        Assert.Equal((2, "Longer"), (merged.Version, merged.Note));

        var same = await (await client.PatchAsync(
            $"/api/prompts/{prompt.Id}", new { title = "Hello", note = "Nothing" }))
            .ReadAsync<Entity>(HttpStatusCode.OK);
        Assert.Equal((2, "Longer"), (same.Version, same.Note));
    }

    [Theory]
    [InlineData("prompts", """{"title":"A","content":{}}""", HttpStatusCode.BadRequest, "content.text")]
    [InlineData("prompts", """{"title":"A","content":{"text":"a","b":1}}""", HttpStatusCode.BadRequest, "content.b")]
    [InlineData("prompts", """{"title":"A","content":{"text":" "}}""", HttpStatusCode.UnprocessableEntity,
        "content.text")]
    [InlineData("prompts", """{"title":"A","content":{"text":"a","format":"html"}}""",
        HttpStatusCode.UnprocessableEntity, "content.format")]
    [InlineData("prompts", """{"title":"A","type":"context","content":{"text":"a"}}""",
        HttpStatusCode.UnprocessableEntity, "type")]
    [InlineData("prompts", """{"title":" ","content":{"text":"a"}}""", HttpStatusCode.UnprocessableEntity, "title")]
    [InlineData("prompts", """{"title":"A","content":{"text":"a"},"tags":["a,b"]}""",
        HttpStatusCode.UnprocessableEntity, "tags[0]")]
    [InlineData("entities", """{"title":"A","content":{"text":"a"}}""", HttpStatusCode.UnprocessableEntity, "type")]
    [InlineData("contexts", """{"title":"A","content":{"text":"a","priority":101}}""",
        HttpStatusCode.UnprocessableEntity, "content.priority")]
    [InlineData("templates",
        """{"title":"A","content":{"text":"a","variables":[{"name":"n","type":"integer","default":"x"}]}}""",
        HttpStatusCode.UnprocessableEntity, "content.variables[0].default")]
    [InlineData("templates",
        """{"title":"A","content":{"text":"a","variables":[{"name":"n"},{"name":"n"}]}}""",
        HttpStatusCode.UnprocessableEntity, "content.variables")]
    [InlineData("templates",
        """{"title":"A","content":{"text":"a","variables":[{"name":"n","allowedValues":["a",1]}]}}""",
        HttpStatusCode.UnprocessableEntity, "content.variables[0].allowedValues")]
    [InlineData("workflows", """{"title":"A","content":{"steps":[]}}""", HttpStatusCode.UnprocessableEntity,
        "content.steps")]
    public async Task What_does_not_fit_is_named(string door, string body, HttpStatusCode status, string field)
    {
        var answer = await client.PostAsync(
            $"/api/{door}", new StringContent(body, System.Text.Encoding.UTF8, "application/json"));

        Assert.Contains(field, (await answer.ErrorsAsync(status)).Keys);
        Assert.Empty((await client.GetAsync<Page<Entity>>("/api/entities")).Items);
    }

    [Fact]
    public async Task Lists_are_filtered_and_paged()
    {
        for (var n = 0; n < 5; n++)
            await client.AddAsync("prompts", new
            {
                title = $"Prompt {n}",
                content = new { text = "a" },
                status = n % 2 == 0 ? "active" : "draft",
                tags = new[] { $"tag{n}", "all" },
            });
        await client.AddAsync(
            "contexts", new { title = "Context", content = new { text = "a" }, tags = new[] { "all" } });

        Assert.Equal(["Prompt 4", "Prompt 2", "Prompt 0"], await TitlesAsync("prompts?status=active"));
        Assert.Equal(["Prompt 3"], await TitlesAsync("entities?tags=all,tag3"));
        Assert.Equal(["Prompt 3", "Prompt 1"], await TitlesAsync("entities?anyTags=tag1,tag3"));
        Assert.Equal(["Context"], await TitlesAsync("entities?type=context"));
        Assert.Equal(["Prompt 2"], await TitlesAsync("entities?text=PROMPT%202"));
        var first = await client.GetAsync<Page<Entity>>("/api/prompts?limit=3");
        var second = await client.GetAsync<Page<Entity>>($"/api/prompts?limit=3&after={first.Next}");
        Assert.Equal(
            ["Prompt 4", "Prompt 3", "Prompt 2", "Prompt 1", "Prompt 0"],
            first.Items.Concat(second.Items).Select(item => item.Title));
        Assert.Null(second.Next);
        foreach (var tags in new[] { "tags=all", "anyTags=all,tag1" })
            Assert.Equal(["Prompt 1", "Prompt 0"], await TitlesAsync($"prompts?{tags}&after={first.Next}"));
    }

    [Fact]
    public async Task Entities_are_found_by_the_tags_that_they_have_at_the_time()
    {
        var prompt = await client.AddAsync(
            "prompts", new { title = "Tagged", content = new { text = "a" }, tags = new[] { "old", "kept" } });
        var patched = await client.PatchAsync($"/api/prompts/{prompt.Id}", new { tags = new[] { "new", "kept" } });
        var changed = await patched.ReadAsync<Entity>(HttpStatusCode.OK);

        Assert.Empty(await TitlesAsync("prompts?tags=old"));
        Assert.Empty(await TitlesAsync("prompts?anyTags=old"));
        Assert.Equal(["Tagged"], await TitlesAsync("prompts?tags=new,kept"));
        Assert.Equal(["Tagged"], await TitlesAsync($"prompts?tags=old&asOf={Text(prompt.ValidFrom)}"));
        Assert.Empty(await TitlesAsync($"prompts?anyTags=old&asOf={Text(changed.ValidFrom)}"));
        Assert.Empty(await TitlesAsync($"prompts?asOf={Text(prompt.ValidFrom.AddMicroseconds(-1))}"));
    }

    [Fact]
    public async Task Everything_is_read_as_it_was_at_any_moment()
    {
        var prompt = await client.AddPromptAsync("One");
        var second = await (await client.PatchAsync($"/api/prompts/{prompt.Id}", new { title = "Two" }))
            .ReadAsync<Entity>(HttpStatusCode.OK);
        await client.SendAsync(HttpMethod.Delete, $"/api/prompts/{prompt.Id}");
        var fourth = await (await client.PostAsync($"/api/prompts/{prompt.Id}/undelete", null))
            .ReadAsync<Entity>(HttpStatusCode.OK);
        var third = await client.GetAsync<Entity>($"/api/prompts/{prompt.Id}/versions/3");

        Assert.Equal("One", await TitleAtAsync(prompt.Id, prompt.ValidFrom));
        Assert.Equal("One", await TitleAtAsync(prompt.Id, second.ValidFrom.AddMicroseconds(-1)));
        Assert.Equal("Two", await TitleAtAsync(prompt.Id, second.ValidFrom));
        Assert.Null(await TitleAtAsync(prompt.Id, third.ValidFrom));
        Assert.Equal("Two", await TitleAtAsync(prompt.Id, fourth.ValidFrom));
        Assert.Null(await TitleAtAsync(prompt.Id, prompt.ValidFrom.AddMicroseconds(-1)));
        Assert.Equal(["One"], await TitlesAsync($"prompts?asOf={Text(prompt.ValidFrom)}"));
        Assert.Empty(await TitlesAsync($"prompts?asOf={Text(third.ValidFrom)}"));
    }

    [Fact]
    public async Task Versions_are_listed_and_an_old_one_is_restored_as_a_new_one()
    {
        var prompt = await client.AddPromptAsync("One", "First text");
        for (var n = 2; n <= 4; n++)
            await client.PatchAsync($"/api/prompts/{prompt.Id}", new { title = $"Title {n}" });

        var restored = await (await client.SendAsync(
            HttpMethod.Post, $"/api/prompts/{prompt.Id}/restore", new { version = 1 }, 4))
            .ReadAsync<Entity>(HttpStatusCode.OK);
        Assert.Equal(("One", 5, "Restored from version 1"), (restored.Title, restored.Version, restored.Note));

        var first = await client.GetAsync<Page<Entity>>($"/api/prompts/{prompt.Id}/versions?limit=3");
        var rest = await client.GetAsync<Page<Entity>>(
            $"/api/prompts/{prompt.Id}/versions?limit=3&after={first.Next}");
        var all = first.Items.Concat(rest.Items).ToList();
        Assert.Equal([5, 4, 3, 2, 1], all.Select(version => version.Version));
        Assert.Null(all[0].ValidTo);
        Assert.Equal(
            all.Skip(1).Select(version => version.ValidTo),
            all.SkipLast(1).Select(version => (DateTimeOffset?)version.ValidFrom));
        var unknown = await client.SendAsync(HttpMethod.Post, $"/api/prompts/{prompt.Id}/restore", new { version = 9 });
        Assert.Equal("expected one of the versions 1 to 5",
            (await unknown.ErrorsAsync(HttpStatusCode.UnprocessableEntity))["version"]);
    }

    [Fact]
    public async Task What_is_private_is_seen_by_its_owner_alone_and_what_is_others_cannot_be_made_private()
    {
        var colleague = await app.ClientOfAsync(organization, Role.Owner);
        var hidden = await client.AddAsync(
            "prompts", new { title = "Hidden", content = new { text = "a" }, visibility = "private" });
        var open = await client.AddPromptAsync("Open");

        Assert.Equal(["Open", "Hidden"], await TitlesAsync("prompts"));
        Assert.Equal(
            ["Open"], (await colleague.GetAsync<Page<Entity>>("/api/prompts")).Items.Select(item => item.Title));
        foreach (var path in new[] { "", "/versions", "/versions/1" })
            Assert.Equal(
                HttpStatusCode.NotFound,
                (await colleague.GetAsync($"/api/prompts/{hidden.Id}{path}")).StatusCode);
        var taken = await colleague.PatchAsync($"/api/prompts/{open.Id}", new { visibility = "private" });
        Assert.Contains("visibility", (await taken.ErrorsAsync(HttpStatusCode.UnprocessableEntity)).Keys);
        Assert.Equal("organization", (await client.GetAsync<Entity>($"/api/prompts/{open.Id}")).Visibility);
    }

    [Fact]
    public async Task A_bulk_is_written_as_a_whole_or_not_at_all()
    {
        var prompt = await client.AddPromptAsync("Old");
        object context = new { entity = new { title = "New", type = "context", content = new { text = "a" } } };

        var refused = await BulkAsync(
            context,
            new { id = prompt.Id, version = 1, entity = new { title = " " } },
            new { id = prompt.Id, version = 1, entity = new { } },
            new { entity = new { title = "No type", content = new { text = "a" } } });
        Assert.Contains("items", (await refused.ErrorsAsync(HttpStatusCode.UnprocessableEntity)).Keys);
        refused = await BulkAsync(
            context,
            new { id = prompt.Id, version = 1, entity = new { title = " " } },
            new { id = Guid.NewGuid(), version = 1, entity = new { } },
            new { entity = new { title = "No type", content = new { text = "a" } } },
            new { entity = new { title = "No text", type = "prompt", content = new { } } });
        Assert.Equal(
            ["items[1].entity.title", "items[2].id", "items[3].entity.type", "items[4].entity.content.text"],
            (await refused.ErrorsAsync(HttpStatusCode.UnprocessableEntity)).Keys);
        Assert.Equal(["Old"], await TitlesAsync("entities"));

        var written = await (await BulkAsync(
            new { id = prompt.Id, version = 1, entity = new { title = "Changed" } }, context))
            .ReadAsync<EntityBulkAnswer>(HttpStatusCode.OK);
        Assert.Equal([("Changed", 2), ("New", 1)], written.Items.Select(item => (item.Title, item.Version)));
        Assert.Equal(["New", "Changed"], await TitlesAsync("entities"));

        async Task<HttpResponseMessage> BulkAsync(params object[] items) =>
            await client.PostAsync("/api/entities/bulk", EntityClient.Json(new { items }));
    }

    [Fact]
    public async Task Bulks_that_write_the_same_entities_at_once_wait_for_each_other()
    {
        var prompts = new List<Entity>();
        for (var n = 0; n < 20; n++)
            prompts.Add(await client.AddPromptAsync($"{n}"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => client.PostAsync(
            "/api/entities/bulk",
            EntityClient.Json(new
            {
                items = (writer % 2 == 0 ? prompts : Enumerable.Reverse(prompts)).Select(
                    prompt => new { id = prompt.Id, version = 1, entity = new { title = $"Writer {writer}" } }),
            }))));

        Assert.Equal(1, answers.Count(answer => answer.StatusCode == HttpStatusCode.OK));
        Assert.All(answers, answer => Assert.True(
            answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.Conflict or HttpStatusCode.UnprocessableEntity));
        Assert.Single((await TitlesAsync("prompts")).Distinct());
    }

    [Fact]
    public async Task Versions_are_compared()
    {
        var prompt = await client.AddPromptAsync("One", "Be brief.\nAnswer.");
        await client.PatchAsync($"/api/prompts/{prompt.Id}", new { content = new { text = "Be thorough.\nAnswer." } });

        var diff = await client.GetAsync<EntityDiff>($"/api/prompts/{prompt.Id}/diff");

        Assert.Equal((1, 2), (diff.From, diff.To));
        var change = Assert.Single(diff.Changes);
        Assert.Equal("/content/text", change.Path);
        Assert.Equal([DiffKind.Changed, DiffKind.Same], change.Lines!.Select(line => line.Kind));
        var unknown = await client.GetAsync($"/api/prompts/{prompt.Id}/diff?from=1&to=7");
        Assert.Contains("to", (await unknown.ErrorsAsync(HttpStatusCode.UnprocessableEntity)).Keys);
    }

    [Fact]
    public async Task What_was_deleted_long_ago_goes_for_good_with_its_history()
    {
        var (old, recent) = (await client.AddPromptAsync("Old"), await client.AddPromptAsync("Recent"));
        await client.AddPromptAsync("Live");
        foreach (var deleted in new[] { old, recent })
            await client.SendAsync(HttpMethod.Delete, $"/api/prompts/{deleted.Id}");
        await app.Database.ExecuteAsync(
            $"update core.entity set deleted_at = now() - interval '31 days' where id = '{old.Id}'");

        var purged = await new EntityPurge(app.Database.Jobs).RemoveAsync(
            DateTimeOffset.UtcNow.AddDays(-30), CancellationToken.None);

        Assert.Equal(1, purged);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync($"/api/prompts/{old.Id}/versions")).StatusCode);
        Assert.Equal(0, await app.Database.ValueAsync<long>(
            $"select count(*) from core.entity_version where entity_id = '{old.Id}'"));
        Assert.Equal(["Recent"], await TitlesAsync("prompts?deleted=true"));
        Assert.Equal(["Live"], await TitlesAsync("prompts"));
    }

    [Fact]
    public async Task A_saved_prompt_is_analyzed_in_one_of_its_versions()
    {
        var prompt = await client.AddPromptAsync("Support", "You are a support assistant. Answer briefly.");
        await client.PatchAsync($"/api/prompts/{prompt.Id}", new { content = new { text = "Other." } });

        var accepted = await client.PostAsync(
            "/api/analyses", EntityClient.Json(new { entityId = prompt.Id, entityVersion = 1 }));
        var run = await accepted.ReadAsync<AcceptedRun>(HttpStatusCode.Accepted);

        var analysis = (await client.GetAsync<Page<Analysis>>($"/api/analyses?entityId={prompt.Id}")).Items.Single();
        Assert.Equal((run.RunId, "Support", 1), (analysis.Id, analysis.Name, analysis.EntityVersion));
        foreach (var (body, field) in new (object, string)[]
            {
                (new { entityId = Guid.NewGuid() }, "entityId"),
                (new { entityId = prompt.Id, entityVersion = 9 }, "entityVersion"),
                (new { entityId = prompt.Id, text = "a" }, "text"),
                (new { text = "a", entityVersion = 1 }, "entityVersion"),
            })
        {
            var refused = await client.PostAsync("/api/analyses", EntityClient.Json(body));
            Assert.Contains(field, (await refused.ErrorsAsync(HttpStatusCode.UnprocessableEntity)).Keys);
        }
    }

    [Fact]
    public async Task Analyses_of_what_is_private_are_for_those_who_see_it_and_go_with_it()
    {
        var admin = await app.ClientOfAsync(organization, Role.Admin);
        var prompt = await client.AddAsync("prompts", new
        {
            title = "Own", visibility = "private", content = new { text = "You are a support assistant." },
        });
        var accepted = await client.PostAsync("/api/analyses", EntityClient.Json(new { entityId = prompt.Id }));
        var analysis = (await accepted.ReadAsync<AcceptedRun>(HttpStatusCode.Accepted)).RunId;

        // Its steps run in the background, which is nobody, and see it.
        await Eventually.TrueAsync(
            async () => (await client.GetAsync<JsonObject>($"/api/analyses/{analysis}"))["status"]!.ToString()
                == AnalysisStatus.Completed,
            TimeSpan.FromSeconds(60), () => "The analysis was not completed.");
        Assert.Equal(HttpStatusCode.NotFound, (await admin.GetAsync($"/api/analyses/{analysis}")).StatusCode);
        Assert.Empty((await admin.GetAsync<Page<JsonObject>>("/api/analyses")).Items);

        await client.PatchAsync($"/api/prompts/{prompt.Id}", new { visibility = "organization" });
        Assert.Equal(HttpStatusCode.OK, (await admin.GetAsync($"/api/analyses/{analysis}")).StatusCode);

        await client.PatchAsync($"/api/prompts/{prompt.Id}", new { visibility = "private" });
        await app.Database.ExecuteAsync($"delete from core.entity where id = '{prompt.Id}'");
        Assert.Equal(HttpStatusCode.NotFound, (await admin.GetAsync($"/api/analyses/{analysis}")).StatusCode);
    }

    [Fact]
    public async Task Fifty_who_write_at_once_leave_a_history_without_gaps_or_overlaps()
    {
        var prompt = await client.AddPromptAsync("Start");

        var writers = Enumerable.Range(0, 50).Select(async n =>
        {
            // Each writes once, whatever it takes.
            while (true)
            {
                var known = await client.GetAsync<Entity>($"/api/prompts/{prompt.Id}");
                var answer = await client.PatchAsync(
                    $"/api/prompts/{prompt.Id}", new { title = $"Writer {n}" }, known.Version);
                if (answer.StatusCode == HttpStatusCode.OK)
                    return;
                Assert.Equal(HttpStatusCode.PreconditionFailed, answer.StatusCode);
            }
        });
        await Task.WhenAll(writers);

        var versions = (await client.GetAsync<Page<Entity>>($"/api/prompts/{prompt.Id}/versions?limit=200")).Items;
        Assert.Equal(Enumerable.Range(1, 51).Reverse(), versions.Select(version => version.Version));
        Assert.Equal(50, versions.Select(version => version.Title).Where(title => title != "Start").Distinct().Count());
        Assert.Equal(0, await app.Database.ValueAsync<long>(
            """
            select count(*) from (
                select valid_to is distinct from lead(valid_from) over (partition by id order by version) as gap
                from core.entity_history) steps
            where gap
            """));
    }

    [Fact]
    public async Task A_stale_change_is_refused_and_one_without_a_version_too()
    {
        var prompt = await client.AddPromptAsync("One");
        await client.PatchAsync($"/api/prompts/{prompt.Id}", new { title = "Two" }, 1);

        var stale = await client.PatchAsync($"/api/prompts/{prompt.Id}", new { title = "Three" }, 1);
        var blind = await client.PatchAsync(
            new Uri($"/api/prompts/{prompt.Id}", UriKind.Relative), EntityClient.Json(new { title = "Three" }));

        Assert.Equal(HttpStatusCode.PreconditionFailed, stale.StatusCode);
        Assert.Equal(HttpStatusCode.PreconditionRequired, blind.StatusCode);
        Assert.Equal("Two", (await client.GetAsync<Entity>($"/api/prompts/{prompt.Id}")).Title);
    }

    private static string Text(DateTimeOffset moment) => Uri.EscapeDataString($"{moment:O}");

    private async Task<string[]> TitlesAsync(string list) =>
        [.. (await client.GetAsync<Page<Entity>>($"/api/{list}")).Items.Select(item => item.Title)];

    private async Task<string?> TitleAtAsync(Guid id, DateTimeOffset moment)
    {
        var answer = await client.GetAsync($"/api/entities/{id}?asOf={Text(moment)}");
        return answer.StatusCode == HttpStatusCode.NotFound
            ? null
            : (await answer.ReadAsync<Entity>(HttpStatusCode.OK)).Title;
    }
}
