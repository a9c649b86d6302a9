using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Assay;

public sealed class ApiKeyTests(OrganizationFixture fixture) : IClassFixture<OrganizationFixture>
{
    [Fact]
    public async Task A_key_is_shown_once_and_does_what_its_scopes_say()
    {
        var organization = await fixture.Database.AddOrganizationAsync();
        var member = await fixture.App.ClientOfAsync(organization, Role.Member);

        var (id, key) = await CreateAsync(member, new { name = "CI", scopes = new[] { "documents:read" } });
        var program = Client(key);

        Assert.StartsWith("ask_", key);
        Assert.Equal(HttpStatusCode.OK, (await program.GetAsync("/api/documents")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await program.GetAsync("/api/runs")).StatusCode);
        var shown = await member.GetStringAsync($"/api/keys/{id}");
        Assert.DoesNotContain(key, shown);
        Assert.Equal(key[..12], (string)JsonNode.Parse(shown)!["prefix"]!);
        Assert.Equal(0L, await fixture.Database.ValueAsync<long>(
            $"select count(*) from ops.event where after_state::text like '%{key[12..]}%'"));
    }

    [Fact]
    public async Task Nobody_gives_a_key_what_they_may_not_do_themselves()
    {
        var organization = await fixture.Database.AddOrganizationAsync();
        var member = await fixture.App.ClientOfAsync(organization, Role.Member);
        var narrow = await fixture.App.ClientOfAsync(organization, Role.Admin, "keys:write", "runs:read");

        foreach (var (client, scope) in new[] { (member, "audit:read"), (narrow, "documents:read"), (narrow, "admin") })
        {
            var refused = await client.PostAsJsonAsync("/api/keys", new { name = "x", scopes = new[] { scope } });
            var problem = await OrganizationFixture.ReadAsync(refused, HttpStatusCode.UnprocessableEntity);
            Assert.NotNull(problem["errors"]!["scopes[0]"]);
        }
        await CreateAsync(narrow, new { name = "x", scopes = new[] { "runs:read" } });
    }

    [Fact]
    public async Task Wrong_members_are_named()
    {
        var client = await fixture.App.ClientOfAsync(await fixture.Database.AddOrganizationAsync(), Role.Admin);

        var problem = await OrganizationFixture.ReadAsync(
            await client.PostAsJsonAsync(
                "/api/keys", new { name = "x", scopes = new[] { "everything" }, expiresAt = "2020-01-01T00:00:00Z" }),
            HttpStatusCode.UnprocessableEntity);

        Assert.Equal(["expiresAt", "scopes[0]"], problem["errors"]!.AsObject().Select(one => one.Key).Order());
    }

    [Fact]
    public async Task A_member_sees_their_own_keys_and_an_admin_all()
    {
        var organization = await fixture.Database.AddOrganizationAsync();
        var (ada, bob) = (
            await fixture.App.ClientOfAsync(organization, Role.Member),
            await fixture.App.ClientOfAsync(organization, Role.Member));
        var admin = await fixture.App.ClientOfAsync(organization, Role.Admin);
        var (id, _) = await CreateAsync(ada, new { name = "Ada's", scopes = new[] { "runs:read" } });

        Assert.Equal(HttpStatusCode.NotFound, (await bob.GetAsync($"/api/keys/{id}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await bob.DeleteAsync($"/api/keys/{id}")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await bob.GetAsync("/api/keys?all=true")).StatusCode);
        Assert.DoesNotContain("Ada's", await bob.GetStringAsync("/api/keys"));
        Assert.Contains("Ada's", await ada.GetStringAsync("/api/keys?status=active"));
        Assert.Contains("Ada's", await admin.GetStringAsync("/api/keys?all=true"));
        Assert.Equal(HttpStatusCode.NoContent, (await admin.DeleteAsync($"/api/keys/{id}")).StatusCode);
    }

    [Fact]
    public async Task An_organizations_own_key_outlives_who_made_it()
    {
        var organization = await fixture.Database.AddOrganizationAsync();
        await fixture.Database.AddMemberAsync(organization, Role.Owner);
        var admin = await fixture.App.ClientOfAsync(organization, Role.Admin);
        var member = await fixture.App.ClientOfAsync(organization, Role.Member);
        var wanted = new { name = "Nightly", scopes = new[] { "admin" }, forOrganization = true };

        Assert.Equal(HttpStatusCode.Forbidden, (await member.PostAsJsonAsync("/api/keys", wanted)).StatusCode);
        var (_, key) = await CreateAsync(admin, wanted);
        await fixture.Database.ExecuteAsync(
            $"""
            update ops.organization_user set status = 'removed'
            where organization_id = '{organization}' and role = 'admin'
            """);

        Assert.Equal(HttpStatusCode.OK, (await Client(key).GetAsync("/api/runs")).StatusCode);
    }

    [Fact]
    public async Task A_rotated_key_works_beside_the_new_one_until_the_overlap_ends()
    {
        var client = await fixture.App.ClientOfAsync(await fixture.Database.AddOrganizationAsync(), Role.Member);
        var (id, old) = await CreateAsync(client, new { name = "CI", scopes = new[] { "runs:read" } });

        var rotated = await OrganizationFixture.ReadAsync(
            await client.PostAsJsonAsync($"/api/keys/{id}/rotate", new { overlapSeconds = 3600 }),
            HttpStatusCode.Created);

        Assert.Equal(HttpStatusCode.OK, (await Client(old).GetAsync("/api/runs")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await Client((string)rotated["key"]!).GetAsync("/api/runs")).StatusCode);
        Assert.Equal(
            HttpStatusCode.Conflict,
            (await client.PostAsJsonAsync($"/api/keys/{id}/rotate", new { })).StatusCode);
        await fixture.Database.ExecuteAsync($"update ops.api_key set expires_at = now() where id = '{id}'");
        await Eventually.TrueAsync(
            async () => (await Client(old).GetAsync("/api/runs")).StatusCode == HttpStatusCode.Unauthorized,
            TimeSpan.FromSeconds(2), () => "The old key still works.");
        Assert.Equal(HttpStatusCode.OK, (await Client((string)rotated["key"]!).GetAsync("/api/runs")).StatusCode);
    }

    [Fact]
    public async Task A_key_is_renamed_and_its_use_is_no_change()
    {
        var client = await fixture.App.ClientOfAsync(await fixture.Database.AddOrganizationAsync(), Role.Member);
        var (id, key) = await CreateAsync(client, new { name = "CI", scopes = new[] { "runs:read" } });
        await Client(key).GetAsync("/api/runs");

        var changed = await OrganizationFixture.ReadAsync(
            await OrganizationFixture.ChangeAsync(client, HttpMethod.Patch, $"/api/keys/{id}", new { name = "CD" }),
            HttpStatusCode.OK);

        Assert.Equal("CD", (string)changed["name"]!);
        Assert.NotNull(changed["lastUsedAt"]);
    }

    [Fact]
    public async Task A_key_is_changed_and_rotated_by_nobody_but_whose_it_is()
    {
        var organization = await fixture.Database.AddOrganizationAsync();
        var admin = await fixture.App.ClientOfAsync(organization, Role.Admin);
        var owner = await fixture.App.ClientOfAsync(organization, Role.Owner);
        var (ofOwner, _) = await CreateAsync(owner, new { name = "x", scopes = new[] { "runs:read" } });
        var (ofAdmin, _) = await CreateAsync(admin, new { name = "x", scopes = new[] { "runs:read" } });

        foreach (var (client, id) in new[] { (admin, ofOwner), (owner, ofAdmin) })
        {
            Assert.Equal(HttpStatusCode.Forbidden, await RotateAsync(client, id));
            Assert.Equal(HttpStatusCode.Forbidden, (await OrganizationFixture.ChangeAsync(
                client, HttpMethod.Patch, $"/api/keys/{id}", new { name = "y" })).StatusCode);
        }
        Assert.Equal(HttpStatusCode.Forbidden, (await admin.DeleteAsync($"/api/keys/{ofOwner}")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await owner.DeleteAsync($"/api/keys/{ofAdmin}")).StatusCode);
    }

    [Fact]
    public async Task A_key_that_is_narrowed_changes_and_rotates_none_that_is_less_so()
    {
        var organization = await fixture.Database.AddOrganizationAsync();
        var user = await fixture.Database.AddMemberAsync(organization, Role.Owner);
        var whole = Client(await fixture.Database.AddKeyAsync(organization, user));
        var narrow = Client(await fixture.Database.AddKeyAsync(organization, user, "keys:write", "runs:read"));
        var (wide, _) = await CreateAsync(whole, new { name = "x", scopes = new[] { "admin" } });
        var (wider, _) = await CreateAsync(whole, new { name = "x", scopes = new[] { "runs:read", "audit:read" } });
        var (fitting, _) = await CreateAsync(whole, new { name = "x", scopes = new[] { "runs:read" } });
        var (shared, _) = await CreateAsync(
            whole, new { name = "x", scopes = new[] { "audit:read" }, forOrganization = true });

        foreach (var id in new[] { wide, wider, shared })
        {
            Assert.Equal(HttpStatusCode.Forbidden, await RotateAsync(narrow, id));
            Assert.Equal(HttpStatusCode.Forbidden, (await OrganizationFixture.ChangeAsync(
                narrow, HttpMethod.Patch, $"/api/keys/{id}", new { expiresAt = "2099-01-01T00:00:00Z" })).StatusCode);
        }
        Assert.Equal(HttpStatusCode.Created, await RotateAsync(narrow, fitting));
        Assert.Equal(HttpStatusCode.Created, await RotateAsync(whole, shared));
    }

    private static async Task<HttpStatusCode> RotateAsync(HttpClient client, Guid id) =>
        (await client.PostAsJsonAsync($"/api/keys/{id}/rotate", new { })).StatusCode;

    private HttpClient Client(string key)
    {
        var client = new HttpClient { BaseAddress = fixture.App.Address };
        client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        return client;
    }

    private static async Task<(Guid Id, string Key)> CreateAsync(HttpClient client, object wanted)
    {
        var created = await OrganizationFixture.ReadAsync(
            await client.PostAsJsonAsync("/api/keys", wanted), HttpStatusCode.Created);
        return ((Guid)created["apiKey"]!["id"]!, (string)created["key"]!);
    }
}
