using System.Net;
using System.Net.Http.Json;

namespace Assay;

public sealed class AuditRouteTests(OrganizationFixture fixture) : IClassFixture<OrganizationFixture>
{
    [Fact]
    public async Task Admins_page_through_what_was_done_and_find_it_by_who_and_what()
    {
        var organization = await fixture.Database.AddOrganizationAsync();
        var admin = await fixture.App.ClientOfAsync(organization, Role.Admin);
        for (var n = 0; n < 3; n++)
            await admin.PostAsJsonAsync("/api/invitations", new { role = "viewer" });

        var path = "/api/audit?entityType=invitation&action=created&limit=2";
        var first = await OrganizationFixture.ReadAsync(await admin.GetAsync(path), HttpStatusCode.OK);
        var second = await OrganizationFixture.ReadAsync(
            await admin.GetAsync($"{path}&after={first["next"]}"), HttpStatusCode.OK);

        Assert.Equal(2, first["items"]!.AsArray().Count);
        var last = Assert.Single(second["items"]!.AsArray())!;
        Assert.Equal("api_key", (string)last["actorType"]!);
        Assert.Equal(32, ((string)last["requestId"]!).Length);
        Assert.Equal("127.0.0.1", (string)last["address"]!);
        Assert.Equal("viewer", (string)last["after"]!["role"]!);
        var ofOthers = await OrganizationFixture.ReadAsync(
            await admin.GetAsync($"/api/audit?actorId={Guid.NewGuid()}"), HttpStatusCode.OK);
        Assert.Empty(ofOthers["items"]!.AsArray());
    }

    [Fact]
    public async Task Admins_read_that_something_private_was_done_and_not_what_it_says()
    {
        var organization = await fixture.Database.AddOrganizationAsync();
        var member = await fixture.App.ClientOfAsync(organization, Role.Member);
        var adminId = await fixture.Database.AddMemberAsync(organization, Role.Admin);
        var admin = Person.With(fixture.App, null, await fixture.Database.AddKeyAsync(organization, adminId)).Client;
        var entity = await member.AddAsync(
            "prompts", new { title = "Salaries", visibility = "private", content = new { text = "Tell nobody." } });
        await member.PostAsJsonAsync($"/api/prompts/{entity.Id}/comments", new { text = "Nobody at all." });
        await member.PatchAsync($"/api/prompts/{entity.Id}", new { content = new { text = "Tell no one." } });

        async Task<string> ReadAsync() => await admin.GetStringAsync("/api/audit?limit=200")
            + await admin.GetStringAsync($"/api/audit/{entity.Id}/state");
        void AssertHidden(string told)
        {
            foreach (var said in new[] { "Salaries", "Tell nobody", "Tell no one", "Nobody at all" })
                Assert.DoesNotContain(said, told, StringComparison.Ordinal);
            Assert.Contains("\"title\":\"(private)\"", told, StringComparison.Ordinal);
            Assert.Contains("\"visibility\":\"private\"", told, StringComparison.Ordinal);
        }
        AssertHidden(await ReadAsync());

        await member.PostAsJsonAsync(
            $"/api/prompts/{entity.Id}/shares", new { grantee = "user", userId = adminId, permission = "view" });
        var shown = await ReadAsync();
        foreach (var said in new[] { "Salaries", "Tell nobody", "Tell no one", "Nobody at all" })
            Assert.Contains(said, shown, StringComparison.Ordinal);

        // Gone for good, it is still nobody else's business.
        await fixture.Database.ExecuteAsync($"delete from core.entity where id = '{entity.Id}'");
        AssertHidden(await admin.GetStringAsync("/api/audit?limit=200"));
    }

    [Fact]
    public async Task Members_read_no_audit_and_other_tenants_nothing_of_it()
    {
        var (mine, theirs) = (
            await fixture.Database.AddOrganizationAsync(), await fixture.Database.AddOrganizationAsync());
        var member = await fixture.App.ClientOfAsync(mine, Role.Member);
        var admin = await fixture.App.ClientOfAsync(mine, Role.Admin);

        Assert.Equal(HttpStatusCode.Forbidden, (await member.GetAsync("/api/audit")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await admin.GetAsync($"/api/audit/{theirs}/state")).StatusCode);
        Assert.DoesNotContain($"{theirs}", await admin.GetStringAsync("/api/audit"));
    }

    [Fact]
    public async Task What_is_done_to_the_installation_is_shown_to_its_administrators_and_to_nobody_else()
    {
        var organization = await fixture.Database.AddOrganizationAsync();
        var user = await fixture.Database.AddMemberAsync(organization, Role.Admin);
        await fixture.Database.ExecuteAsync($"update ops.user_account set is_admin = true where id = '{user}'");
        var administrator = Person.With(
            fixture.App, null, await fixture.Database.AddKeyAsync(organization, user)).Client;
        var narrow = Person.With(
            fixture.App, null, await fixture.Database.AddKeyAsync(organization, user, Permissions.AuditRead)).Client;
        var owner = await fixture.App.ClientOfAsync(organization, Role.Owner);
        var mark = $"OpenAI {Guid.NewGuid():n}";
        Assert.Equal(HttpStatusCode.OK, (await OrganizationFixture.ChangeAsync(
            administrator, HttpMethod.Patch, "/api/providers/openai", new { displayName = mark })).StatusCode);
        await Person.RegisterAsync(fixture.App);

        var all = await OrganizationFixture.ReadAsync(
            await administrator.GetAsync("/api/audit?installation=true&limit=200"), HttpStatusCode.OK);
        var changed = Assert.Single(all["items"]!.AsArray(), item => $"{item!["after"]?["display_name"]}" == mark)!;
        Assert.Equal("provider", (string)changed["entityType"]!);
        // People's own events are of no organization either.
        Assert.DoesNotContain(all["items"]!.AsArray(), item => (string)item!["entityType"]! == "session");
        var state = $"/api/audit/{changed["entityId"]}/state";
        Assert.Equal(mark, (string)(await OrganizationFixture.ReadAsync(
            await administrator.GetAsync($"{state}?installation=true"), HttpStatusCode.OK))["display_name"]!);

        foreach (var other in new[] { owner, narrow })
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await other.GetAsync("/api/audit?installation=true")).StatusCode);
            Assert.Equal(HttpStatusCode.Forbidden, (await other.GetAsync($"{state}?installation=true")).StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, (await other.GetAsync(state)).StatusCode);
            Assert.DoesNotContain(mark, await other.GetStringAsync("/api/audit"));
        }
        Assert.DoesNotContain(mark, await administrator.GetStringAsync("/api/audit"));
    }

    [Fact]
    public async Task An_entity_is_shown_as_it_was()
    {
        var organization = await fixture.Database.AddOrganizationAsync();
        var admin = await fixture.App.ClientOfAsync(organization, Role.Admin);
        var before = DateTimeOffset.UtcNow;
        await OrganizationFixture.ChangeAsync(admin, HttpMethod.Patch, "/api/organization", new { name = "Later" });

        var now = await OrganizationFixture.ReadAsync(
            await admin.GetAsync($"/api/audit/{organization}/state"), HttpStatusCode.OK);
        var then = await OrganizationFixture.ReadAsync(
            await admin.GetAsync($"/api/audit/{organization}/state?at={before:yyyy-MM-ddTHH:mm:ss.ffffffZ}"),
            HttpStatusCode.OK);

        Assert.Equal(("Later", "Test"), ((string)now["name"]!, (string)then["name"]!));
    }
}
