using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Assay;

public sealed class SessionTests : IAsyncLifetime
{
    private AssayApp app = null!;

    public async Task InitializeAsync() => app = await AssayApp.StartAsync();

    public async Task DisposeAsync() => await app.DisposeAsync();

    [Fact]
    public async Task A_person_who_registers_owns_an_organization_and_may_act_there()
    {
        var person = await Person.RegisterAsync(app, "Ada.Byron@example.com");

        Assert.Equal(HttpStatusCode.OK, (await person.Client.GetAsync("/api/runs")).StatusCode);
        Assert.Equal("ada-byron", await app.Database.ValueAsync<string>("select slug from ops.organization"));
        Assert.Equal("owner", await app.Database.ValueAsync<string>("select role from ops.organization_user"));

        await Person.RegisterAsync(app, "ada.byron@example.org");
        Assert.Equal(2, await app.Database.ValueAsync<long>("select count(distinct slug) from ops.organization"));
    }

    [Theory]
    [InlineData("""{"email": "nobody", "password": "correct staple 41 battery"}""", "email")]
    [InlineData("""{"email": "a@b.example\r\nBcc: c@d.example", "password": "correct staple 41 battery"}""", "email")]
    [InlineData("""{"email": "a@example.com", "password": "short"}""", "password")]
    [InlineData("""{"email": "a@example.com", "password": "Passw0rd12345!"}""", "password")]
    [InlineData("""{"email": "a.long.name@example.com", "password": "A.Long.Name@example.com"}""", "password")]
    [InlineData("""{"email": "a@example.com"}""", "password")]
    [InlineData("""{"name": " "}""", "name")]
    public async Task What_a_registration_lacks_is_named(string body, string field)
    {
        var answer = await app.Client.PostAsync(
            "/api/auth/register", new StringContent(body, null, "application/json"));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Equal([field], (await Person.ReadAsync(answer))["errors"]!.AsObject().Select(error => error.Key));
        Assert.Equal(0, await app.Database.ValueAsync<long>("select count(*) from ops.user_account"));
    }

    [Fact]
    public async Task An_address_belongs_to_one_account_whatever_its_case()
    {
        await Person.RegisterAsync(app, "one@example.com");

        var second = await app.Client.PostAsJsonAsync(
            "/api/auth/register", new { email = "ONE@example.com", password = Person.Password });

        Assert.Equal(HttpStatusCode.Conflict, second.StatusCode);
        Assert.Equal(1, await app.Database.ValueAsync<long>("select count(*) from ops.session"));
    }

    [Fact]
    public async Task An_anonymous_account_is_claimed_once_and_signs_in_from_then_on()
    {
        var answer = await Person.ReadAsync(await app.Client.PostAsJsonAsync("/api/auth/register", new { }));
        var person = Person.With(app, "late@example.com", (string)answer["token"]!);
        var taken = (await Person.RegisterAsync(app)).Email;

        Assert.Equal(HttpStatusCode.Conflict, await ClaimAsync(person, taken!));
        Assert.Equal(HttpStatusCode.OK, await ClaimAsync(person, "late@example.com"));
        Assert.Equal(HttpStatusCode.Conflict, await ClaimAsync(person, "again@example.com"));
        Assert.Equal(HttpStatusCode.OK, (await person.Client.GetAsync("/api/runs")).StatusCode);
        Assert.True(await (await person.AgainAsync(app)).IsSignedInAsync());
    }

    [Fact]
    public async Task A_wrong_password_and_an_unknown_address_are_told_apart_by_nothing()
    {
        var person = await Person.RegisterAsync(app);

        var wrong = await Person.LogInAsync(app, person.Email!, "another password");
        var unknown = await Person.LogInAsync(app, "nobody@example.com", "another password");

        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        Assert.Equal(await WithoutTraceAsync(wrong), await WithoutTraceAsync(unknown));
        Assert.Equal(wrong.StatusCode, unknown.StatusCode);
        Assert.Equal(2, await app.Database.ValueAsync<long>(
            "select count(*) from ops.event where entity_type = 'login' and action = 'failed'"));
    }

    [Fact]
    public async Task A_person_who_is_no_longer_active_can_neither_sign_in_nor_go_on()
    {
        var person = await Person.RegisterAsync(app);
        await app.Database.ExecuteAsync("update ops.user_account set is_active = false");

        await person.SignedOutAsync();
        Assert.Equal(
            HttpStatusCode.Unauthorized,
            (await Person.LogInAsync(app, person.Email!, Person.Password)).StatusCode);
    }

    [Fact]
    public async Task Sessions_are_listed_and_ended_one_or_all_within_a_second()
    {
        var first = await Person.RegisterAsync(app);
        var second = await first.AgainAsync(app);
        var third = await first.AgainAsync(app);
        var other = await Person.RegisterAsync(app);

        var listed = (await Person.ReadAsync(await first.Client.GetAsync("/api/sessions")))["items"]!.AsArray();
        Assert.Equal([false, false, true], listed.Select(session => (bool)session!["isCurrent"]!));
        Assert.Equal("127.0.0.1", (string?)listed[0]!["address"]);

        Assert.Equal(
            HttpStatusCode.NotFound,
            (await other.Client.DeleteAsync($"/api/sessions/{listed[0]!["id"]}")).StatusCode);
        Assert.Equal(
            HttpStatusCode.NoContent,
            (await first.Client.DeleteAsync($"/api/sessions/{listed[0]!["id"]}")).StatusCode);
        await third.SignedOutAsync();
        Assert.True(await second.IsSignedInAsync());

        await first.Client.DeleteAsync("/api/sessions?keepCurrent=true");
        await second.SignedOutAsync();
        Assert.True(await first.IsSignedInAsync());

        await first.Client.DeleteAsync("/api/sessions");
        await first.SignedOutAsync();
        Assert.True(await other.IsSignedInAsync());
    }

    [Fact]
    public async Task Logging_out_ends_the_session_and_no_other()
    {
        var person = await Person.RegisterAsync(app);
        var elsewhere = await person.AgainAsync(app);

        Assert.Equal(
            HttpStatusCode.NoContent, (await person.Client.PostAsync("/api/auth/logout", null)).StatusCode);

        await person.SignedOutAsync();
        Assert.True(await elsewhere.IsSignedInAsync());
    }

    [Fact]
    public async Task A_refresh_replaces_the_token_and_leaves_the_old_one_a_minute()
    {
        var person = await Person.RegisterAsync(app);
        await app.Database.ExecuteAsync("update ops.session set expires_at = now() + interval '1 hour'");

        var next = await RefreshAsync(person);

        Assert.NotEqual(Claims(person)["jti"]!.ToString(), Claims(next)["jti"]!.ToString());
        Assert.Equal(Claims(person)["sid"]!.ToString(), Claims(next)["sid"]!.ToString());
        Assert.True(await app.Database.ValueAsync<bool>(
            "select bool_and(expires_at > now() + interval '23 hours') from ops.session"));
        Assert.True(await next.IsSignedInAsync());
        Assert.True(await person.IsSignedInAsync());
        // Two clients that refresh at once come to the same token.
        Assert.Equal(
            Claims(next)["jti"]!.ToString(), Claims(await RefreshAsync(person))["jti"]!.ToString());
        Assert.Equal(1, await app.Database.ValueAsync<long>("select count(*) from ops.session"));
    }

    [Fact]
    public async Task Whoever_uses_a_token_that_was_replaced_long_ago_ends_the_session()
    {
        var person = await Person.RegisterAsync(app);
        var next = await RefreshAsync(person);
        await app.Database.ExecuteAsync("update ops.session set replaced_at = now() - interval '61 seconds'");

        await person.SignedOutAsync();

        await next.SignedOutAsync();
        Assert.Equal(1, await app.Database.ValueAsync<long>(
            "select count(*) from ops.event where entity_type = 'session' and action = 'revoked'"));
    }

    [Fact]
    public async Task A_session_that_expired_or_that_nobody_opened_is_refused()
    {
        var person = await Person.RegisterAsync(app);
        await app.Database.ExecuteAsync("update ops.session set expires_at = now()");
        await person.SignedOutAsync();

        var deleted = await Person.RegisterAsync(app);
        await app.Database.ExecuteAsync("delete from ops.session");
        await deleted.SignedOutAsync();
    }

    [Fact]
    public async Task A_person_in_several_organizations_names_one()
    {
        var person = await Person.RegisterAsync(app, "several@example.com");
        var second = await app.Database.AddOrganizationAsync("second");
        await app.Database.AddOrganizationAsync("foreign");
        await app.Database.ExecuteAsync(
            $"""
            insert into ops.organization_user (organization_id, user_id, role)
            values ('{second}', '{await person.IdAsync(app)}', 'viewer')
            """);

        Assert.Equal(HttpStatusCode.OK, await RunsAsync(person, "several"));
        Assert.Equal(HttpStatusCode.OK, await RunsAsync(person, "second"));
        Assert.Equal(HttpStatusCode.NotFound, await RunsAsync(person, "foreign"));
        Assert.Equal(HttpStatusCode.NotFound, await RunsAsync(person, "nowhere"));
        Assert.Equal(HttpStatusCode.BadRequest, await RunsAsync(person, null));
        var problem = await Person.ReadAsync(await person.Client.GetAsync("/api/runs"));
        Assert.Contains("Assay-Organization", (string)problem["detail"]!);
        Assert.True(await person.IsSignedInAsync());

        await app.Database.ExecuteAsync(
            "update ops.organization set deleted_at = now() where slug in ('second', 'several')");
        await Eventually.TrueAsync(
            async () => await RunsAsync(person, null) == HttpStatusCode.Forbidden, TimeSpan.FromSeconds(1),
            () => "The person still acts for an organization.");
        Assert.True(await person.IsSignedInAsync());
    }

    [Fact]
    public async Task Nobody_sees_the_sessions_and_events_of_others()
    {
        var (one, two) = (await Person.RegisterAsync(app), await Person.RegisterAsync(app));
        var scope = new OrganizationScope();
        var user = await one.IdAsync(app);
        scope.Enter(null, new Actor(ActorKind.User, user, user));
        var database = new Database(app.Database.Pools, scope);

        foreach (var table in new[] { "ops.session", "ops.event" })
        {
            Assert.Equal([user], await database.ListAsync<Guid>(
                $"select distinct user_id from {table}", null, CancellationToken.None));
            Assert.Empty(await app.Database.As(null).ListAsync<Guid>(
                $"select user_id from {table}", null, CancellationToken.None));
        }
        Assert.True(await two.IsSignedInAsync());
    }

    private static async Task<HttpStatusCode> RunsAsync(Person person, string? slug)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/runs");
        if (slug is not null)
            request.Headers.Add("Assay-Organization", slug);
        return (await person.Client.SendAsync(request)).StatusCode;
    }

    private static async Task<HttpStatusCode> ClaimAsync(Person person, string email) =>
        (await person.Client.PostAsJsonAsync("/api/auth/claim", new { email, password = Person.Password })).StatusCode;

    private async Task<Person> RefreshAsync(Person person)
    {
        var answer = await person.Client.PostAsync("/api/auth/refresh", null);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return Person.With(app, person.Email, (string)(await Person.ReadAsync(answer))["token"]!);
    }

    private static JsonObject Claims(Person person) =>
        JsonNode.Parse(Jwt.TryParse(person.Token)!.Claims.GetRawText())!.AsObject();

    private static async Task<string> WithoutTraceAsync(HttpResponseMessage answer)
    {
        var problem = await Person.ReadAsync(answer);
        problem.Remove("traceId");
        return problem.ToJsonString();
    }
}
