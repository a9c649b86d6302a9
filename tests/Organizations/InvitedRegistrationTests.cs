using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;

namespace Assay;

/// <summary>People without an account come by an invitation.</summary>
public sealed class InvitedRegistrationTests(OrganizationFixture fixture) : IClassFixture<OrganizationFixture>
{
    private readonly string email = $"{Guid.NewGuid():n}@example.com";
    private Guid organization;

    [Fact]
    public async Task Whoever_was_mailed_a_token_registers_with_it_and_is_a_member_with_a_verified_address()
    {
        var (_, token) = await InviteAsync("member", email);

        var answer = await RegisterAsync(new { password = Person.Password, invitation = token });

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var person = Person.With(fixture.App, email, (string)(await Person.ReadAsync(answer))["token"]!);
        var me = await Person.ReadAsync(await person.Client.GetAsync("/api/me"));
        Assert.Equal((email, true), ((string?)me["email"], (bool)me["emailVerified"]!));
        // The only organization of theirs, so that none has to be named.
        var mine = await Person.ReadAsync(await person.Client.GetAsync("/api/organization"));
        Assert.Equal((organization, "member"), ((Guid)mine["id"]!, (string)mine["role"]!));
        Assert.True(await (await person.AgainAsync(fixture.App)).IsSignedInAsync());
    }

    [Fact]
    public async Task A_token_that_was_handed_over_verifies_no_address()
    {
        var (_, token) = await InviteAsync("viewer", null);

        var without = await RegisterAsync(new { password = Person.Password, invitation = token });
        var answer = await RegisterAsync(new { email, password = Person.Password, invitation = token });

        Assert.Equal(HttpStatusCode.UnprocessableEntity, without.StatusCode);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var person = Person.With(fixture.App, email, (string)(await Person.ReadAsync(answer))["token"]!);
        Assert.False((bool)(await Person.ReadAsync(await person.Client.GetAsync("/api/me")))["emailVerified"]!);
        Assert.Equal(HttpStatusCode.OK, (await person.Client.GetAsync("/api/organization")).StatusCode);
    }

    [Fact]
    public async Task A_token_for_another_address_is_refused_and_stays_good()
    {
        var (id, token) = await InviteAsync("member", email);

        var refused = await RegisterAsync(
            new { email = "other@example.com", password = Person.Password, invitation = token });

        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains("another e-mail address", await refused.Content.ReadAsStringAsync());
        Assert.Equal("open", await StatusAsync(id));
        Assert.Equal(0, await fixture.Database.ValueAsync<long>(
            "select count(*) from ops.user_account where email = 'other@example.com'"));
        Assert.Equal(HttpStatusCode.Created, (await RegisterAsync(
            new { email = email.ToUpperInvariant(), password = Person.Password, invitation = token })).StatusCode);
    }

    [Fact]
    public async Task Wrong_expired_revoked_and_used_tokens_are_answered_alike()
    {
        var (expired, revoked, used) = (
            await InviteAsync("viewer", null), await InviteAsync("viewer", null), await InviteAsync("viewer", null));
        await fixture.Database.ExecuteAsync(
            $"""
            update ops.invitation set expires_at = now() where id = '{expired.Id}';
            update ops.invitation set revoked_at = now() where id = '{revoked.Id}'
            """);
        await RegisterAsync(new { email, password = Person.Password, invitation = used.Token });

        var answers = new List<string>();
        foreach (var token in new[] { "asi_made-up", expired.Token, revoked.Token, used.Token })
        {
            var answer = await RegisterAsync(
                new { email = $"next-{email}", password = Person.Password, invitation = token });
            Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
            answers.Add(Regex.Replace(await answer.Content.ReadAsStringAsync(), "[0-9a-f]{32}", ""));
        }

        Assert.Single(answers.Distinct());
    }

    [Fact]
    public async Task Of_many_who_register_with_one_token_at_once_one_gets_in_and_the_others_leave_nothing()
    {
        var (_, token) = await InviteAsync("viewer", null);
        var mark = $"{Guid.NewGuid():n}";

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(n =>
            RegisterAsync(new { email = $"{n}-{mark}@example.com", password = Person.Password, invitation = token })));

        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.Created);
        Assert.Equal(5, answers.Count(answer => answer.StatusCode == HttpStatusCode.UnprocessableEntity));
        Assert.Equal(1, await fixture.Database.ValueAsync<long>(
            $"select count(*) from ops.user_account where email like '%{mark}@example.com'"));
    }

    [Fact]
    public async Task An_account_with_the_address_is_told_to_sign_in_and_accepts_with_the_same_token()
    {
        var (id, token) = await InviteAsync("member", email);
        var person = await Person.RegisterAsync(fixture.App, email);

        var refused = await RegisterAsync(new { password = "another staple 42 battery", invitation = token });

        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        Assert.Equal("open", await StatusAsync(id));
        Assert.Equal(
            HttpStatusCode.OK,
            (await person.Client.PostAsJsonAsync("/api/invitations/accept", new { token })).StatusCode);
    }

    private async Task<(Guid Id, string Token)> InviteAsync(string role, string? to)
    {
        organization = await fixture.Database.AddOrganizationAsync();
        return await fixture.InviteAsync(await fixture.App.ClientOfAsync(organization, Role.Admin), role, to);
    }

    private Task<string> StatusAsync(Guid id) => fixture.Database.ValueAsync<string>(
        $"select case when accepted_at is null then 'open' else 'accepted' end from ops.invitation where id = '{id}'");

    private Task<HttpResponseMessage> RegisterAsync(object body) =>
        fixture.App.Client.PostAsJsonAsync("/api/auth/register", body);
}
