using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Assay;

public sealed class ProviderSignInTests : IAsyncLifetime
{
    private const string App = "https://app.example.com";

    private OpenIdIssuer issuer = null!;
    private OpenIdIssuer gitHub = null!;
    private AssayApp app = null!;

    public async Task InitializeAsync()
    {
        (issuer, gitHub) = (await OpenIdIssuer.StartAsync(), await OpenIdIssuer.StartAsync());
        gitHub.User = new JsonObject
        {
            ["id"] = 4711, ["login"] = "ada",
            ["emails"] = new JsonArray(
                new JsonObject { ["email"] = "other@example.com", ["primary"] = false, ["verified"] = true },
                new JsonObject { ["email"] = "ada@github.example", ["primary"] = true, ["verified"] = true }),
        };
        var settings = issuer.SettingsAs("sso");
        settings["Assay__OAuth__github__ClientId"] = OpenIdIssuer.ClientId;
        settings["Assay__OAuth__github__ClientSecret"] = OpenIdIssuer.ClientSecret;
        settings["Assay__OAuth__github__BaseUrl"] = gitHub.Address;
        settings["Assay__OAuth__github__ApiUrl"] = gitHub.Address;
        settings["Assay__ReturnOrigins__0"] = App;
        app = await AssayApp.StartAsync(settings: settings);
    }

    public async Task DisposeAsync()
    {
        await app.DisposeAsync();
        await issuer.DisposeAsync();
        await gitHub.DisposeAsync();
    }

    [Theory]
    [InlineData("RS256")]
    [InlineData("ES256")]
    public async Task Whoever_comes_the_first_time_gets_an_account_and_comes_back_to_it(string algorithm)
    {
        issuer.Algorithm = algorithm;

        var person = await ArriveAsync("sso");
        var again = await ArriveAsync("sso");

        var me = await Person.ReadAsync(await again.Client.GetAsync("/api/me"));
        Assert.Equal(("ada@example.com", true, false),
            ((string?)me["email"], (bool)me["emailVerified"]!, (bool)me["hasPassword"]!));
        Assert.Equal(HttpStatusCode.OK, (await person.Client.GetAsync("/api/runs")).StatusCode);
        Assert.Equal(1, await CountAsync("ops.user_account"));
        Assert.Equal(2, await CountAsync("ops.session"));
        Assert.Equal("S256", issuer.Asked["code_challenge_method"]);
        Assert.Equal(43, issuer.Asked["code_challenge"].Length);
    }

    [Fact]
    public async Task GitHub_is_asked_for_the_person_and_their_verified_address()
    {
        var person = await ArriveAsync("github");

        var me = await Person.ReadAsync(await person.Client.GetAsync("/api/me"));
        Assert.Equal(("ada@github.example", "ada"), ((string?)me["email"], (string?)me["name"]));
        Assert.Equal("4711", await app.Database.ValueAsync<string>(
            "select provider_account_id from ops.auth_account"));
    }

    [Fact]
    public async Task Tokens_of_a_provider_are_kept_encrypted_and_handed_to_nobody()
    {
        var person = await ArriveAsync("sso");
        var token = issuer.LastAccessToken!;

        var listed = await person.Client.GetStringAsync("/api/me/accounts");
        Assert.Contains("\"sso\"", listed);
        Assert.DoesNotContain(token, listed);
        Assert.Equal(0, await app.Database.ValueAsync<long>(
            $"select count(*) from ops.auth_account a where a::text like '%{token}%'"));
        Assert.Equal(0, await app.Database.ValueAsync<long>(
            $"select count(*) from ops.event e where e::text like '%{token}%'"));
    }

    [Fact]
    public async Task The_page_that_asked_gets_a_code_that_is_good_once()
    {
        using var browser = new Browser(app.Address);
        var back = await browser.SignInAsync("sso", $"{App}/welcome?x=1");

        Assert.Equal(HttpStatusCode.Found, back.StatusCode);
        var location = $"{back.Headers.Location}";
        Assert.StartsWith($"{App}/welcome?x=1#code=asc_", location);
        var code = location.Split("#code=")[1];
        var session = await ExchangeAsync(code);
        Assert.Equal(HttpStatusCode.OK, session.StatusCode);
        var token = (string)(await Person.ReadAsync(session))["token"]!;
        Assert.True(await Person.With(app, null, token).IsSignedInAsync());
        Assert.Equal(HttpStatusCode.Unauthorized, (await ExchangeAsync(code)).StatusCode);
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("https://app.example.com.evil.example/")]
    [InlineData("https://app.example.com@evil.example/")]
    [InlineData("http://app.example.com/")]
    [InlineData("//evil.example/")]
    [InlineData("/\\evil.example/")]
    [InlineData("/\tevil")]
    [InlineData("javascript:alert(1)")]
    public async Task Nobody_is_sent_where_the_operator_did_not_allow(string returnTo)
    {
        var refused = await app.Client.GetAsync(
            $"/api/auth/sso/start?challenge={Browser.Challenge}&returnTo={Uri.EscapeDataString(returnTo)}");

        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        Assert.Contains("\"returnTo\"", await refused.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_visit_ends_once_in_its_own_browser_within_its_time()
    {
        using var browser = new Browser(app.Address);
        using var other = new Browser(app.Address);
        var back = await browser.GoAsync("sso");

        Assert.Equal(HttpStatusCode.BadRequest, (await other.GetAsync(back)).StatusCode);
        Assert.Equal(
            HttpStatusCode.BadRequest,
            (await browser.GetAsync(new Uri($"{back}".Replace("state=", "state=x")))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync(back)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await browser.GetAsync(back)).StatusCode);

        var late = await browser.GoAsync("sso");
        await app.Database.ExecuteAsync("update ops.provider_visit set expires_at = now()");
        Assert.Equal(HttpStatusCode.BadRequest, (await browser.GetAsync(late)).StatusCode);

        var elsewhere = await browser.GoAsync("sso");
        Assert.Equal(
            HttpStatusCode.BadRequest,
            (await browser.GetAsync(new Uri($"{elsewhere}".Replace("/sso/", "/github/")))).StatusCode);
    }

    [Fact]
    public async Task A_code_that_was_used_or_stolen_opens_nothing()
    {
        using var browser = new Browser(app.Address);
        using var attacker = new Browser(app.Address);
        var victim = await browser.GoAsync("sso");
        var own = await attacker.GoAsync("sso");
        var code = Parameter(victim, "code");

        // The victim's code under the attacker's state and cookie: the verifier is another.
        var injected = new Uri($"{own}".Replace(Parameter(own, "code"), code));
        var refused = await attacker.GetAsync(injected);

        Assert.Equal(HttpStatusCode.BadGateway, refused.StatusCode);
        Assert.DoesNotContain(OpenIdIssuer.ClientSecret, await refused.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.BadGateway, (await browser.GetAsync(victim)).StatusCode);
        Assert.Equal(0, await CountAsync("ops.user_account"));
    }

    public static TheoryData<string> Faults => [.. Breakages.Keys];

    private static readonly Dictionary<string, Action<OpenIdIssuer>> Breakages = new()
    {
        ["another nonce"] = at => at.Claims = claims => claims["nonce"] = "another",
        ["no nonce"] = at => at.Claims = claims => claims.Remove("nonce"),
        ["another audience"] = at => at.Claims = claims => claims["aud"] = "another",
        ["no audience"] = at => at.Claims = claims => claims.Remove("aud"),
        ["several audiences and no party"] = at => at.Claims =
            claims => claims["aud"] = new JsonArray(OpenIdIssuer.ClientId, "another"),
        ["another party"] = at => at.Claims = claims => claims["azp"] = "another",
        ["another issuer"] = at => at.Claims = claims => claims["iss"] = "https://issuer.example",
        ["expired"] = at => at.Claims =
            claims => claims["exp"] = DateTimeOffset.UtcNow.AddMinutes(-2).ToUnixTimeSeconds(),
        ["no end"] = at => at.Claims = claims => claims.Remove("exp"),
        ["from the future"] = at => at.Claims =
            claims => claims["iat"] = DateTimeOffset.UtcNow.AddMinutes(5).ToUnixTimeSeconds(),
        ["no subject"] = at => at.Claims = claims => claims.Remove("sub"),
        ["another access token"] = at => at.Claims = claims => claims["at_hash"] = "another",
        ["a bad signature"] = at => at.Token = token => token[..^6] + "AAAAAA",
        ["no signature"] = at => at.Token = token => Jwt.Compact(
            """{"alg":"none"}""", Jwt.TryParse(token)!.Claims.GetRawText(), _ => []),
        ["HMAC with the client secret"] = at => at.Token = token => Jwt.Compact(
            """{"alg":"HS256"}""", Jwt.TryParse(token)!.Claims.GetRawText(),
            signed => System.Security.Cryptography.HMACSHA256.HashData(
                System.Text.Encoding.ASCII.GetBytes(OpenIdIssuer.ClientSecret), signed)),
        ["no token"] = at => at.Token = _ => "",
        ["an answer of another issuer"] = at => at.AnswersAs = "https://issuer.example",
        ["no answer's issuer where one is promised"] = at => at.Document =
            document => document["authorization_response_iss_parameter_supported"] = true,
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task What_a_provider_says_is_believed_only_when_all_of_it_fits(string fault)
    {
        Breakages[fault](issuer);
        using var browser = new Browser(app.Address);

        var refused = await browser.SignInAsync("sso");

        Assert.Equal(HttpStatusCode.BadGateway, refused.StatusCode);
        Assert.Equal(0, await CountAsync("ops.user_account"));
    }

    [Fact]
    public async Task An_answer_that_names_its_issuer_rightly_is_taken()
    {
        issuer.AnswersAs = issuer.Address;

        Assert.True(await (await ArriveAsync("sso")).IsSignedInAsync());
    }

    [Theory]
    [InlineData("issuer", "https://issuer.example")]
    [InlineData("token_endpoint", "http://issuer.example/token")]
    [InlineData("jwks_uri", null)]
    public async Task A_document_of_another_issuer_or_with_unsafe_endpoints_is_not_used(string member, string? value)
    {
        issuer.Document = document => document[member] = value;

        Assert.Equal(HttpStatusCode.BadGateway, (await app.Client.GetAsync("/api/auth/sso/start")).StatusCode);
    }

    [Fact]
    public async Task Rotated_keys_are_fetched_and_made_up_ones_cause_few_requests()
    {
        await ArriveAsync("sso");
        issuer.RotateKeys();

        Assert.True(await (await ArriveAsync("sso")).IsSignedInAsync());
        Assert.Equal(2, issuer.KeyRequests);

        issuer.Claims = _ => { };
        issuer.Token = token => issuer.Sign(
            JsonNode.Parse(Jwt.TryParse(token)!.Claims.GetRawText())!.AsObject(), keyId: "made-up");
        for (var attempt = 0; attempt < 3; attempt++)
        {
            using var browser = new Browser(app.Address);
            Assert.Equal(HttpStatusCode.BadGateway, (await browser.SignInAsync("sso")).StatusCode);
        }
        Assert.Equal(2, issuer.KeyRequests);
    }

    [Fact]
    public async Task An_address_left_out_of_the_token_is_asked_for_and_must_be_of_the_same_person()
    {
        issuer.User = new JsonObject { ["sub"] = "user-2" };
        issuer.UserInfo = new JsonObject
        {
            ["sub"] = "another", ["email"] = "b@example.com", ["email_verified"] = true,
        };
        using var browser = new Browser(app.Address);
        Assert.Equal(HttpStatusCode.BadGateway, (await browser.SignInAsync("sso")).StatusCode);

        issuer.UserInfo["sub"] = "user-2";
        var me = await Person.ReadAsync(await (await ArriveAsync("sso")).Client.GetAsync("/api/me"));
        Assert.Equal("b@example.com", (string?)me["email"]);
    }

    [Fact]
    public async Task An_address_that_the_provider_did_not_verify_is_not_the_accounts()
    {
        issuer.User["email_verified"] = false;

        var me = await Person.ReadAsync(await (await ArriveAsync("sso")).Client.GetAsync("/api/me"));

        Assert.Null((string?)me["email"]);
    }

    [Fact]
    public async Task Nobody_gets_into_an_account_by_its_address_whoever_was_first()
    {
        // The attacker waits in an account with the victim's address.
        var attacker = await Person.RegisterAsync(app, "ada@example.com");
        using var browser = new Browser(app.Address);
        Assert.Equal(HttpStatusCode.Conflict, (await browser.SignInAsync("sso")).StatusCode);
        Assert.Equal(0, await CountAsync("ops.auth_account"));

        // Or comes by a provider that says it is the victim's, to an account that the victim has verified.
        await app.Database.ExecuteAsync("update ops.user_account set email_verified_at = now()");
        Assert.Equal(HttpStatusCode.Conflict, (await browser.SignInAsync("sso")).StatusCode);
        Assert.Equal(1, await CountAsync("ops.user_account"));

        // The owner links it.
        Assert.Equal(HttpStatusCode.NoContent, (await browser.SignInAsync("sso", token: attacker.Token)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await browser.SignInAsync("sso")).StatusCode);
        Assert.Equal(1, await CountAsync("ops.user_account"));
    }

    [Fact]
    public async Task An_identity_leads_to_one_account_and_the_last_way_in_stays()
    {
        var person = await ArriveAsync("sso");
        var other = await Person.RegisterAsync(app);
        using var browser = new Browser(app.Address);

        Assert.Equal(HttpStatusCode.Conflict, (await browser.SignInAsync("sso", token: other.Token)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await browser.SignInAsync("sso", token: person.Token)).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await UnlinkAsync(person, "sso")).StatusCode);

        Assert.Equal(HttpStatusCode.NoContent, (await browser.SignInAsync("github", token: person.Token)).StatusCode);
        Assert.Equal(
            HttpStatusCode.NotFound, (await UnlinkAsync(other, "sso", await IdAsync(person, "sso"))).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await UnlinkAsync(person, "sso")).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await UnlinkAsync(person, "github")).StatusCode);
    }

    [Fact]
    public async Task A_session_that_ended_on_the_way_links_nothing()
    {
        var person = await Person.RegisterAsync(app);
        using var browser = new Browser(app.Address);
        var back = await browser.GoAsync("sso", token: person.Token);

        Assert.Equal(
            HttpStatusCode.NoContent, (await person.Client.PostAsync("/api/auth/logout", null)).StatusCode);

        Assert.Equal(HttpStatusCode.Unauthorized, (await browser.GetAsync(back)).StatusCode);
        Assert.Equal(0, await CountAsync("ops.auth_account"));
    }

    [Fact]
    public async Task A_new_password_by_mail_takes_an_attackers_identity_out_of_an_account_with_a_foreign_address()
    {
        var attacker = await Person.RegisterAsync(app, "victim@example.com");
        using var browser = new Browser(app.Address);
        Assert.Equal(HttpStatusCode.NoContent, (await browser.SignInAsync("github", token: attacker.Token)).StatusCode);
        var user = await attacker.IdAsync(app);
        await app.Database.ExecuteAsync(
            $"""
            delete from ops.account_token;
            insert into ops.account_token (user_id, purpose, token_hash, email, expires_at)
            values ('{user}', 'password_reset', sha256('asr_known'), 'victim@example.com', now() + interval '1 hour')
            """);

        Assert.Equal(HttpStatusCode.NoContent, (await app.Client.PostAsJsonAsync(
            "/api/auth/password-reset/confirm", new { token = "asr_known", password = Person.Password })).StatusCode);

        await attacker.SignedOutAsync();
        Assert.Equal(0, await CountAsync("ops.auth_account"));
        var own = await ArriveAsync("github");
        Assert.NotEqual(
            $"{user}", (string?)(await Person.ReadAsync(await own.Client.GetAsync("/api/me")))["id"]);
    }

    [Fact]
    public async Task Whoever_is_invited_comes_by_a_provider_that_has_verified_the_address_and_is_a_member_at_once()
    {
        var token = await InviteAsync("ADA@example.com");
        using var browser = new Browser(app.Address);

        var answer = await browser.SignInAsync("sso", invitation: token);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var person = Person.With(app, null, (string)(await Person.ReadAsync(answer))["token"]!);
        var mine = await Person.ReadAsync(await person.Client.GetAsync("/api/organization"));
        Assert.Equal("viewer", (string?)mine["role"]);
        Assert.True((bool)(await Person.ReadAsync(await person.Client.GetAsync("/api/me")))["emailVerified"]!);
        var again = await app.Client.PostAsJsonAsync("/api/auth/sso/start", new { invitation = token });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, again.StatusCode);

        var inAddress = await app.Client.GetAsync($"/api/auth/sso/start?invitation={token}");
        Assert.Equal(HttpStatusCode.BadRequest, inAddress.StatusCode);

        // Somebody who has an account joins by it.
        Assert.Equal(
            HttpStatusCode.OK,
            (await browser.SignInAsync("sso", invitation: await InviteAsync("ada@example.com"))).StatusCode);
        Assert.Equal(2, await CountAsync("ops.organization_user"));
        Assert.Equal(1, await CountAsync("ops.user_account"));
    }

    [Fact]
    public async Task An_invitation_to_another_address_or_that_ended_on_the_way_makes_no_account()
    {
        using var browser = new Browser(app.Address);
        var other = await browser.SignInAsync("sso", invitation: await InviteAsync("other@example.com"));
        Assert.Equal(HttpStatusCode.Forbidden, other.StatusCode);
        Assert.Contains("another e-mail address", await other.Content.ReadAsStringAsync());

        issuer.User["email_verified"] = false;
        var token = await InviteAsync("ada@example.com");
        Assert.Equal(HttpStatusCode.Forbidden, (await browser.SignInAsync("sso", invitation: token)).StatusCode);

        issuer.User["email_verified"] = true;
        var back = await browser.GoAsync("sso", invitation: token);
        await app.Database.ExecuteAsync("update ops.invitation set expires_at = now()");
        Assert.Equal(HttpStatusCode.Forbidden, (await browser.GetAsync(back)).StatusCode);

        // One that its maker could see proves no address.
        var open = await app.Client.PostAsJsonAsync(
            "/api/auth/sso/start", new { invitation = await InviteAsync(null) });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, open.StatusCode);
        Assert.Equal(0, await CountAsync("ops.user_account"));
    }

    [Fact]
    public async Task A_provider_that_lets_nobody_in_or_is_unknown_is_named()
    {
        using var browser = new Browser(app.Address);
        var back = await browser.GoAsync("sso");
        var denied = new Uri($"{back}".Replace("code=", "error=access_denied&was="));

        var refused = await browser.GetAsync(denied);

        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains("access_denied", await refused.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.GetAsync("/api/auth/nowhere/start")).StatusCode);
        Assert.Contains("sso", await app.Client.GetStringAsync("/api/auth/providers"));
    }

    private async Task<string> InviteAsync(string? email)
    {
        var token = $"asi_{Guid.NewGuid():n}";
        var organization = await app.Database.AddOrganizationAsync();
        await app.Database.ExecuteAsync(
            $"""
            insert into ops.invitation (organization_id, email, role, token_hash, expires_at)
            values ('{organization}', nullif('{email}', ''), 'viewer', sha256('{token}'), now() + interval '1 hour')
            """);
        return token;
    }

    private async Task<Person> ArriveAsync(string provider)
    {
        using var browser = new Browser(app.Address);
        var answer = await browser.SignInAsync(provider);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return Person.With(app, null, (string)(await Person.ReadAsync(answer))["token"]!);
    }

    private Task<HttpResponseMessage> ExchangeAsync(string code) =>
        app.Client.PostAsJsonAsync("/api/auth/exchange", new { code, verifier = Browser.Verifier });

    private static async Task<string> IdAsync(Person person, string provider) =>
        (string)JsonNode.Parse(await person.Client.GetStringAsync("/api/me/accounts"))!["items"]!.AsArray()
            .First(account => (string?)account!["provider"] == provider)!["id"]!;

    private static async Task<HttpResponseMessage> UnlinkAsync(Person person, string provider, string? id = null) =>
        await person.Client.DeleteAsync($"/api/me/accounts/{id ?? await IdAsync(person, provider)}");

    private Task<long> CountAsync(string table) => app.Database.ValueAsync<long>($"select count(*) from {table}");

    private static string Parameter(Uri address, string name) =>
        Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(address.Query)[name].ToString();
}
