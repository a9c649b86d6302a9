using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Assay;

public sealed class SearchTests(DocumentsApp fixture) : IClassFixture<DocumentsApp>
{
    private const string Coffee = "# Coffee\n\nGrind the beans finely & pour <hot> water over them.\n";
    private const string Tea = "# Tea\n\nSteep the leaves in hot water for three minutes.\n";

    [Theory]
    [InlineData("vector")]
    [InlineData("text")]
    [InlineData("hybrid")]
    public async Task Every_mode_finds_what_was_asked_for_first(string mode)
    {
        var (_, api) = await fixture.NewOrganizationAsync();
        var coffee = await api.IngestAsync("coffee.md", Coffee);
        await api.IngestAsync("tea.md", Tea);

        var hits = await api.SearchAsync(new { query = "grinding beans", mode });

        var best = hits[0]!;
        Assert.Equal(coffee, (Guid)best["documentId"]!);
        Assert.Equal(("Coffee", 0, Coffee.Length),
            ((string)best["title"]!, (int)best["startOffset"]!, (int)best["endOffset"]!));
        Assert.Equal("Coffee", (string)best["headingPath"]![0]!);
        Assert.Contains("<mark>Grind</mark> the <mark>beans</mark>", (string)best["snippet"]!);
        Assert.Contains("&amp; pour", (string)best["snippet"]!);
        Assert.Equal(mode != "text", best["vector"] is not null);
        Assert.Equal(mode != "vector", best["text"] is not null);
        Assert.InRange((double)best["score"]!, 0.0001, 1);
    }

    [Fact]
    public async Task A_hit_that_is_first_in_both_rankings_has_the_score_one()
    {
        var (_, api) = await fixture.NewOrganizationAsync();
        await api.IngestAsync("coffee.md", Coffee);
        await api.IngestAsync("tea.md", Tea);

        var hits = await api.SearchAsync(new { query = "grind beans" });

        Assert.Equal(1, (double)hits[0]!["score"]!, 9);
        Assert.Equal((1, 1), ((int)hits[0]!["vector"]!["rank"]!, (int)hits[0]!["text"]!["rank"]!));
        Assert.True((double)hits[1]!["score"]! < 1);
        Assert.Single(await api.SearchAsync(new { query = "grind beans", minScore = 0.9 }));
        Assert.Single(await api.SearchAsync(new { query = "grind beans", limit = 1 }));
    }

    [Fact]
    public async Task What_stands_in_angle_brackets_is_found_and_shown()
    {
        var (_, api) = await fixture.NewOrganizationAsync();
        await api.IngestAsync("tags.txt", "Put the task into <instructions>, and the data behind it into List<int>.");

        var hit = Assert.Single(await api.SearchAsync(new { query = "instructions int", mode = "text" }));

        Assert.Contains("&lt;<mark>instructions</mark>&gt;", (string)hit!["snippet"]!);
        Assert.Contains("List&lt;<mark>int</mark>", (string)hit["snippet"]!);
    }

    [Fact]
    public async Task Words_are_stemmed_as_the_language_of_their_part_does()
    {
        var (_, api) = await fixture.NewOrganizationAsync();
        var german = await api.IngestAsync(
            "wohnen.md", "# Wohnen\n\nViele Kunden kaufen Häuser am Rand der Stadt, weil es dort ruhiger ist.\n");
        var english = await api.IngestAsync(
            "living.md", "# Living\n\nMany customers buy houses outside of the city, because it is quieter there.\n");

        var haus = Assert.Single(await api.SearchAsync(new { query = "haus", mode = "text" }));
        Assert.Equal(german, (Guid)haus!["documentId"]!);
        Assert.Contains("<mark>Häuser</mark>", (string)haus["snippet"]!);
        var house = Assert.Single(await api.SearchAsync(new { query = "buying house", mode = "text" }));
        Assert.Equal(english, (Guid)house!["documentId"]!);
    }

    [Fact]
    public async Task Documents_with_equal_text_are_both_found()
    {
        var (_, api) = await fixture.NewOrganizationAsync();
        var ids = new[] { await api.IngestAsync("a.md", Coffee), await api.IngestAsync("b.md", Coffee) };

        foreach (var mode in new[] { "vector", "text", "hybrid" })
        {
            var hits = await api.SearchAsync(new { query = "grind beans", mode });
            Assert.Equal(ids.Order(), hits.Select(hit => (Guid)hit!["documentId"]!).Order());
        }
    }

    [Fact]
    public async Task Filters_leave_out_other_documents_and_headings()
    {
        var (_, api) = await fixture.NewOrganizationAsync();
        var coffee = await api.IngestAsync("coffee.md", Coffee);
        var tea = await api.IngestAsync("tea.md", Tea);
        await api.IngestAsync("water.txt", "Hot water for everything.");

        Assert.Equal([tea], await FoundAsync(api, new { query = "hot water", documentIds = new[] { tea } }));
        Assert.Equal([coffee], await FoundAsync(api, new { query = "hot water", headings = new[] { "Coffee" } }));
        Assert.Equal(2, (await FoundAsync(api, new { query = "hot water", contentType = "text/markdown" })).Count);
        var later = DateTimeOffset.UtcNow.AddHours(1);
        Assert.Empty(await FoundAsync(api, new { query = "hot water", createdFrom = later }));
        Assert.Equal(3, (await FoundAsync(api, new { query = "hot water", createdTo = later })).Count);
        Assert.Empty(await FoundAsync(api, new { query = "hot water", documentIds = new[] { Guid.NewGuid() } }));
    }

    [Theory]
    [InlineData("\"hot water\"", 2)]
    [InlineData("water -leaves", 1)]
    [InlineData("beans or leaves", 2)]
    [InlineData("beans leaves", 0)]
    [InlineData("((( ' \" & | ! :* <->", 0)]
    [InlineData("the", 0)]
    public async Task Text_queries_read_as_web_searches_do(string query, int found)
    {
        var (_, api) = await fixture.NewOrganizationAsync();
        await api.IngestAsync("coffee.md", "Grind the beans and pour hot water.");
        await api.IngestAsync("tea.md", Tea);

        Assert.Equal(found, (await api.SearchAsync(new { query, mode = "text" })).Count);
    }

    [Fact]
    public async Task A_rare_organization_finds_its_own_among_many_nearer_vectors_of_others()
    {
        var (_, crowd) = await fixture.NewOrganizationAsync();
        var (_, api) = await fixture.NewOrganizationAsync();
        var crowded = string.Concat(
            Enumerable.Range(0, 400).Select(n => $"# Part {n}\nGrind the beans, variant {n}.\n"));
        await crowd.IngestAsync("crowd.md", crowded);
        var id = await api.IngestAsync("one.txt", "Grind some beans with care, said the old man.");

        var hits = await api.SearchAsync(new { query = "Grind the beans, variant 7.", mode = "vector" });

        Assert.Equal(id, (Guid)Assert.Single(hits)!["documentId"]!);
    }

    [Theory]
    [InlineData("""{"query":""}""", HttpStatusCode.UnprocessableEntity, "query")]
    [InlineData("""{"query":"x","limit":0}""", HttpStatusCode.UnprocessableEntity, "limit")]
    [InlineData("""{"query":"x","minScore":2}""", HttpStatusCode.UnprocessableEntity, "minScore")]
    [InlineData("""{"query":"x","mode":"psychic"}""", HttpStatusCode.BadRequest, "mode")]
    [InlineData("""{"query":"x","speed":1}""", HttpStatusCode.BadRequest, "speed")]
    [InlineData("""{"mode":"text"}""", HttpStatusCode.BadRequest, "query")]
    public async Task Requests_that_are_wrong_are_told_where(string body, HttpStatusCode status, string field)
    {
        var (_, api) = await fixture.NewOrganizationAsync();

        var response = await api.Client.PostAsync(
            "/api/documents/search", new StringContent(body, System.Text.Encoding.UTF8, "application/json"));

        Assert.Equal(status, response.StatusCode);
        var problem = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.NotNull(problem["errors"]![field]);
    }

    [Fact]
    public async Task Using_documents_is_logged()
    {
        var (slug, api) = await fixture.NewOrganizationAsync();
        await api.IngestAsync("coffee.md", Coffee);
        await api.Client.PostAsJsonAsync("/api/documents/search", new { query = "beans" });

        Assert.Equal("document-ingest,document-search", await fixture.App.Database.ValueAsync<string>(
            $"""
            select string_agg(u.feature, ',' order by u.feature)
            from ops.usage_event u join ops.organization o on o.id = u.organization_id
            where o.slug = '{slug}' and u.status = 'succeeded' and u.input_tokens > 0
            """));
    }

    private static async Task<IReadOnlyList<Guid>> FoundAsync(DocumentsApi api, object request) =>
        [.. (await api.SearchAsync(request)).Select(hit => (Guid)hit!["documentId"]!)];
}
