using System.Net;
using System.Text.Json.Nodes;

namespace Assay;

public sealed class LargeEntityTests(SharedApp shared) : IClassFixture<SharedApp>, IAsyncLifetime
{
    private static readonly string text = string.Concat(Enumerable.Repeat("ä long one ", 90_000));

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
    public async Task A_page_ends_where_there_is_no_room_for_more_and_the_next_goes_on()
    {
        var made = new List<Guid>();
        foreach (var number in Enumerable.Range(0, 9))
            made.Add((await client.AddPromptAsync($"{number}", number == 4 ? "short" : text)).Id);
        await (await client.PatchAsync($"/api/prompts/{made[0]}", new { title = "b" }))
            .ReadAsync<Entity>(HttpStatusCode.OK);

        foreach (var path in new[] { "/api/prompts", "/api/entities", $"/api/prompts/{made[0]}/versions" })
        {
            var (seen, pages) = (new List<Guid>(), 0);
            for (string? next = ""; next is not null; pages++)
            {
                var answer = await client.GetAsync($"{path}?limit=200{(next.Length > 0 ? $"&after={next}" : "")}");
                Assert.True(answer.Content.Headers.ContentLength is null or < 6_000_000);
                var page = await answer.ReadAsync<Page<Entity>>(HttpStatusCode.OK);
                Assert.All(page.Items, item => Assert.NotNull(item.Content));
                seen.AddRange(page.Items.Select(item => item.Id));
                next = page.Next;
            }
            if (path.EndsWith("versions"))
                Assert.Equal([made[0], made[0]], seen);
            else
            {
                Assert.Equal(Enumerable.Reverse(made), seen);
                Assert.Equal(3, pages);
            }
        }
    }

    [Fact]
    public async Task A_content_has_a_limit_of_its_own_and_so_have_those_that_are_changed_together()
    {
        var values = Enumerable.Range(0, 5).Select(n => $"{n}{text}").ToArray();
        var variables = new[] { new { name = "a", allowedValues = values } };
        var refused = await client.PostAsync(
            "/api/prompts", EntityClient.Json(new { title = "a", content = new { text = "{{a}}", variables } }));
        Assert.Equal(
            "expected at most 4,194,304 bytes of JSON",
            (await refused.ErrorsAsync(HttpStatusCode.UnprocessableEntity))["content"]);

        var items = new List<object>();
        foreach (var _ in Enumerable.Range(0, 17))
        {
            var known = await client.AddPromptAsync("a", text);
            items.Add(new { id = known.Id, version = 1, entity = new { title = "b" } });
        }
        var bulk = await client.PostAsync("/api/entities/bulk", EntityClient.Json(new { items }));
        Assert.Contains(
            "at most 16,777,216 bytes", (await bulk.ErrorsAsync(HttpStatusCode.UnprocessableEntity))["items"]);
        var few = await client.PostAsync("/api/entities/bulk", EntityClient.Json(new { items = items.Take(2) }));
        Assert.Equal(2, (await few.ReadAsync<JsonObject>(HttpStatusCode.OK))["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task Programs_list_prompts_page_by_page()
    {
        foreach (var number in Enumerable.Range(0, 6))
            await client.AddTextAsync($"{number}", text, status: "active");

        var (names, cursor, pages) = (new List<string>(), (string?)null, 0);
        do
        {
            var answer = await (await client.PostAsync("/api/mcp", EntityClient.Json(new
            {
                jsonrpc = "2.0", id = 1, method = "prompts/list", @params = new { cursor },
            }))).ReadAsync<JsonObject>(HttpStatusCode.OK);
            var result = answer["result"]!;
            names.AddRange(result["prompts"]!.AsArray().Select(prompt => (string)prompt!["title"]!));
            cursor = (string?)result["nextCursor"];
            pages++;
        }
        while (cursor is not null);

        Assert.Equal(["5", "4", "3", "2", "1", "0"], names);
        Assert.Equal(2, pages);
    }

    [Fact]
    public async Task The_audit_ends_its_pages_where_there_is_no_room_for_more()
    {
        foreach (var number in Enumerable.Range(0, 5))
            await client.AddPromptAsync($"{number}", text);
        var admin = await app.ClientOfAsync(organization, Role.Admin);

        var (seen, pages) = (new List<Guid>(), 0);
        for (string? next = ""; next is not null; pages++)
        {
            var page = await admin.GetAsync<Page<AuditEntry>>(
                $"/api/audit?limit=200&entityType=entity{(next.Length > 0 ? $"&after={next}" : "")}");
            Assert.All(page.Items, entry => Assert.NotNull(entry.EntityType));
            seen.AddRange(page.Items.Select(entry => entry.EntityId));
            next = page.Next;
        }

        Assert.Equal(5, seen.Distinct().Count());
        Assert.True(pages > 1);
    }

    [Fact]
    public async Task Metadata_of_relationships_have_their_limit_also_when_they_change()
    {
        var (a, b) = (await client.AddPromptAsync("a"), await client.AddPromptAsync("b"));
        var made = await (await client.PostAsync("/api/relationships", EntityClient.Json(
            new { sourceId = a.Id, targetId = b.Id, type = "suggests" })))
            .ReadAsync<Relationship>(HttpStatusCode.Created);

        var changed = await client.PatchAsync(
            $"/api/relationships/{made.Id}", new { metadata = new { text } });

        Assert.Contains(
            "at most 65,536 characters", (await changed.ErrorsAsync(HttpStatusCode.UnprocessableEntity))["metadata"]);
    }
}
