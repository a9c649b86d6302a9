using System.Net;

namespace Assay;

public sealed class ShareTests(SharedApp shared) : IClassFixture<SharedApp>, IAsyncLifetime
{
    private readonly AssayApp app = shared.App;
    private Guid organization;
    private HttpClient owner = null!;
    private HttpClient colleague = null!;
    private Guid colleagueId;
    private Entity hidden = null!;

    public async Task InitializeAsync()
    {
        organization = await app.Database.AddOrganizationAsync();
        owner = await app.ClientOfAsync(organization, Role.Member);
        (colleague, colleagueId) = await MemberAsync();
        hidden = await owner.AddAsync(
            "prompts", new { title = "Hidden", content = new { text = "a" }, visibility = "private" });
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_member_sees_comments_on_and_changes_what_is_shared_as_far_as_the_share_permits()
    {
        var (stranger, _) = await MemberAsync();
        Assert.Equal((404, 404, 404), await TryAsync(colleague));

        await ShareAsync(new { grantee = "user", userId = colleagueId });
        Assert.Equal((200, 403, 403), await TryAsync(colleague));
        await ShareAsync(new { grantee = "user", userId = colleagueId, permission = "comment" });
        Assert.Equal((200, 201, 403), await TryAsync(colleague));
        var share = await ShareAsync(new { grantee = "user", userId = colleagueId, permission = "edit" });
        Assert.Equal((200, 201, 200), await TryAsync(colleague));

        Assert.Equal((404, 404, 404), await TryAsync(stranger));
        Assert.Equal(
            [hidden.Id], (await colleague.GetAsync<Page<Entity>>("/api/prompts")).Items.Select(prompt => prompt.Id));
        var live = (await owner.GetAsync<Page<Share>>(Path("shares"))).Items;
        Assert.Equal([("edit", "live")], live.Select(one => (one.Permission, one.Status)));

        await owner.SendAsync(HttpMethod.Delete, $"/api/shares/{share.Share.Id}");
        Assert.Equal((404, 404, 404), await TryAsync(colleague));
    }

    [Fact]
    public async Task What_is_shared_with_all_members_is_seen_by_them_and_by_nobody_else()
    {
        await ShareAsync(new { grantee = "organization", permission = "comment" });
        var elsewhere = await app.ClientOfAsync(await app.Database.AddOrganizationAsync(), Role.Owner);

        Assert.Equal((200, 201, 403), await TryAsync(colleague));
        Assert.Equal((404, 404, 404), await TryAsync(elsewhere));
    }

    [Fact]
    public async Task Whom_it_is_shared_with_to_edit_neither_deletes_it_nor_says_who_sees_it()
    {
        await ShareAsync(new { grantee = "user", userId = colleagueId, permission = "edit" });

        var opened = await colleague.PatchAsync(Path(), new { visibility = "public" });
        Assert.Equal(["visibility"], (await opened.ErrorsAsync(HttpStatusCode.UnprocessableEntity)).Keys);
        Assert.Equal(403, (int)(await colleague.SendAsync(HttpMethod.Delete, Path())).StatusCode);
        Assert.Equal(403, (int)(await colleague.PostAsync(
            Path("shares"), EntityClient.Json(new { grantee = "organization" }))).StatusCode);
        // The database itself holds against a statement that forgot to ask.
        await Assert.ThrowsAsync<Npgsql.PostgresException>(() => AsAsync(
            colleagueId, $"update core.entity set visibility = 'organization' where id = '{hidden.Id}'"));
        await Assert.ThrowsAsync<Npgsql.PostgresException>(() => AsAsync(
            colleagueId, $"update core.entity set deleted_at = now() where id = '{hidden.Id}'"));
        Assert.Equal(0, await AsAsync(colleagueId, $"delete from core.entity where id = '{hidden.Id}'"));
        await Assert.ThrowsAsync<Npgsql.PostgresException>(() => AsAsync(
            colleagueId, $"update core.entity set owner_id = '{colleagueId}' where id = '{hidden.Id}'"));
        Assert.Equal(1, await AsAsync(colleagueId, $"update core.entity set title = 'b' where id = '{hidden.Id}'"));
    }

    [Fact]
    public async Task Who_may_only_look_changes_nothing_by_any_statement()
    {
        await ShareAsync(new { grantee = "user", userId = colleagueId, permission = "comment" });

        Assert.Equal(0, await AsAsync(colleagueId, $"update core.entity set title = 'b' where id = '{hidden.Id}'"));
        var bulk = await colleague.PostAsync("/api/entities/bulk", EntityClient.Json(
            new { items = new[] { new { id = hidden.Id, version = 1, entity = new { title = "b" } } } }));
        Assert.Equal(HttpStatusCode.Forbidden, bulk.StatusCode);
        Assert.Equal(403, (int)(await colleague.SendAsync(
            HttpMethod.Put, Path("labels/live"), new { version = 1 })).StatusCode);
    }

    [Fact]
    public async Task What_others_keep_private_is_not_deleted_with_what_it_depends_on_although_it_is_shared()
    {
        var basis = await colleague.AddPromptAsync("Basis");
        await owner.PostAsync("/api/relationships", EntityClient.Json(
            new { sourceId = hidden.Id, targetId = basis.Id, type = "depends_on" }));
        await ShareAsync(new { grantee = "user", userId = colleagueId, permission = "edit" });

        var deleted = await colleague.SendAsync(HttpMethod.Delete, $"/api/prompts/{basis.Id}?cascade=true");
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await owner.GetAsync(Path())).StatusCode);
    }

    [Fact]
    public async Task A_comment_is_edited_by_whoever_may_still_comment()
    {
        await ShareAsync(new { grantee = "user", userId = colleagueId, permission = "comment" });
        var comment = await (await colleague.PostAsync(Path("comments"), EntityClient.Json(new { text = "Short." })))
            .ReadAsync<Comment>(HttpStatusCode.Created);
        await ShareAsync(new { grantee = "user", userId = colleagueId, permission = "view" });

        var refused = await colleague.PatchAsync($"/api/comments/{comment.Id}", new { text = "Longer." });
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    [Fact]
    public async Task A_share_ends_when_it_expires()
    {
        var soon = DateTimeOffset.UtcNow.AddHours(1);
        var share = await ShareAsync(new { grantee = "user", userId = colleagueId, expiresAt = soon });
        var link = await ShareAsync(new { grantee = "link", expiresAt = soon });
        Assert.Equal(200, (int)(await colleague.GetAsync(Path())).StatusCode);
        Assert.Equal(200, (int)(await app.Client.GetAsync($"/api/shared/{link.Token}")).StatusCode);

        await app.Database.ExecuteAsync("update core.share set expires_at = now() - interval '1 second'");
        Assert.Equal(404, (int)(await colleague.GetAsync(Path())).StatusCode);
        Assert.Equal(404, (int)(await app.Client.GetAsync($"/api/shared/{link.Token}")).StatusCode);
        var listed = (await owner.GetAsync<Page<Share>>(Path("shares"))).Items;
        Assert.Equal(["expired", "expired"], listed.Select(one => one.Status));
        // The same member may be given it once more.
        Assert.Equal(share.Share.Id, (await ShareAsync(new { grantee = "user", userId = colleagueId })).Share.Id);
        Assert.Equal(200, (int)(await colleague.GetAsync(Path())).StatusCode);
    }

    [Fact]
    public async Task Owners_and_admins_share_and_members_may_end_what_was_shared_with_them()
    {
        var open = await owner.AddPromptAsync("Open");
        var admin = await app.ClientOfAsync(organization, Role.Admin);
        var refused = await colleague.PostAsync(
            $"/api/prompts/{open.Id}/shares", EntityClient.Json(new { grantee = "link" }));
        Assert.Equal(403, (int)refused.StatusCode);
        Assert.Equal(403, (int)(await colleague.GetAsync($"/api/prompts/{open.Id}/shares")).StatusCode);
        var made = await admin.PostAsync(
            $"/api/prompts/{open.Id}/shares", EntityClient.Json(new { grantee = "link" }));
        Assert.Equal(201, (int)made.StatusCode);
        // What is private is not an admin's either, but a share of it that leaks is.
        Assert.Equal(404, (int)(await admin.GetAsync(Path("shares"))).StatusCode);

        var mine = await ShareAsync(new { grantee = "user", userId = colleagueId });
        var all = await ShareAsync(new { grantee = "organization" });
        Assert.Equal(403, await RevokeAsync(colleague, all));
        Assert.Equal(204, await RevokeAsync(colleague, mine));
        Assert.Equal(204, await RevokeAsync(admin, all));
        Assert.Equal(404, (int)(await colleague.GetAsync(Path())).StatusCode);
    }

    [Fact]
    public async Task What_is_private_is_shared_on_by_nobody_and_a_key_that_reads_ends_no_share()
    {
        var id = await app.Database.AddMemberAsync(organization, Role.Admin);
        var admin = new HttpClient { BaseAddress = app.Address };
        admin.DefaultRequestHeaders.Authorization = new("Bearer", await app.Database.AddKeyAsync(organization, id));
        var share = await ShareAsync(new { grantee = "user", userId = id });

        var onward = await admin.PostAsync(
            Path("shares"), EntityClient.Json(new { grantee = "link", permission = "edit" }));
        Assert.Equal(403, (int)onward.StatusCode);
        var reader = new HttpClient { BaseAddress = app.Address };
        reader.DefaultRequestHeaders.Authorization = new(
            "Bearer", await app.Database.AddKeyAsync(organization, id, "entities:read"));
        Assert.Equal(403, await RevokeAsync(reader, share));
        Assert.Equal(204, await RevokeAsync(admin, share));
    }

    [Fact]
    public async Task An_entity_is_shared_a_limited_number_of_times()
    {
        await app.Database.ExecuteAsync(
            $"""
            insert into core.share (organization_id, entity_id, grantee, token_hash, permission)
            select '{organization}', '{hidden.Id}', 'link', sha256(n::text::bytea), 'view'
            from generate_series(1, {ShareStore.SharesMax}) n
            """);

        var refused = await owner.PostAsync(Path("shares"), EntityClient.Json(new { grantee = "link" }));
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
    }

    [Theory]
    [InlineData("""{"grantee":"user"}""", "userId")]
    [InlineData("""{"grantee":"link","userId":"01890a5d-ac96-774b-bcce-b302099a8057"}""", "userId")]
    [InlineData("""{"grantee":"user","userId":"01890a5d-ac96-774b-bcce-b302099a8057"}""", "userId")]
    [InlineData("""{"grantee":"everybody"}""", "grantee")]
    [InlineData("""{"grantee":"link","permission":"own"}""", "permission")]
    [InlineData("""{"grantee":"link","expiresAt":"2020-01-01T00:00:00Z"}""", "expiresAt")]
    public async Task What_does_not_fit_is_named(string body, string field)
    {
        var answer = await owner.PostAsync(
            Path("shares"), new StringContent(body, System.Text.Encoding.UTF8, "application/json"));

        Assert.Equal([field], (await answer.ErrorsAsync(HttpStatusCode.UnprocessableEntity)).Keys);
    }

    [Fact]
    public async Task Comments_tell_the_version_and_are_edited_by_their_authors_alone()
    {
        var open = await owner.AddPromptAsync("Open");
        await owner.PatchAsync($"/api/prompts/{open.Id}", new { title = "Opened" });
        var viewer = await app.ClientOfAsync(organization, Role.Viewer);
        var admin = await app.ClientOfAsync(organization, Role.Admin);
        var comment = await (await colleague.PostAsync(
            $"/api/prompts/{open.Id}/comments", EntityClient.Json(new { text = "Short." })))
            .ReadAsync<Comment>(HttpStatusCode.Created);
        Assert.Equal((2, colleagueId, "Short."), (comment.EntityVersion, comment.AuthorId!.Value, comment.Text));

        var path = $"/api/comments/{comment.Id}";
        Assert.Equal(403, (int)(await owner.PatchAsync(path, new { text = "No." })).StatusCode);
        Assert.Equal(403, (int)(await owner.SendAsync(HttpMethod.Delete, path)).StatusCode);
        Assert.Equal(403, (int)(await viewer.SendAsync(HttpMethod.Delete, path)).StatusCode);
        Assert.Equal(412, (int)(await colleague.PatchAsync(path, new { text = "Longer." }, 7)).StatusCode);
        var edited = await (await colleague.PatchAsync(path, new { text = "Longer." }, 1))
            .ReadAsync<Comment>(HttpStatusCode.OK);
        Assert.Equal(("Longer.", 2), (edited.Text, edited.Version));
        var listed = (await viewer.GetAsync<Page<Comment>>($"/api/prompts/{open.Id}/comments")).Items;
        Assert.Equal(["Longer."], listed.Select(one => one.Text));
        Assert.Equal(204, (int)(await admin.SendAsync(HttpMethod.Delete, path)).StatusCode);
        Assert.Empty((await viewer.GetAsync<Page<Comment>>($"/api/prompts/{open.Id}/comments")).Items);
    }

    private async Task<(HttpClient Client, Guid Id)> MemberAsync()
    {
        var id = await app.Database.AddMemberAsync(organization, Role.Member);
        var client = new HttpClient { BaseAddress = app.Address };
        client.DefaultRequestHeaders.Authorization = new("Bearer", await app.Database.AddKeyAsync(organization, id));
        return (client, id);
    }

    private string Path(string? below = null) => $"/api/prompts/{hidden.Id}{(below is null ? "" : $"/{below}")}";

    private async Task<CreatedShare> ShareAsync(object share) =>
        await (await owner.PostAsync(Path("shares"), EntityClient.Json(share)))
            .ReadAsync<CreatedShare>(HttpStatusCode.Created);

    /// <summary>How reading, commenting and changing are answered.</summary>
    private async Task<(int Read, int Commented, int Changed)> TryAsync(HttpClient client) => (
        (int)(await client.GetAsync(Path())).StatusCode,
        (int)(await client.PostAsync(Path("comments"), EntityClient.Json(new { text = "So?" }))).StatusCode,
        (int)(await client.PatchAsync(Path(), new { title = $"{Guid.NewGuid()}" })).StatusCode);

    private static async Task<int> RevokeAsync(HttpClient client, CreatedShare share) =>
        (int)(await client.SendAsync(HttpMethod.Delete, $"/api/shares/{share.Share.Id}")).StatusCode;

    private Task<int> AsAsync(Guid user, string statement)
    {
        var scope = new OrganizationScope();
        scope.Enter(organization, new Actor(ActorKind.User, user, user));
        return new Database(app.Database.Pools, scope).ExecuteAsync(statement, null, CancellationToken.None);
    }
}
