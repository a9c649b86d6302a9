using System.Net;

namespace Assay;

public sealed class RelationshipFunctionsTests(SharedApp shared) : IClassFixture<SharedApp>, IAsyncLifetime
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

    [Fact]
    public async Task A_relationship_is_made_listed_changed_and_removed()
    {
        var (a, b) = (await client.AddPromptAsync("A"), await client.AddPromptAsync("B"));

        var made = await RelateAsync(a, b, "derived_from", 0.25);
        Assert.Equal((0.25, 1), (made.Strength, made.Version));
        Assert.Equal(HttpStatusCode.Conflict, (await SendAsync(a.Id, b.Id, "derived_from")).StatusCode);
        foreach (var list in new[]
            {
                "relationships", $"relationships?sourceId={a.Id}", $"relationships?targetId={b.Id}&type=derived_from",
                $"prompts/{a.Id}/relationships", $"entities/{b.Id}/relationships",
            })
            Assert.Equal(
                [made.Id],
                (await client.GetAsync<Page<Relationship>>($"/api/{list}")).Items.Select(one => one.Id));

        var changed = await (await client.PatchAsync($"/api/relationships/{made.Id}", new { strength = 0.5 }, 1))
            .ReadAsync<Relationship>(HttpStatusCode.OK);
        Assert.Equal((0.5, 2), (changed.Strength, changed.Version));
        Assert.Equal(
            HttpStatusCode.NoContent,
            (await client.SendAsync(HttpMethod.Delete, $"/api/relationships/{made.Id}", null, 2)).StatusCode);
        Assert.Empty((await client.GetAsync<Page<Relationship>>("/api/relationships")).Items);
        var before = await client.GetAsync<Page<Relationship>>($"/api/relationships?asOf={Text(changed.ValidFrom)}");
        Assert.Equal(0.5, Assert.Single(before.Items).Strength);
    }

    [Theory]
    [InlineData("depends_on")]
    [InlineData("part_of")]
    public async Task What_would_close_a_cycle_is_refused(string type)
    {
        var (a, b) = (await client.AddPromptAsync("A"), await client.AddPromptAsync("B"));
        var c = await client.AddPromptAsync("C");
        await RelateAsync(a, b, type);
        await RelateAsync(b, c, type);

        Assert.Equal(HttpStatusCode.Conflict, (await SendAsync(c.Id, a.Id, type)).StatusCode);
        await RelateAsync(c, a, "suggests");
        var self = await SendAsync(a.Id, a.Id, type);
        Assert.Contains("targetId", (await self.ErrorsAsync(HttpStatusCode.UnprocessableEntity)).Keys);
    }

    [Fact]
    public async Task Of_those_who_close_a_cycle_at_once_one_is_refused()
    {
        for (var round = 0; round < 10; round++)
        {
            var ring = await Task.WhenAll(Enumerable.Range(0, 6).Select(n => client.AddPromptAsync($"{round}.{n}")));

            var answers = await Task.WhenAll(
                ring.Select((from, n) => SendAsync(from.Id, ring[(n + 1) % ring.Length].Id, "depends_on")));

            Assert.Equal(1, answers.Count(answer => answer.StatusCode == HttpStatusCode.Conflict));
            Assert.Equal(5, answers.Count(answer => answer.StatusCode == HttpStatusCode.Created));
        }
    }

    [Fact]
    public async Task An_end_that_is_not_there_is_named()
    {
        var a = await client.AddPromptAsync("A");
        var gone = await client.AddPromptAsync("Gone");
        await client.SendAsync(HttpMethod.Delete, $"/api/prompts/{gone.Id}");
        var hidden = await (await app.ClientOfAsync(organization, Role.Member)).AddAsync(
            "prompts", new { title = "Hidden", content = new { text = "a" }, visibility = "private" });

        foreach (var id in new[] { Guid.NewGuid(), gone.Id, hidden.Id })
        {
            var refused = await SendAsync(a.Id, id, "depends_on");
            Assert.Contains("targetId", (await refused.ErrorsAsync(HttpStatusCode.UnprocessableEntity)).Keys);
        }
    }

    [Fact]
    public async Task A_graph_has_each_node_once_in_the_asked_direction_and_depth()
    {
        // A diamond: a needs b and c, which both need d, which is derived from e.
        var (a, b) = (await client.AddPromptAsync("A"), await client.AddPromptAsync("B"));
        var c = await client.AddPromptAsync("C");
        var (d, e) = (await client.AddPromptAsync("D"), await client.AddPromptAsync("E"));
        await RelateAsync(a, b, "depends_on");
        await RelateAsync(a, c, "depends_on");
        await RelateAsync(b, d, "depends_on");
        await RelateAsync(c, d, "depends_on");
        await RelateAsync(d, e, "derived_from");

        Assert.Equal("A0 B1 C1 D2 E3", await NodesAsync(a.Id, "depth=5"));
        Assert.Equal("A0 B1 C1", await NodesAsync(a.Id, "depth=1&direction=out"));
        Assert.Equal("A0 B1 C1 D2", await NodesAsync(a.Id, "depth=5&types=depends_on,part_of"));
        Assert.Equal("D0 B1 C1 A2", await NodesAsync(d.Id, "depth=5&direction=in"));
        Assert.Equal("D0", await NodesAsync(d.Id, "depth=5&direction=in&types=part_of"));
        Assert.Equal(5, (await client.GetAsync<EntityGraph>($"/api/prompts/{a.Id}/graph?depth=10")).Edges.Count);
        var removed = (await client.GetAsync<Page<Relationship>>($"/api/prompts/{e.Id}/relationships")).Items.Single();
        await client.SendAsync(HttpMethod.Delete, $"/api/relationships/{removed.Id}");
        Assert.Equal("A0 B1 C1 D2", await NodesAsync(a.Id, "depth=5"));
        Assert.Equal("A0 B1 C1 D2 E3", await NodesAsync(a.Id, $"depth=5&asOf={Text(removed.ValidFrom)}"));
    }

    [Fact]
    public async Task A_graph_that_is_too_large_is_cut_and_says_so()
    {
        var root = await client.AddPromptAsync("Root");
        await app.Database.ExecuteAsync(
            $$"""
            -- Without triggers: each relationship would change the root anew.
            set session_replication_role = replica;
            with leaf as (
                insert into core.entity (organization_id, type, title, content)
                select '{{organization}}', 'prompt', 'Leaf', '{"text":"a"}' from generate_series(1, 10050)
                returning id
            )
            insert into core.relationship (organization_id, source_id, target_id, type)
            select '{{organization}}', '{{root.Id}}', id, 'suggests' from leaf;
            """);

        var graph = await client.GetAsync<EntityGraph>($"/api/prompts/{root.Id}/graph?depth=3");

        Assert.True(graph.Truncated);
        Assert.Equal(EntityGraph.NodesMax, graph.Nodes.Select(node => node.Id).Distinct().Count());
        Assert.Equal(root.Id, graph.Nodes[0].Id);
    }

    [Fact]
    public async Task What_is_depended_on_is_deleted_only_with_what_depends_on_it()
    {
        var (a, b) = (await client.AddPromptAsync("A"), await client.AddPromptAsync("B"));
        var c = await client.AddPromptAsync("C");
        await RelateAsync(a, b, "depends_on");
        await RelateAsync(b, c, "depends_on");

        var refused = await client.SendAsync(HttpMethod.Delete, $"/api/prompts/{c.Id}");
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        Assert.Contains($"{b.Id} (B)", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(3, (await client.GetAsync<Page<Entity>>("/api/prompts")).Items.Count);

        var cascade = await client.SendAsync(HttpMethod.Delete, $"/api/prompts/{c.Id}?cascade=true");
        Assert.Equal(HttpStatusCode.NoContent, cascade.StatusCode);
        Assert.Empty((await client.GetAsync<Page<Entity>>("/api/prompts")).Items);
    }

    [Fact]
    public async Task What_others_keep_private_neither_holds_up_a_deletion_nor_goes_with_it()
    {
        var shared = await client.AddPromptAsync("Shared");
        var colleague = await app.ClientOfAsync(organization, Role.Member);
        var hidden = await colleague.AddAsync(
            "prompts", new { title = "Hidden", content = new { text = "a" }, visibility = "private" });
        await (await colleague.PostAsync(
            "/api/relationships",
            EntityClient.Json(new { sourceId = hidden.Id, targetId = shared.Id, type = "depends_on" })))
            .ReadAsync<Relationship>(HttpStatusCode.Created);

        var open = await client.AddPromptAsync("Open");
        await RelateAsync(open, shared, "depends_on");

        var refused = await client.SendAsync(HttpMethod.Delete, $"/api/prompts/{shared.Id}");
        var text = await refused.Content.ReadAsStringAsync();
        Assert.Contains("These depend on it: the prompt", text, StringComparison.Ordinal);
        Assert.DoesNotContain("private", text, StringComparison.Ordinal);
        await client.SendAsync(HttpMethod.Delete, $"/api/prompts/{open.Id}");
        var deleted = await client.SendAsync(HttpMethod.Delete, $"/api/prompts/{shared.Id}");
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);

        Assert.Equal("Hidden", (await colleague.GetAsync<Entity>($"/api/prompts/{hidden.Id}")).Title);
        // It is composed without what it depended on, until that is brought back.
        Assert.Equal("a", await ComposedAsync(colleague, hidden));
        await client.PostAsync($"/api/prompts/{shared.Id}/undelete", null);
        Assert.Equal("Say hello.\n\na", await ComposedAsync(colleague, hidden));
    }

    [Fact]
    public async Task Whoever_relates_to_what_is_being_deleted_leaves_nothing_without_its_target()
    {
        for (var round = 0; round < 20; round++)
        {
            var (a, b) = (await client.AddPromptAsync("A"), await client.AddPromptAsync("B"));

            var relating = SendAsync(a.Id, b.Id, "depends_on");
            var deleting = client.SendAsync(HttpMethod.Delete, $"/api/prompts/{b.Id}");
            await Task.WhenAll(relating, deleting);

            Assert.Equal(
                (await relating).StatusCode == HttpStatusCode.Created,
                (await deleting).StatusCode == HttpStatusCode.Conflict);
        }
    }

    private static async Task<string> ComposedAsync(HttpClient client, Entity entity) =>
        (await (await client.PostAsync($"/api/prompts/{entity.Id}/compose", EntityClient.Json(new { })))
            .ReadAsync<Composition>(HttpStatusCode.OK)).Text;

    private static string Text(DateTimeOffset moment) => Uri.EscapeDataString($"{moment:O}");

    private async Task<string> NodesAsync(Guid root, string query)
    {
        var graph = await client.GetAsync<EntityGraph>($"/api/prompts/{root}/graph?{query}");
        Assert.False(graph.Truncated);
        return string.Join(' ', graph.Nodes.Select(node => $"{node.Title}{node.Depth}"));
    }

    private Task<HttpResponseMessage> SendAsync(Guid source, Guid target, string type, double strength = 1) =>
        client.PostAsync(
            "/api/relationships",
            EntityClient.Json(new { sourceId = source, targetId = target, type, strength }));

    private async Task<Relationship> RelateAsync(Entity source, Entity target, string type, double strength = 1) =>
        await (await SendAsync(source.Id, target.Id, type, strength)).ReadAsync<Relationship>(HttpStatusCode.Created);
}
