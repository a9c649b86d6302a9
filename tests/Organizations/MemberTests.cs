using System.Net;
using Npgsql;

namespace Assay;

public sealed class MemberTests(OrganizationFixture fixture) : IClassFixture<OrganizationFixture>
{
    [Fact]
    public async Task Members_are_listed_and_found_by_role_and_name()
    {
        var organization = await fixture.Database.AddOrganizationAsync();
        var client = await fixture.App.ClientOfAsync(organization, Role.Owner);
        var viewer = await fixture.Database.AddMemberAsync(organization, Role.Viewer);

        var all = await OrganizationFixture.ReadAsync(await client.GetAsync("/api/members"), HttpStatusCode.OK);
        var viewers = await OrganizationFixture.ReadAsync(
            await client.GetAsync("/api/members?role=viewer&q=VIEW"), HttpStatusCode.OK);

        Assert.Equal(2, all["items"]!.AsArray().Count);
        Assert.Equal(viewer, (Guid)Assert.Single(viewers["items"]!.AsArray())!["id"]!);
    }

    [Fact]
    public async Task An_admin_makes_a_viewer_a_member_and_nobody_an_owner()
    {
        var organization = await fixture.Database.AddOrganizationAsync();
        await fixture.Database.AddMemberAsync(organization, Role.Owner);
        var admin = await fixture.App.ClientOfAsync(organization, Role.Admin);
        var id = await fixture.Database.AddMemberAsync(organization, Role.Viewer);

        var changed = await ChangeRoleAsync(admin, id, "member");
        Assert.Equal("member", (string)(await OrganizationFixture.ReadAsync(changed, HttpStatusCode.OK))["role"]!);
        Assert.Equal(HttpStatusCode.Forbidden, (await ChangeRoleAsync(admin, id, "owner")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await ChangeRoleAsync(admin, id, "boss")).StatusCode);
    }

    [Fact]
    public async Task The_last_owner_can_neither_leave_nor_become_something_else()
    {
        var organization = await fixture.Database.AddOrganizationAsync();
        var owner = await fixture.Database.AddMemberAsync(organization, Role.Owner);
        var client = await fixture.App.ClientOfAsync(organization, Role.Owner);

        Assert.Equal(HttpStatusCode.OK, (await ChangeRoleAsync(client, owner, "admin")).StatusCode);
        var self = await fixture.Database.ValueAsync<Guid>(
            $"select user_id from ops.organization_user where organization_id = '{organization}' and role = 'owner'");
        Assert.Equal(HttpStatusCode.Conflict, (await ChangeRoleAsync(client, self, "admin")).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await RemoveAsync(client, self)).StatusCode);
    }

    [Fact]
    public async Task Of_two_owners_who_leave_at_once_one_stays()
    {
        var organization = await fixture.Database.AddOrganizationAsync();
        var owners = new List<Guid>();
        for (var n = 0; n < 6; n++)
            owners.Add(await fixture.Database.AddMemberAsync(organization, Role.Owner));

        var outcomes = await Task.WhenAll(owners.Select(async owner =>
        {
            var scope = new OrganizationScope();
            scope.Enter(organization, new Actor(ActorKind.User, owner, owner));
            var database = new IdentityDatabase(fixture.Database.Pools, scope);
            try
            {
                return await database.ValueAsync<bool>(
                    """
                    select ops.remove_member(m.user_id, m.updated_at)
                    from ops.organization_user m
                    where m.organization_id = @organization and m.user_id = @owner
                    """,
                    new { organization, owner }, CancellationToken.None);
            }
            catch (PostgresException e) when (e.ConstraintName == "organization_keeps_an_owner")
            {
                return false;
            }
        }));

        Assert.Equal(5, outcomes.Count(left => left));
    }

    [Fact]
    public async Task An_admin_removes_members_but_no_owner_and_a_member_nobody()
    {
        var organization = await fixture.Database.AddOrganizationAsync();
        var owner = await fixture.Database.AddMemberAsync(organization, Role.Owner);
        var member = await fixture.Database.AddMemberAsync(organization, Role.Member);
        var admin = await fixture.App.ClientOfAsync(organization, Role.Admin);
        var other = await fixture.App.ClientOfAsync(organization, Role.Member);

        Assert.Equal(HttpStatusCode.Forbidden, (await RemoveAsync(other, member)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await RemoveAsync(admin, owner)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await RemoveAsync(admin, member)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await admin.GetAsync($"/api/members/{member}")).StatusCode);
    }

    [Fact]
    public async Task A_change_needs_the_version_that_it_was_made_from()
    {
        var organization = await fixture.Database.AddOrganizationAsync();
        var client = await fixture.App.ClientOfAsync(organization, Role.Owner);

        using var blind = new HttpRequestMessage(HttpMethod.Patch, "/api/organization");
        blind.Content = new StringContent("""{"name":"Other"}""", null, "application/json");
        Assert.Equal(HttpStatusCode.PreconditionRequired, (await client.SendAsync(blind)).StatusCode);

        using var stale = new HttpRequestMessage(HttpMethod.Patch, "/api/organization");
        stale.Content = new StringContent("""{"name":"Other"}""", null, "application/json");
        stale.Headers.TryAddWithoutValidation("If-Match", "\"1\"");
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await client.SendAsync(stale)).StatusCode);

        var renamed = await OrganizationFixture.ChangeAsync(
            client, HttpMethod.Patch, "/api/organization", new { name = "Other" });
        Assert.Equal("Other", (string)(await OrganizationFixture.ReadAsync(renamed, HttpStatusCode.OK))["name"]!);
    }

    [Fact]
    public async Task A_deleted_organization_is_gone_at_once_for_keys_and_people()
    {
        var organization = await fixture.Database.AddOrganizationAsync();
        var client = await fixture.App.ClientOfAsync(organization, Role.Owner);
        var user = await fixture.Database.ValueAsync<Guid>(
            $"select user_id from ops.organization_user where organization_id = '{organization}'");

        var deleted = await OrganizationFixture.ChangeAsync(client, HttpMethod.Delete, "/api/organization");

        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        await Eventually.TrueAsync(
            async () => (await client.GetAsync("/api/organization")).StatusCode == HttpStatusCode.Unauthorized,
            TimeSpan.FromSeconds(2), () => "The key still works.");
        Assert.Empty(await fixture.AsPersonAsync(
            user, (registry, _) => registry.ListAsync(null, 10, CancellationToken.None)));
    }

    [Fact]
    public async Task A_deleted_organization_and_its_files_are_removed_some_time_later()
    {
        var (gone, recent) = (
            await fixture.Database.AddOrganizationAsync("long-gone"), await fixture.Database.AddOrganizationAsync());
        var client = await fixture.App.ClientOfAsync(gone, Role.Owner);
        await client.PostAsync("/api/documents?name=a.txt", new StringContent("Some text."));
        await Eventually.TrueAsync(
            async () => await fixture.Database.ValueAsync<long>(
                $"""
                select count(*) from ops.workflow_run where organization_id = '{gone}' and status = 'succeeded'
                """) == 1,
            null, () => "The document was not ingested.");
        await fixture.Database.ExecuteAsync(
            $"""
            update ops.organization set deleted_at = now() - interval '31 days' where id = '{gone}';
            update ops.organization set deleted_at = now() where id = '{recent}';
            """);

        await fixture.App.Client.RunNowAsync(nameof(OrganizationPurgeFunctions.PurgeOrganizations));

        await Eventually.TrueAsync(
            async () => await fixture.Database.ValueAsync<long>(
                $"select count(*) from ops.organization where id in ('{gone}', '{recent}')") == 1,
            null, () => "It is still there.");
        Assert.Equal(0L, await fixture.Database.ValueAsync<long>(
            $"select count(*) from ops.event where organization_id = '{gone}'"));
        Assert.False(await fixture.App.Inbox.GetBlobClient("long-gone/a.txt").ExistsAsync());
    }

    private static Task<HttpResponseMessage> ChangeRoleAsync(HttpClient client, Guid id, string role) =>
        OrganizationFixture.ChangeAsync(client, HttpMethod.Patch, $"/api/members/{id}", new { role });

    private static Task<HttpResponseMessage> RemoveAsync(HttpClient client, Guid id) =>
        OrganizationFixture.ChangeAsync(client, HttpMethod.Delete, $"/api/members/{id}");
}
