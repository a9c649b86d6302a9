using System.Net;
using System.Net.Http.Json;

namespace Assay;

public sealed class InvitationTests(OrganizationFixture fixture) : IClassFixture<OrganizationFixture>
{
    [Fact]
    public async Task A_person_joins_once_by_an_invitation_with_its_role()
    {
        var (organization, admin) = await OrganizationAsync(Role.Admin);
        var (_, token) = await fixture.InviteAsync(admin, "member");
        var (first, second) = (await PersonAsync(), await PersonAsync());

        var joined = Assert.IsType<Acceptance.Joined>(await AcceptAsync(first, token));

        Assert.Equal((organization, "member"), (joined.Organization.Id, joined.Organization.Role));
        Assert.IsType<Acceptance.NotLive>(await AcceptAsync(second, token));
        Assert.Equal([organization], (await fixture.AsPersonAsync(
            first, (registry, _) => registry.ListAsync(null, 10, CancellationToken.None))).Select(one => one.Id));
    }

    [Fact]
    public async Task Of_many_who_accept_at_once_one_joins()
    {
        var (_, admin) = await OrganizationAsync(Role.Admin);
        var (_, token) = await fixture.InviteAsync(admin, "viewer");
        var people = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => PersonAsync()));

        var outcomes = await Task.WhenAll(people.Select(person => AcceptAsync(person, token)));

        Assert.Single(outcomes.OfType<Acceptance.Joined>());
        Assert.Equal(7, outcomes.OfType<Acceptance.NotLive>().Count());
    }

    [Fact]
    public async Task An_invitation_to_an_address_is_for_that_account_alone()
    {
        var (_, admin) = await OrganizationAsync(Role.Admin);
        var (wanted, other) = (await PersonAsync(), await PersonAsync());
        var (_, token) = await fixture.InviteAsync(admin, "member", $"{wanted:N}@EXAMPLE.com");

        Assert.IsType<Acceptance.ForAnotherAddress>(await AcceptAsync(other, token));
        Assert.IsType<Acceptance.Joined>(await AcceptAsync(wanted, token));
    }

    [Fact]
    public async Task Asking_again_replaces_and_revoking_ends_an_invitation()
    {
        var (_, admin) = await OrganizationAsync(Role.Admin);
        var person = await PersonAsync();
        var email = $"{person:n}@example.com";
        var (_, replaced) = await fixture.InviteAsync(admin, "member", email);
        var (id, revoked) = await fixture.InviteAsync(admin, "member", email);

        Assert.Equal(HttpStatusCode.NoContent, (await admin.DeleteAsync($"/api/invitations/{id}")).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await admin.DeleteAsync($"/api/invitations/{id}")).StatusCode);

        Assert.IsType<Acceptance.NotLive>(await AcceptAsync(person, replaced));
        Assert.IsType<Acceptance.NotLive>(await AcceptAsync(person, revoked));
        var list = await OrganizationFixture.ReadAsync(
            await admin.GetAsync("/api/invitations?status=revoked"), HttpStatusCode.OK);
        Assert.Equal(2, list["items"]!.AsArray().Count);
        Assert.DoesNotContain(replaced, list.ToJsonString());
    }

    [Fact]
    public async Task Of_invitations_to_one_address_at_once_one_stays_open()
    {
        var (organization, admin) = await OrganizationAsync(Role.Admin);
        var email = $"{Guid.NewGuid():n}@example.com";

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => fixture.InviteAsync(admin, "viewer", email)));

        Assert.Equal(1L, await fixture.Database.ValueAsync<long>(
            $"select count(*) from ops.invitation where organization_id = '{organization}' and revoked_at is null"));
    }

    [Fact]
    public async Task An_expired_invitation_is_none()
    {
        var (organization, admin) = await OrganizationAsync(Role.Admin);
        var (_, token) = await fixture.InviteAsync(admin, "member");
        await fixture.Database.ExecuteAsync(
            $"update ops.invitation set expires_at = now() where organization_id = '{organization}'");

        Assert.IsType<Acceptance.NotLive>(await AcceptAsync(await PersonAsync(), token));
    }

    [Fact]
    public async Task A_member_who_accepts_again_leaves_the_invitation_open()
    {
        var (organization, admin) = await OrganizationAsync(Role.Admin);
        var member = await fixture.Database.AddMemberAsync(organization, Role.Viewer);
        var (_, token) = await fixture.InviteAsync(admin, "admin");

        Assert.IsType<Acceptance.MemberAlready>(await AcceptAsync(member, token));
        Assert.IsType<Acceptance.Joined>(await AcceptAsync(await PersonAsync(), token));
    }

    [Fact]
    public async Task Nobody_invites_above_themselves_and_members_nobody()
    {
        var (organization, admin) = await OrganizationAsync(Role.Admin);
        var member = await fixture.App.ClientOfAsync(organization, Role.Member);

        var owner = await admin.PostAsJsonAsync("/api/invitations", new { role = "owner" });
        Assert.Equal(HttpStatusCode.Forbidden, owner.StatusCode);
        Assert.Equal(
            HttpStatusCode.Forbidden,
            (await member.PostAsJsonAsync("/api/invitations", new { role = "viewer" })).StatusCode);
        var wrong = await OrganizationFixture.ReadAsync(
            await admin.PostAsJsonAsync("/api/invitations", new { role = "viewer", email = "nobody" }),
            HttpStatusCode.UnprocessableEntity);
        Assert.NotNull(wrong["errors"]!["email"]);
    }

    [Theory]
    [InlineData("Pay at http://evil.example/login")]
    [InlineData("See www.evil.example")]
    [InlineData("Go to evil.example now")]
    [InlineData("Write to help@evil.example")]
    [InlineData("Open evil\uff0eexample\uff0fpay")]
    [InlineData("mailto:help")]
    public async Task A_name_that_mail_would_make_a_link_of_is_not_in_it(string name)
    {
        var (organization, admin) = await OrganizationAsync(Role.Admin);
        await fixture.Database.ExecuteAsync(
            $"update ops.organization set name = '{name}' where id = '{organization}'");

        var mail = await fixture.InvitationMailAsync(admin, $"{Guid.NewGuid():n}@example.org");

        Assert.DoesNotContain("evil", mail);
        Assert.DoesNotContain("mailto", mail);
        Assert.Contains($"the organization \"test-{organization:n}\"", mail);
    }

    [Fact]
    public async Task A_name_is_one_short_line_of_a_mail_that_says_who_invites()
    {
        var (organization, admin) = await OrganizationAsync(Role.Admin);
        await fixture.Database.ExecuteAsync(
            $"""
            update ops.organization set name = E'Acme Inc.\r\n\r\n"Your account" is locked' || repeat(' now', 40)
            where id = '{organization}'
            """);
        var unknown = await fixture.InvitationMailAsync(admin, $"{Guid.NewGuid():n}@example.org");
        await fixture.Database.ExecuteAsync(
            $"""
            update ops.user_account set email_verified_at = now(), name = 'Your bank'
            where id = (select user_id from ops.organization_user where organization_id = '{organization}')
            """);
        var known = await fixture.InvitationMailAsync(admin, $"{Guid.NewGuid():n}@example.org");
        var person = await fixture.Database.ValueAsync<string>(
            "select u.email from ops.user_account u join ops.organization_user m on m.user_id = u.id "
            + $"where m.organization_id = '{organization}'");

        Assert.Contains("Somebody whose e-mail address is not confirmed invites you", unknown);
        Assert.Contains(
            $"{person} invites you to the organization \"Acme Inc. 'Your account' is locked", known);
        Assert.DoesNotContain("Your bank", known);
        Assert.True(known.Split("now").Length < 15, known);
        Assert.Contains("Subject: You are invited\n", known);
    }

    [Fact]
    public void A_header_of_a_mail_is_one_line()
    {
        Assert.Throws<ArgumentException>(() => new Mail("a@example.com", "Hello\r\nBcc: b@example.com", "Text"));
        Assert.Throws<ArgumentException>(() => new Mail("a@example.com\n", "Hello", "Text"));
    }

    [Fact]
    public async Task A_key_gives_no_role_that_may_do_more_than_its_scopes()
    {
        var organization = await fixture.Database.AddOrganizationAsync();
        var narrow = await fixture.App.ClientOfAsync(organization, Role.Owner, "members:write");
        var reading = await fixture.App.ClientOfAsync(
            organization, Role.Owner,
            ["members:write", .. Permissions.LeastRoles.Keys.Where(key => key.EndsWith(":read"))]);
        var member = await fixture.Database.AddMemberAsync(organization, Role.Viewer);

        foreach (var (client, role) in new[] { (narrow, "viewer"), (narrow, "owner"), (reading, "member") })
        {
            Assert.Equal(
                HttpStatusCode.Forbidden, (await client.PostAsJsonAsync("/api/invitations", new { role })).StatusCode);
            Assert.Equal(HttpStatusCode.Forbidden, (await OrganizationFixture.ChangeAsync(
                client, HttpMethod.Patch, $"/api/members/{member}", new { role })).StatusCode);
        }
        await fixture.InviteAsync(reading, "viewer");
    }

    [Fact]
    public async Task Nobody_is_flooded_with_invitations()
    {
        var (_, admin) = await OrganizationAsync(Role.Admin);
        var email = $"{Guid.NewGuid():n}@example.com";
        for (var n = 0; n < 10; n++)
            await fixture.InviteAsync(admin, "viewer", email);

        var refused = await admin.PostAsJsonAsync("/api/invitations", new { role = "viewer", email });

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
    }

    [Fact]
    public async Task A_new_organization_has_its_maker_as_owner_and_a_slug_of_its_own()
    {
        var person = await PersonAsync();

        var (first, second) = await fixture.AsPersonAsync(person, async (registry, _) => (
            await registry.CreateAsync("Ünser Team!", CancellationToken.None),
            await registry.CreateAsync("Ünser Team!", CancellationToken.None)));
        var taken = await fixture.AsPersonAsync(
            person, (registry, _) => registry.CreateAsync("Other", first.Slug, CancellationToken.None));

        Assert.Equal(("nser-team", "owner"), (first.Slug, first.Role));
        Assert.StartsWith("nser-team-", second.Slug);
        Assert.Null(taken);
    }

    private Task<Acceptance> AcceptAsync(Guid person, string token) => fixture.AsPersonAsync(
        person, (_, invitations) => invitations.AcceptAsync(token, CancellationToken.None));

    private async Task<Guid> PersonAsync()
    {
        var id = Guid.CreateVersion7();
        await fixture.Database.ExecuteAsync(
            $"insert into ops.user_account (id, email) values ('{id}', '{id:n}@example.com')");
        return id;
    }

    private async Task<(Guid Id, HttpClient Client)> OrganizationAsync(Role role)
    {
        var id = await fixture.Database.AddOrganizationAsync();
        return (id, await fixture.App.ClientOfAsync(id, role));
    }
}
