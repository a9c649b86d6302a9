using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Net.Http.Json;

namespace Assay;

/// <summary>What a sign-in with a provider is bound to, beside its state.</summary>
public sealed class SignInCodeTests : IAsyncLifetime
{
    private OpenIdIssuer issuer = null!;
    private AssayApp app = null!;

    public async Task InitializeAsync()
    {
        issuer = await OpenIdIssuer.StartAsync();
        app = await AssayApp.StartAsync(settings: issuer.SettingsAs("sso"));
    }

    public async Task DisposeAsync()
    {
        await app.DisposeAsync();
        await issuer.DisposeAsync();
    }

    [Fact]
    public async Task A_code_is_worth_nothing_to_whoever_did_not_begin()
    {
        using var browser = new Browser(app.Address);
        var back = await browser.SignInAsync("sso", "/welcome");
        var code = $"{back.Headers.Location}".Split("#code=")[1];

        // The page of the person who was sent the attacker's code has begun nothing, or another sign-in.
        var without = await app.Client.PostAsJsonAsync("/api/auth/exchange", new { code });
        var other = await ExchangeAsync(code, $"{Browser.Verifier[..^1]}X");

        Assert.Equal(HttpStatusCode.BadRequest, without.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, other.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await ExchangeAsync(code, Browser.Verifier)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await ExchangeAsync(code, Browser.Verifier)).StatusCode);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("short")]
    [InlineData("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cMcM")]
    [InlineData("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM")]
    public async Task Whoever_is_to_be_sent_a_code_begins_with_a_challenge(string? challenge)
    {
        var query = challenge is null ? "" : $"&challenge={Uri.EscapeDataString(challenge)}";
        var got = await app.Client.GetAsync($"/api/auth/sso/start?returnTo=/welcome{query}");
        var posted = await app.Client.PostAsJsonAsync(
            "/api/auth/sso/start", new { returnTo = "/welcome", invitation = "asi_unknown", challenge });

        foreach (var refused in new[] { got, posted })
        {
            Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
            if (refused == got)
                Assert.Contains("\"challenge\"", await refused.Content.ReadAsStringAsync());
        }
        Assert.Equal(0, await app.Database.ValueAsync<long>("select count(*) from ops.provider_visit"));
    }

    [Fact]
    public async Task Linking_gives_no_code_and_needs_no_challenge()
    {
        var person = await Person.RegisterAsync(app);
        using var start = new HttpRequestMessage(HttpMethod.Get, "/api/auth/sso/start?returnTo=/account");
        start.Headers.Add("Accept", "application/json");
        start.Headers.Authorization = new("Bearer", person.Token);

        Assert.Equal(HttpStatusCode.OK, (await app.Client.SendAsync(start)).StatusCode);
    }

    [Fact]
    public async Task Providers_send_browsers_to_the_address_that_the_operator_named_and_to_no_other()
    {
        using var start = new HttpRequestMessage(HttpMethod.Get, "/api/auth/sso/start");
        start.Headers.Host = "assay.evil.example";
        using var callback = new HttpRequestMessage(HttpMethod.Get, "/api/auth/sso/callback?state=a&code=b");
        callback.Headers.Host = "assay.evil.example";

        foreach (var request in new[] { start, callback })
        {
            var refused = await app.Client.SendAsync(request);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.Contains("Assay__PublicUrl", await refused.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task The_cookie_of_a_sign_in_over_https_is_this_hosts_alone()
    {
        var settings = issuer.SettingsAs("sso");
        settings["Assay__PublicUrl"] = "https://assay.example.com/";
        await using var site = await AssayApp.StartAsync(app.Database, settings);
        using var start = new HttpRequestMessage(HttpMethod.Get, "/api/auth/sso/start");
        start.Headers.Host = "assay.evil.example";
        start.Headers.Add("Accept", "application/json");

        var answer = await site.Client.SendAsync(start);

        Assert.Contains(
            Uri.EscapeDataString("https://assay.example.com/api/auth/sso/callback"),
            await answer.Content.ReadAsStringAsync());
        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"));
        Assert.StartsWith("__Host-assay-visit-", cookie);
        foreach (var attribute in new[] { "secure", "httponly", "path=/", "samesite=lax" })
            Assert.Contains($"; {attribute}", cookie);
        Assert.DoesNotContain("domain", cookie);
    }

    [Theory]
    [InlineData("ftp://assay.example.com", "https://app.example.com")]
    [InlineData("https://assay.example.com\r\n", "https://app.example.com")]
    [InlineData("https://assay.example.com", "https://app.example.com/")]
    [InlineData("https://assay.example.com", "https://app.example.com/page")]
    [InlineData("https://assay.example.com", "app.example.com")]
    [InlineData("https://assay.example.com", "https://ünïcode.example")]
    public void Addresses_of_the_site_and_of_pages_are_checked_at_the_start(string publicUrl, string origin)
    {
        var options = new IdentityOptions { PublicUrl = publicUrl, ReturnOrigins = [origin] };

        Assert.Single(options.Validate(new ValidationContext(options)));
    }

    private Task<HttpResponseMessage> ExchangeAsync(string code, string verifier) =>
        app.Client.PostAsJsonAsync("/api/auth/exchange", new { code, verifier });
}
