using System.Net;

namespace Assay;

public sealed class SharedLinkTests(SharedApp shared) : IClassFixture<SharedApp>, IAsyncLifetime
{
    private readonly AssayApp app = shared.App;
    private Guid organization;
    private HttpClient owner = null!;
    private Entity hidden = null!;

    public async Task InitializeAsync()
    {
        organization = await app.Database.AddOrganizationAsync();
        owner = await app.ClientOfAsync(organization, Role.Member);
        hidden = await owner.AddAsync(
            "prompts", new { title = "Hidden", content = new { text = "a" }, visibility = "private" });
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData("view", 403, 403)]
    [InlineData("comment", 201, 403)]
    [InlineData("edit", 201, 200)]
    public async Task A_link_lets_whoever_has_it_do_what_it_is_for(string permission, int commented, int changed)
    {
        var path = $"/api/shared/{(await LinkAsync(permission)).Token}";

        var read = await app.Client.GetAsync(path);
        var entity = await read.ReadAsync<Entity>(HttpStatusCode.OK);
        Assert.Equal(("Hidden", null, "\"1\""), (entity.Title, entity.OwnerId, $"{read.Headers.ETag}"));
        var comment = await app.Client.PostAsync($"{path}/comments", EntityClient.Json(new { text = "So?" }));
        Assert.Equal(commented, (int)comment.StatusCode);
        var patched = await app.Client.PatchAsync(path, new { title = "Changed" }, 1);
        Assert.Equal(changed, (int)patched.StatusCode);
        Assert.DoesNotContain($"{hidden.OwnerId}", await patched.Content.ReadAsStringAsync());
        Assert.Equal(changed == 200 ? "Changed" : "Hidden", (await owner.GetAsync<Entity>(
            $"/api/prompts/{hidden.Id}")).Title);
    }

    [Fact]
    public async Task What_is_done_by_a_link_is_done_by_its_share()
    {
        var link = await LinkAsync("edit");
        var path = $"/api/shared/{link.Token}";
        var comment = await (await app.Client.PostAsync($"{path}/comments", EntityClient.Json(new { text = "So?" })))
            .ReadAsync<Comment>(HttpStatusCode.Created);
        await app.Client.PatchAsync(path, new { title = "Changed" });

        Assert.Equal((null, link.Share.Id), (comment.AuthorId, comment.ShareId!.Value));
        var admin = await app.ClientOfAsync(organization, Role.Admin);
        var done = (await admin.GetAsync<Page<AuditEntry>>($"/api/audit?actorId={link.Share.Id}")).Items;
        Assert.Equal(
            [("entity", "updated"), ("comment", "created")], done.Select(entry => (entry.EntityType, entry.Action)));
        Assert.All(done, entry => Assert.Equal("share", entry.ActorType));
    }

    [Fact]
    public async Task Tokens_that_lead_nowhere_are_not_told_apart()
    {
        var (revoked, expired, ofDeleted) = (await LinkAsync("edit"), await LinkAsync("edit"), await LinkAsync("edit"));
        await owner.SendAsync(HttpMethod.Delete, $"/api/shares/{revoked.Share.Id}");
        await app.Database.ExecuteAsync(
            $"update core.share set expires_at = now() where id = '{expired.Share.Id}'");
        var answers = new List<string>();
        foreach (var token in new[] { revoked.Token, expired.Token, "asl_unknown", "x" })
            answers.Add(await ProblemAsync(token!));
        await owner.SendAsync(HttpMethod.Delete, $"/api/prompts/{hidden.Id}");
        answers.Add(await ProblemAsync(ofDeleted.Token!));

        Assert.Single(answers.Distinct());
        Assert.Contains("There is no shared entity at this address.", answers[0]);
    }

    [Fact]
    public async Task A_link_leads_to_nothing_else_and_cannot_open_what_it_leads_to()
    {
        var link = await LinkAsync("edit");
        var open = await owner.AddPromptAsync("Open to members");
        var refused = await app.Client.PatchAsync($"/api/shared/{link.Token}", new { visibility = "public" });
        Assert.Equal(["visibility"], (await refused.ErrorsAsync(HttpStatusCode.UnprocessableEntity)).Keys);

        var scope = new OrganizationScope();
        scope.EnterShare(organization, link.Share.Id);
        var database = new Database(app.Database.Pools, scope);
        var seen = await database.ListAsync<Guid>("select id from core.entity", null, CancellationToken.None);
        Assert.Equal([hidden.Id], seen);
        Assert.False(await database.ValueAsync<bool>(
            $"select core.sees_entity('{open.Id}')", null, CancellationToken.None));
        Assert.Equal(0, await database.ExecuteAsync(
            $"update core.entity set title = 'b' where id = '{open.Id}'", null, CancellationToken.None));
    }

    [Fact]
    public async Task Of_tokens_only_hashes_are_kept()
    {
        var link = await LinkAsync("view");

        Assert.Equal(32, System.Buffers.Text.Base64Url.DecodeFromChars(link.Token!.AsSpan(4)).Length);
        Assert.True(await app.Database.ValueAsync<bool>(
            $"select token_hash = sha256('{link.Token}') from core.share where id = '{link.Share.Id}'"));
    }

    [Fact]
    public async Task Requests_by_links_are_limited_by_address()
    {
        var link = await LinkAsync("view");

        var answer = await app.Client.GetAsync($"/api/shared/{link.Token}");
        Assert.Contains("\"address-minute\"", answer.Headers.GetValues("RateLimit-Policy").Single());
    }

    [Fact]
    public async Task What_is_public_is_read_by_other_organizations_and_nothing_else_is()
    {
        var elsewhere = await app.ClientOfAsync(await app.Database.AddOrganizationAsync(), Role.Member);
        var open = await owner.AddPromptAsync("Open to members");
        var shown = await owner.AddAsync(
            "contexts", new { title = "Shown", content = new { text = "a" }, visibility = "public" });

        var listed = Assert.Single((await elsewhere.GetAsync<Page<Entity>>("/api/public/entities")).Items);
        Assert.Equal((shown.Id, null), (listed.Id, listed.OwnerId));
        Assert.Empty((await elsewhere.GetAsync<Page<Entity>>("/api/public/entities?type=prompt")).Items);
        Assert.Equal("Shown", (await elsewhere.GetAsync<Entity>($"/api/public/entities/{shown.Id}")).Title);
        foreach (var id in new[] { open.Id, hidden.Id, Guid.NewGuid() })
            Assert.Equal(404, (int)(await elsewhere.GetAsync($"/api/public/entities/{id}")).StatusCode);
        Assert.Equal(404, (int)(await elsewhere.GetAsync($"/api/entities/{shown.Id}")).StatusCode);
        Assert.Equal(404, (int)(await elsewhere.PatchAsync(
            $"/api/entities/{shown.Id}", new { title = "Taken" })).StatusCode);

        await owner.SendAsync(HttpMethod.Delete, $"/api/contexts/{shown.Id}");
        Assert.Equal(404, (int)(await elsewhere.GetAsync($"/api/public/entities/{shown.Id}")).StatusCode);
    }

    private async Task<CreatedShare> LinkAsync(string permission) =>
        await (await owner.PostAsync(
                $"/api/prompts/{hidden.Id}/shares", EntityClient.Json(new { grantee = "link", permission })))
            .ReadAsync<CreatedShare>(HttpStatusCode.Created);

    // Without the trace, which differs.
    private async Task<string> ProblemAsync(string token)
    {
        var problem = await (await app.Client.GetAsync($"/api/shared/{token}"))
            .ReadAsync<System.Text.Json.Nodes.JsonObject>(HttpStatusCode.NotFound);
        problem.Remove("traceId");
        return problem.ToJsonString();
    }
}
