using System.Net;
using System.Net.Http.Json;
using System.Text;
using Npgsql;

namespace Assay;

/// <summary>What ends with a membership, and with a role.</summary>
public sealed class FormerMemberTests(OrganizationFixture fixture) : IClassFixture<OrganizationFixture>, IAsyncLifetime
{
    private readonly AssayApp app = fixture.App;
    private Guid organization;
    private HttpClient owner = null!;
    private HttpClient admin = null!;
    private Guid memberId;
    private HttpClient member = null!;

    public async Task InitializeAsync()
    {
        organization = await app.Database.AddOrganizationAsync();
        owner = await app.ClientOfAsync(organization, Role.Owner);
        admin = await app.ClientOfAsync(organization, Role.Admin);
        (memberId, member) = await MemberAsync(Role.Member);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_link_ends_with_the_membership_of_whoever_made_it()
    {
        var open = await member.AddPromptAsync("Everybody's");
        var hidden = await AddHiddenAsync(member);
        var changing = await LinkAsync(member, open.Id, "edit");
        var reading = await LinkAsync(member, hidden.Id, "view");
        Assert.Equal(HttpStatusCode.OK, (await app.Client.GetAsync(changing)).StatusCode);

        Assert.Equal(HttpStatusCode.NoContent, await RemoveAsync(admin, "?private=seal"));

        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.PatchAsync(changing, new { title = "x" })).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.GetAsync(reading)).StatusCode);
        Assert.Equal("Everybody's", (await admin.GetAsync<Entity>($"/api/prompts/{open.Id}")).Title);
        await RejoinAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.GetAsync(changing)).StatusCode);
    }

    [Fact]
    public async Task A_key_ends_for_good_with_the_membership_of_its_user()
    {
        Assert.Equal(HttpStatusCode.OK, (await member.GetAsync("/api/prompts")).StatusCode);
        var key = Assert.Single((await member.GetAsync<Page<ApiKey>>("/api/keys")).Items).Id;

        Assert.Equal(HttpStatusCode.NoContent, await RemoveAsync(admin));

        Assert.Equal("revoked", (await admin.GetAsync<ApiKey>($"/api/keys/{key}")).Status);
        Assert.Equal(
            HttpStatusCode.Forbidden, (await admin.PostAsJsonAsync($"/api/keys/{key}/rotate", new { })).StatusCode);
        await RejoinAsync();
        await Eventually.TrueAsync(
            async () => (await member.GetAsync("/api/prompts")).StatusCode == HttpStatusCode.Unauthorized,
            TimeSpan.FromSeconds(2), () => "The key still works.");
    }

    [Theory]
    [InlineData("update ops.organization_user set status = 'removed' where user_id = '{0}'")]
    [InlineData("delete from ops.organization_user where user_id = '{0}'")]
    [InlineData("update ops.user_account set is_active = false where id = '{0}'")]
    [InlineData("delete from ops.user_account where id = '{0}'")]
    public async Task Whatever_ends_a_membership_withdraws_what_the_member_handed_out(string statement)
    {
        var (id, leaver) = await MemberAsync(Role.Admin);
        var prompt = await leaver.AddPromptAsync("a");
        var link = await LinkAsync(leaver, prompt.Id, "edit");
        await leaver.PostAsJsonAsync($"/api/prompts/{prompt.Id}/shares", new { grantee = "user", userId = memberId });
        await fixture.InviteAsync(leaver, "admin");
        await leaver.PostAsJsonAsync(
            "/api/credentials",
            new
            {
                provider = "openai", name = "own", secret = $"sk-{Guid.NewGuid():n}{Guid.NewGuid():n}",
                isPersonal = true,
            });
        Assert.Equal(5, await LiveAsync());

        await app.Database.ExecuteAsync(string.Format(statement, id));

        Assert.Equal(0, await LiveAsync());
        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.GetAsync(link)).StatusCode);

        // Of the one who leaves; the others in the organization have only keys.
        Task<long> LiveAsync() => app.Database.ValueAsync<long>(
            $"""
            select (select count(*) from core.share where organization_id = '{organization}' and revoked_at is null)
                + (select count(*) from ops.invitation where organization_id = '{organization}' and revoked_at is null)
                + (select count(*) from ops.api_key where user_id = '{id}' and revoked_at is null)
                + (select count(*) from ops.provider_credential where organization_id = '{organization}')
            """);
    }

    [Theory]
    [InlineData("/api/keys", """{"name": "x", "scopes": ["runs:read"]}""")]
    [InlineData("/api/invitations", """{"role": "viewer"}""")]
    [InlineData("/api/prompts/{0}/shares", """{"grantee": "link", "permission": "edit"}""")]
    public async Task Nothing_is_handed_out_by_a_request_that_a_removal_overtakes(string path, string body)
    {
        var (id, leaver) = await MemberAsync(Role.Admin);
        var prompt = await leaver.AddPromptAsync("a");
        await using var removal = new NpgsqlConnection(app.Database.Administrator);
        await removal.OpenAsync();
        await using var transaction = await removal.BeginTransactionAsync();
        await using var remove = new NpgsqlCommand(
            $"update ops.organization_user set status = 'removed' where user_id = '{id}'", removal, transaction);
        await remove.ExecuteNonQueryAsync();

        var answer = leaver.PostAsync(
            string.Format(path, prompt.Id), new StringContent(body, Encoding.UTF8, "application/json"));
        await Eventually.TrueAsync(
            async () => await app.Database.ValueAsync<long>(
                "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")
                > 0,
            null, () => "The request does not wait.");
        await transaction.CommitAsync();

        Assert.Equal(HttpStatusCode.Forbidden, (await answer).StatusCode);
    }

    [Fact]
    public async Task Who_shares_something_once_more_answers_for_it_from_then_on()
    {
        var (id, leaver) = await MemberAsync(Role.Admin);
        var share = $"/api/prompts/{(await member.AddPromptAsync("a")).Id}/shares";
        await member.PostAsJsonAsync(share, new { grantee = "organization" });
        await leaver.PostAsJsonAsync(share, new { grantee = "organization", permission = "edit" });

        Assert.Equal(HttpStatusCode.NoContent, await RemoveAsync(admin, "", id));

        Assert.Equal("revoked", Assert.Single((await member.GetAsync<Page<Share>>(share)).Items).Status);
    }

    [Fact]
    public async Task A_session_ends_with_the_only_membership_and_otherwise_leads_there_no_more()
    {
        var slug = await app.Database.ValueAsync<string>(
            $"select slug from ops.organization where id = '{organization}'");
        var (only, both) = (await PersonAsync(), await PersonAsync());
        await app.Database.ExecuteAsync(
            $"""
            insert into ops.organization_user (organization_id, user_id, role)
            values ('{await app.Database.AddOrganizationAsync()}', '{await both.IdAsync(app)}', 'member')
            """);
        both.Client.DefaultRequestHeaders.Add("Assay-Organization", slug);
        Assert.Equal(HttpStatusCode.OK, (await both.Client.GetAsync("/api/prompts")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await only.Client.GetAsync("/api/prompts")).StatusCode);

        Assert.Equal(HttpStatusCode.NoContent, await RemoveAsync(admin, "", await only.IdAsync(app)));
        Assert.Equal(HttpStatusCode.NoContent, await RemoveAsync(admin, "", await both.IdAsync(app)));

        await only.SignedOutAsync();
        await Eventually.TrueAsync(
            async () => (await both.Client.GetAsync("/api/prompts")).StatusCode == HttpStatusCode.NotFound,
            TimeSpan.FromSeconds(1), () => "The organization is still there.");
        both.Client.DefaultRequestHeaders.Remove("Assay-Organization");
        Assert.Equal(HttpStatusCode.OK, (await both.Client.GetAsync("/api/prompts")).StatusCode);
    }

    [Fact]
    public async Task Who_is_given_a_lesser_role_keeps_nothing_that_it_could_not_hand_out()
    {
        var (id, former) = await MemberAsync(Role.Admin);
        var (own, others) = (await former.AddPromptAsync("a"), await member.AddPromptAsync("b"));
        var (ownLink, othersLink) = (
            await LinkAsync(former, own.Id, "edit"), await LinkAsync(former, others.Id, "edit"));
        await fixture.InviteAsync(former, "viewer");
        var key = await app.Database.AddKeyAsync(organization, id, "audit:read", "keys:write", "runs:read");

        await OrganizationFixture.ChangeAsync(owner, HttpMethod.Patch, $"/api/members/{id}", new { role = "member" });

        Assert.Equal(HttpStatusCode.OK, (await app.Client.GetAsync(ownLink)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.GetAsync(othersLink)).StatusCode);
        Assert.Empty((await admin.GetAsync<Page<Invitation>>("/api/invitations?status=open")).Items);
        var program = Client(key);
        Assert.Equal(HttpStatusCode.Forbidden, (await program.GetAsync("/api/audit")).StatusCode);
        var known = (await program.GetAsync<Page<ApiKey>>("/api/keys")).Items.First(one => one.Scopes.Length == 3);
        Assert.Equal(
            HttpStatusCode.Forbidden,
            (await program.PostAsJsonAsync($"/api/keys/{known.Id}/rotate", new { })).StatusCode);

        await OrganizationFixture.ChangeAsync(owner, HttpMethod.Patch, $"/api/members/{id}", new { role = "viewer" });
        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.GetAsync(ownLink)).StatusCode);
    }

    [Fact]
    public async Task What_becomes_of_private_entities_is_said_by_whoever_removes_their_owner()
    {
        var hidden = await AddHiddenAsync(member);
        await AddHiddenAsync(member);

        using var unsaid = await admin.SendAsync(HttpMethod.Delete, $"/api/members/{memberId}");
        Assert.Equal(
            "expected seal or handOver: the member owns private entities, 2 in number",
            (await unsaid.ErrorsAsync(HttpStatusCode.UnprocessableEntity))["private"]);
        foreach (var to in new[] { "", $"&to={Guid.NewGuid()}", $"&to={memberId}" })
        {
            using var nobody = await admin.SendAsync(
                HttpMethod.Delete, $"/api/members/{memberId}?private=handOver{to}");
            Assert.Equal(["to"], (await nobody.ErrorsAsync(HttpStatusCode.UnprocessableEntity)).Keys);
        }

        var (heir, heirs) = await MemberAsync(Role.Member);
        Assert.Equal(HttpStatusCode.NoContent, await RemoveAsync(admin, $"?private=handOver&to={heir}"));

        Assert.Equal(heir, (await heirs.GetAsync<Entity>($"/api/prompts/{hidden.Id}")).OwnerId);
        Assert.Equal(HttpStatusCode.NotFound, (await admin.GetAsync($"/api/prompts/{hidden.Id}")).StatusCode);
        var told = Assert.Single(
            (await admin.GetAsync<Page<AuditEntry>>("/api/audit?action=private_handed_over")).Items);
        Assert.Equal(
            (2, heir), ((int)told.After!["private_entities"]!, (Guid)told.After["handed_over_to"]!));
    }

    [Fact]
    public async Task What_is_sealed_is_nobodys_until_an_owner_hands_it_over()
    {
        var hidden = await AddHiddenAsync(member);
        var other = await app.Database.AddMemberAsync(organization, Role.Member);
        Assert.Equal(HttpStatusCode.Conflict, await HandOverAsync(owner, other));
        Assert.Equal(HttpStatusCode.NoContent, await RemoveAsync(admin, "?private=seal"));

        foreach (var client in new[] { owner, admin })
            Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync($"/api/prompts/{hidden.Id}")).StatusCode);
        Assert.Single((await admin.GetAsync<Page<AuditEntry>>("/api/audit?action=private_sealed")).Items);

        var (heir, heirs) = await MemberAsync(Role.Member);
        Assert.Equal(HttpStatusCode.Forbidden, await HandOverAsync(admin, heir));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, await HandOverAsync(owner, memberId));
        Assert.Equal(HttpStatusCode.OK, await HandOverAsync(owner, heir));
        Assert.Equal("Hidden", (await heirs.GetAsync<Entity>($"/api/prompts/{hidden.Id}")).Title);
        Assert.Equal(HttpStatusCode.NotFound, await HandOverAsync(owner, heir));
    }

    [Fact]
    public async Task Who_comes_back_finds_what_was_sealed()
    {
        var hidden = await AddHiddenAsync(member);
        Assert.Equal(HttpStatusCode.NoContent, await RemoveAsync(admin, "?private=seal"));
        await RejoinAsync();

        var again = Client(await app.Database.AddKeyAsync(organization, memberId));
        Assert.Equal("Hidden", (await again.GetAsync<Entity>($"/api/prompts/{hidden.Id}")).Title);
    }

    [Fact]
    public async Task Only_with_the_right_to_everybodys_entities_are_those_of_others_handed_over()
    {
        await AddHiddenAsync(member);
        var narrow = await app.ClientOfAsync(organization, Role.Owner, "members:write");
        var heir = await app.Database.AddMemberAsync(organization, Role.Member);

        Assert.Equal(HttpStatusCode.Forbidden, await RemoveAsync(narrow, $"?private=handOver&to={heir}"));
        Assert.Equal(HttpStatusCode.NoContent, await RemoveAsync(narrow, "?private=seal"));
    }

    [Fact]
    public async Task Who_leaves_says_themselves_what_becomes_of_what_is_private()
    {
        var person = await PersonAsync();
        var hidden = await AddHiddenAsync(person.Client);
        var id = await person.IdAsync(app);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, await RemoveAsync(person.Client, "", id));
        Assert.Equal(
            HttpStatusCode.NoContent, await RemoveAsync(person.Client, $"?private=handOver&to={memberId}", id));
        Assert.Equal("Hidden", (await member.GetAsync<Entity>($"/api/prompts/{hidden.Id}")).Title);
    }

    [Fact]
    public async Task Who_deletes_their_account_agrees_that_nobody_reaches_what_is_private()
    {
        var person = await PersonAsync();
        await AddHiddenAsync(person.Client);

        using var unsaid = await person.Client.SendAsync(HttpMethod.Delete, "/api/me");
        Assert.Equal(["private"], (await unsaid.ErrorsAsync(HttpStatusCode.UnprocessableEntity)).Keys);
        using var said = await person.Client.SendAsync(HttpMethod.Delete, "/api/me?private=seal");
        Assert.Equal(HttpStatusCode.NoContent, said.StatusCode);
        var told = Assert.Single((await admin.GetAsync<Page<AuditEntry>>("/api/audit?action=private_sealed")).Items);
        Assert.Equal(1, (int)told.After!["private_entities"]!);
    }

    private async Task<(Guid Id, HttpClient Client)> MemberAsync(Role role)
    {
        var id = await app.Database.AddMemberAsync(organization, role);
        return (id, Client(await app.Database.AddKeyAsync(organization, id)));
    }

    // A member of this organization alone.
    private async Task<Person> PersonAsync()
    {
        var (_, token) = await fixture.InviteAsync(admin, "member");
        var email = $"{Guid.NewGuid():n}@example.com";
        var answer = await app.Client.PostAsJsonAsync(
            "/api/auth/register", new { email, password = Person.Password, invitation = token });
        return Person.With(app, email, (string)(await Person.ReadAsync(answer))["token"]!);
    }

    private HttpClient Client(string key)
    {
        var client = new HttpClient { BaseAddress = app.Address };
        client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        return client;
    }

    private static Task<Entity> AddHiddenAsync(HttpClient client) => client.AddAsync(
        "prompts", new { title = "Hidden", content = new { text = "a" }, visibility = "private" });

    private static async Task<string> LinkAsync(HttpClient client, Guid prompt, string permission)
    {
        var answer = await client.PostAsJsonAsync(
            $"/api/prompts/{prompt}/shares", new { grantee = "link", permission });
        return $"/api/shared/{(await answer.ReadAsync<CreatedShare>(HttpStatusCode.Created)).Token}";
    }

    private async Task<HttpStatusCode> RemoveAsync(HttpClient client, string query = "", Guid? id = null)
    {
        using var answer = await client.SendAsync(HttpMethod.Delete, $"/api/members/{id ?? memberId}{query}");
        return answer.StatusCode;
    }

    private async Task<HttpStatusCode> HandOverAsync(HttpClient client, Guid to) =>
        (await client.PostAsJsonAsync($"/api/members/{memberId}/handover", new { to })).StatusCode;

    private Task RejoinAsync() => app.Database.ExecuteAsync(
        $"update ops.organization_user set status = 'active' where user_id = '{memberId}'");
}
