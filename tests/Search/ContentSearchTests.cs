using System.Net;

namespace Assay;

public sealed class ContentSearchTests(SharedApp fixture) : IClassFixture<SharedApp>
{
    [Theory]
    [InlineData("text")]
    [InlineData("vector")]
    [InlineData("hybrid")]
    public async Task Every_mode_finds_what_was_asked_for_first(string mode)
    {
        var (organization, client) = await fixture.NewOrganizationAsync();
        var refund = await client.AddTextAsync("Refund", "Explain how a <refund> is paid & when.");
        await client.AddTextAsync("Tea", "Steep the leaves for three minutes.");
        await fixture.EmbedAsync(organization);

        var best = (await client.SearchAsync(new { query = "refund paid", mode })).Items[0];

        Assert.Equal((refund.Id, ContentKind.Entity, "prompt"), (best.Id, best.Kind, best.Entity!.Type));
        Assert.Contains("a &lt;<mark>refund</mark>&gt; is <mark>paid</mark> &amp; when", best.Snippet);
        Assert.Equal(mode == "text" ? null : 1, best.VectorRank);
        Assert.Equal(mode == "vector" ? null : 1, best.TextRank);
        Assert.InRange(best.Score, 0.0001, 1);
        if (mode == "hybrid")
            Assert.Equal(1, best.Score);
    }

    [Theory]
    [InlineData("refunds", "A, B")]
    [InlineData("refund exchange", "B")]
    [InlineData("\"paid quickly\"", "A")]
    [InlineData("\"quickly paid\"", "")]
    [InlineData("quickly or exchange", "A, B")]
    [InlineData("refund -quickly", "B")]
    [InlineData("exch*", "B")]
    [InlineData("exchanging*", "B")]
    [InlineData("-exch* refund", "A")]
    [InlineData("the", "")]
    [InlineData("((( ' \\ & | ! :* <-> \" * -", "")]
    public async Task Queries_know_phrases_alternatives_exclusions_and_beginnings(string query, string found)
    {
        var (_, client) = await fixture.NewOrganizationAsync();
        await client.AddTextAsync("A", "A refund is paid quickly.");
        await client.AddTextAsync("B", "Exchanges and the refund of a purchase.");

        var hits = (await client.SearchAsync(new { query, mode = "text" })).Items;

        Assert.Equal(found, string.Join(", ", hits.Select(hit => hit.Title).Order()));
    }

    [Theory]
    [InlineData("/api/search")]
    [InlineData("/api/documents/search")]
    public async Task A_word_five_hundred_times_is_searched_for_once_and_five_hundred_words_are_refused(string path)
    {
        var (_, client) = await fixture.NewOrganizationAsync();
        await client.AddTextAsync("A", "A refund is paid quickly.", language: "th");
        await client.PostAsync(path, EntityClient.Json(new { query = "a", mode = "text" }));
        var watch = System.Diagnostics.Stopwatch.StartNew();

        var found = await client.PostAsync(
            path, EntityClient.Json(new { query = string.Concat(Enumerable.Repeat("a ", 500)), mode = "text" }));

        Assert.Equal(HttpStatusCode.OK, found.StatusCode);
        // A hundredth of it where nothing else runs; it did not end in half a minute.
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        var refused = await client.PostAsync(
            path, EntityClient.Json(new { query = string.Join(' ', Enumerable.Range(0, 500)), mode = "text" }));
        Assert.Equal(
            "expected at most 16 different words",
            (await refused.ErrorsAsync(HttpStatusCode.UnprocessableEntity))["query"]);
    }

    [Fact]
    public async Task Words_are_stemmed_as_their_language_does()
    {
        var (_, client) = await fixture.NewOrganizationAsync();
        await client.AddTextAsync("English", "Conversations about houses.");
        await client.AddTextAsync("Deutsch", "Kunden kaufen Häuser.", language: "de");
        await client.AddTextAsync("Thai-ish", "houses haus", language: "th");

        Assert.Equal("English", await client.TitlesAsync(new { query = "house", mode = "text" }));
        Assert.Equal("Deutsch, Thai-ish", string.Join(", ", (await client.SearchAsync(
            new { query = "haus", mode = "text" })).Items.Select(hit => hit.Title).Order()));
        Assert.Equal("Deutsch", await client.TitlesAsync(
            new { query = "haus", mode = "text", filter = new { languages = new[] { "de" } } }));
    }

    [Fact]
    public async Task A_language_that_nobody_said_is_found_out()
    {
        var (organization, client) = await fixture.NewOrganizationAsync();
        await client.AddTextAsync(
            "Anleitung", "Beantworte die Fragen der Kunden freundlich und nenne immer die passenden Abteilungen.",
            language: "auto");
        await fixture.EmbedAsync(organization);

        var hit = Assert.Single((await client.SearchAsync(new { query = "Abteilung", mode = "text" })).Items);

        Assert.Equal("de", hit.Entity!.Language);
    }

    [Fact]
    public async Task Filters_leave_out_the_others()
    {
        var (_, client) = await fixture.NewOrganizationAsync();
        var mine = await client.AddTextAsync("A", "refund", tags: ["x", "y"], status: "active");
        await client.AddTextAsync("B", "refund", tags: ["y"]);
        await client.AddAsync("contexts", new { title = "C", content = new { text = "refund" } });
        await client.PutAsync($"/api/prompts/{mine.Id}/labels/live", EntityClient.Json(new { version = 1 }));
        var later = mine.CreatedAt.AddHours(1);

        foreach (var mode in new[] { "text", "hybrid" })
        {
            Task<string> Titles(object filter) => TitlesAsync(client, mode, filter);
            Assert.Equal("C", await Titles(new { types = new[] { "context", "library" } }));
            Assert.Equal("A", await Titles(new { tags = new[] { "x", "y" } }));
            Assert.Equal("A, B", await Titles(new { anyTags = new[] { "x", "y" } }));
            Assert.Equal("A", await Titles(new { statuses = new[] { "active" } }));
            Assert.Equal("A, B, C", await Titles(new { visibilities = new[] { "organization" } }));
            Assert.Equal("A, B, C", await Titles(new { ownerIds = new[] { mine.OwnerId } }));
            Assert.Equal("", await Titles(new { ownerIds = new[] { Guid.NewGuid() } }));
            Assert.Equal("", await Titles(new { createdFrom = later }));
            Assert.Equal("A, B, C", await Titles(new { createdTo = later, changedTo = later }));
            Assert.Equal("", await Titles(new { changedFrom = later }));
            Assert.Equal("A, B", await Titles(new { languages = new[] { "en" } }));
            Assert.Equal("A", await Titles(new { labels = new[] { "live", "production" } }));
            Assert.Equal("", await Titles(new { labels = new[] { "production" } }));
        }
    }

    [Fact]
    public async Task What_others_keep_private_shows_in_no_hit_facet_or_count()
    {
        var (organization, client) = await fixture.NewOrganizationAsync();
        var colleague = await fixture.App.ClientOfAsync(organization, Role.Owner);
        var (_, stranger) = await fixture.NewOrganizationAsync();
        await client.AddTextAsync("Hidden", "refund", "private", tags: ["secret"]);
        await client.AddTextAsync("Shown", "refund", tags: ["open"]);
        await fixture.EmbedAsync(organization);

        foreach (var mode in new[] { "text", "vector", "hybrid" })
        {
            var search = new { query = "refund", mode, facets = true };
            var (own, other) = (await client.SearchAsync(search), await colleague.SearchAsync(search));
            Assert.Equal((2, 2), (own.Items.Count, own.Facets!.Entities));
            Assert.Equal("Shown", Assert.Single(other.Items).Title);
            Assert.Equal(
                (1, new FacetCount("open", 1), new FacetCount("organization", 1), new FacetCount("prompt", 1)),
                (other.Facets!.Entities, other.Facets.Tags.Single(), other.Facets.Visibilities.Single(),
                    other.Facets.Types.Single()));
            Assert.Empty((await stranger.SearchAsync(search)).Items);
        }
    }

    [Fact]
    public async Task Facets_count_all_that_was_found_and_leave_the_order_as_it_is()
    {
        var (_, client) = await fixture.NewOrganizationAsync();
        for (var n = 0; n < 12; n++)
            await client.AddTextAsync(
                $"{n}", "refund", tags: n < 3 ? ["few", "all"] : ["all"], status: n < 5 ? "active" : "draft");

        var page = await client.SearchAsync(new { query = "refund", mode = "text", facets = true, limit = 5 });
        var plain = await client.SearchAsync(new { query = "refund", mode = "text", limit = 5 });

        Assert.Equal(plain.Items.Select(hit => hit.Id), page.Items.Select(hit => hit.Id));
        Assert.Equal((12, false), (page.Facets!.Entities, page.Facets.IsCapped));
        Assert.Equal([new("all", 12), new("few", 3)], page.Facets.Tags);
        Assert.Equal([new("draft", 7), new("active", 5)], page.Facets.Statuses);
        Assert.Equal(12, page.Facets.Owners.Single().Count);
        Assert.Null(plain.Facets);
    }

    [Fact]
    public async Task Facets_are_kept_until_something_changes_that_they_count()
    {
        var (organization, client) = await fixture.NewOrganizationAsync();
        var refund = await client.AddTextAsync("Refund", "refund");
        async Task<int> CountAsync(object? filter = null) => (await client.SearchAsync(
            new { query = "refund", mode = "text", facets = true, limit = 5, filter })).Facets!.Entities;

        Assert.Equal(1, await CountAsync());
        await fixture.App.Database.ExecuteAsync(
            $$"""
            update ops.cache_entry set value = jsonb_set(value::jsonb, '{entities}', '99')::text
            where organization_id = '{{organization}}'
            """);
        Assert.Equal(99, await CountAsync());

        await client.AddTextAsync("Another", "refund");
        Assert.Equal(2, await CountAsync());

        var labeled = new { labels = new[] { "live" } };
        Assert.Equal(0, await CountAsync(labeled));
        await client.PutAsync($"/api/prompts/{refund.Id}/labels/live", EntityClient.Json(new { version = 1 }));
        Assert.Equal(1, await CountAsync(labeled));
    }

    [Theory]
    [InlineData("text")]
    [InlineData("vector")]
    [InlineData("hybrid")]
    public async Task Pages_repeat_nothing_and_lose_nothing_while_rows_come_and_go(string mode)
    {
        var (organization, client) = await fixture.NewOrganizationAsync();
        var there = new List<Entity>();
        for (var n = 0; n < 20; n++)
            there.Add(await client.AddTextAsync(
                $"Prompt {n}", $"refund {string.Concat(Enumerable.Repeat("word ", n))}"));
        await fixture.EmbedAsync(organization);
        object Search(string? after) => new { query = "refund", mode, limit = 3, after };

        var seen = new List<Guid>();
        var (removed, after, round) = (new List<Guid>(), (string?)null, 0);
        do
        {
            var page = await client.SearchAsync(Search(after));
            seen.AddRange(page.Items.Select(hit => hit.Id));
            after = page.Next;
            // One that would be the best comes, one that was not shown yet goes, one that was shown goes too, and one
            // that was not changes so that it would be the best.
            await client.AddTextAsync($"refund {round}", "refund refund refund");
            foreach (var going in new[] { there.LastOrDefault(e => !seen.Contains(e.Id) && !removed.Contains(e.Id)),
                there.FirstOrDefault(e => seen.Contains(e.Id) && !removed.Contains(e.Id)) }.OfType<Entity>())
            {
                removed.Add(going.Id);
                await client.SendAsync(HttpMethod.Delete, $"/api/prompts/{going.Id}");
            }
            if (there.FirstOrDefault(e => !seen.Contains(e.Id) && !removed.Contains(e.Id)) is { } changing)
                await client.PatchAsync($"/api/prompts/{changing.Id}", new { title = "refund refund" });
            await fixture.EmbedAsync(organization);
            round++;
        }
        while (after is not null && round < 10);

        Assert.Equal(seen.Distinct(), seen);
        Assert.Subset(there.Select(entity => entity.Id).ToHashSet(), seen.ToHashSet());
        Assert.Empty(there.Select(entity => entity.Id).Except(seen).Except(removed));
        Assert.True(round > 4);
    }

    [Fact]
    public async Task A_page_shows_nothing_that_became_private_or_was_deleted_meanwhile()
    {
        var (organization, client) = await fixture.NewOrganizationAsync();
        var colleague = await fixture.App.ClientOfAsync(organization, Role.Member);
        for (var n = 0; n < 3; n++)
            await client.AddTextAsync($"{n}", "refund");

        var first = await colleague.SearchAsync(new { query = "refund", mode = "text", limit = 1 });
        foreach (var entity in (await client.GetAsync<Page<Entity>>("/api/prompts")).Items)
            await client.PatchAsync($"/api/prompts/{entity.Id}", new { visibility = "private" });
        var rest = await colleague.SearchAsync(
            new { query = "refund", mode = "text", limit = 10, after = first.Next });

        Assert.Single(first.Items);
        Assert.Empty(rest.Items);
        Assert.Null(rest.Next);
    }

    [Fact]
    public async Task Chunks_are_found_by_whoever_may_read_documents()
    {
        var (organization, client) = await fixture.NewOrganizationAsync();
        var documents = new DocumentsApi(client);
        var document = await documents.IngestAsync("refunds.md", "# Refunds\n\nA refund takes ten days.\n");
        await client.AddTextAsync("Prompt", "Explain the refund.");
        var narrow = await fixture.App.ClientOfAsync(organization, Role.Member, Permissions.EntitiesRead);

        var both = await client.SearchAsync(new { query = "refund", mode = "text" });
        var chunk = both.Items.Single(hit => hit.Kind == ContentKind.Chunk);

        Assert.Equal(2, both.Items.Count);
        Assert.Equal((document, "Refunds"), (chunk.Chunk!.DocumentId, chunk.Chunk.HeadingPath[0]));
        Assert.Contains("<mark>refund</mark> takes", chunk.Snippet);
        Assert.Equal("Prompt", await narrow.TitlesAsync(new { query = "refund", mode = "text" }));
        Assert.Equal(ContentKind.Chunk, Assert.Single(
            (await client.SearchAsync(new { query = "refund", kinds = new[] { "chunk" } })).Items).Kind);
        var refused = await narrow.PostAsync(
            "/api/search", EntityClient.Json(new { query = "refund", kinds = new[] { "chunk" } }));
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        // A cursor gives nobody more than they may read.
        var page = await client.SearchAsync(new { query = "refund", mode = "text", limit = 1 });
        Assert.All(
            (await narrow.SearchAsync(new { query = "refund", mode = "text", limit = 10, after = page.Next })).Items,
            hit => Assert.Equal(ContentKind.Entity, hit.Kind));
    }

    [Fact]
    public async Task Requests_that_are_wrong_are_told_where()
    {
        var (_, client) = await fixture.NewOrganizationAsync();
        await client.AddTextAsync("A", "refund");
        await client.AddTextAsync("B", "refund");
        var after = (await client.SearchAsync(new { query = "refund", mode = "text", limit = 1 })).Next;

        foreach (var (field, body) in new (string, object)[]
        {
            ("query", new { query = "" }),
            ("limit", new { query = "a", limit = 101 }),
            ("filter.types[0]", new { query = "a", filter = new { types = new[] { "poem" } } }),
            ("filter", new { query = "a", kinds = new[] { "chunk" }, filter = new { types = new[] { "prompt" } } }),
            ("after", new { query = "a", after = "what" }),
            ("after", new { query = "another", mode = "text", after }),
        })
        {
            var answer = await client.PostAsync("/api/search", EntityClient.Json(body));
            Assert.Contains(field, (await answer.ErrorsAsync(HttpStatusCode.UnprocessableEntity)).Keys);
        }
    }

    [Fact]
    public async Task A_text_with_more_words_than_a_search_vector_takes_is_found_by_its_beginning()
    {
        var (_, client) = await fixture.NewOrganizationAsync();
        var words = string.Join(' ', Enumerable.Range(0, 110_000).Select(n => $"w{n:x7}"));
        await client.AddTextAsync("Long", $"refund {words}");

        Assert.Equal("Long", await client.TitlesAsync(new { query = "refund w0000100", mode = "text" }));
    }

    private static async Task<string> TitlesAsync(HttpClient client, string mode, object filter) =>
        string.Join(", ", (await client.SearchAsync(new { query = "refund", mode, filter }))
            .Items.Select(hit => hit.Title).Order());
}
