using System.Buffers.Text;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>Text of others on its ways to headers and tables, beside bodies, which <c>JsonBody</c> reads.</summary>
public sealed class ForeignTextTests : IAsyncLifetime
{
    private const string Page = "https://app.example.com";

    private OpenIdIssuer issuer = null!;
    private AssayApp app = null!;

    public async Task InitializeAsync()
    {
        issuer = await OpenIdIssuer.StartAsync();
        issuer.Text = json => json
            .Replace("(nul)", "\\u0000").Replace("(half)", "\\ud83d").Replace("\"(huge)\"", "1e200000");
        var settings = issuer.SettingsAs("sso");
        settings["Assay__ReturnOrigins__0"] = Page;
        settings["Assay__OAuth__github__ClientId"] = OpenIdIssuer.ClientId;
        settings["Assay__OAuth__github__ClientSecret"] = OpenIdIssuer.ClientSecret;
        settings["Assay__OAuth__github__BaseUrl"] = issuer.Address;
        settings["Assay__OAuth__github__ApiUrl"] = issuer.Address;
        app = await AssayApp.StartAsync(settings: settings);
    }

    public async Task DisposeAsync()
    {
        await app.DisposeAsync();
        await issuer.DisposeAsync();
    }

    [Theory]
    [InlineData("/willkommen/grüß?x=日本", "/willkommen/gr%C3%BC%C3%9F?x=%E6%97%A5%E6%9C%AC")]
    [InlineData(Page + "/ça", Page + "/%C3%A7a")]
    public async Task A_browser_is_sent_on_to_any_path(string returnTo, string location)
    {
        using var browser = new Browser(app.Address);
        var back = await browser.SignInAsync("sso", returnTo);
        Assert.Equal(HttpStatusCode.Found, back.StatusCode);
        Assert.StartsWith($"{location}#code=", back.Headers.GetValues("Location").Single());

        var person = await Person.RegisterAsync(app);
        issuer.User["sub"] = "another";
        var linked = await browser.SignInAsync("sso", returnTo, person.Token);
        Assert.Equal(location, linked.Headers.GetValues("Location").Single());
    }

    [Fact]
    public async Task What_a_provider_asks_for_beyond_ASCII_stays_encoded_in_the_address_to_it()
    {
        issuer.Document = document => document["authorization_endpoint"] = $"{issuer.Address}/authorize?ui=%C3%BC";

        using var handler = new HttpClientHandler { AllowAutoRedirect = false };
        using var client = new HttpClient(handler);
        var sent = await client.GetAsync(new Uri(app.Address, "/api/auth/sso/start"));

        Assert.Equal(HttpStatusCode.Found, sent.StatusCode);
        Assert.Contains("ui=%C3%BC", sent.Headers.GetValues("Location").Single());
    }

    [Fact]
    public async Task Whatever_a_provider_says_of_somebody_is_kept_as_text_or_not_at_all()
    {
        issuer.User["name"] = "Ada(nul) (half)\u202e Lovelace\r\n";
        issuer.User["picture"] = "https://example.com/a\r\nb";
        issuer.User["nick(nul)(half)"] = "(half)(nul)";
        issuer.User["score"] = "(huge)";
        issuer.User["address"] = new JsonObject { ["(half)"] = new JsonArray("(nul)", "(huge)") };
        using var browser = new Browser(app.Address);

        var answer = await browser.SignInAsync("sso");

        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.OK, (await browser.SignInAsync("sso")).StatusCode);
        var person = Person.With(app, null, (string)(await Person.ReadAsync(answer))["token"]!);
        var me = await Person.ReadAsync(await person.Client.GetAsync("/api/me"));
        Assert.Equal("Ada Lovelace", (string?)me["name"]);
        Assert.Null((string?)me["avatarUrl"]);
        Assert.Equal(HttpStatusCode.OK, (await person.Client.GetAsync("/api/me/accounts")).StatusCode);
        Assert.True(await app.Database.ValueAsync<bool>(
            "select not raw_profile ? 'score' and not raw_profile ? 'address' from ops.auth_account"));
    }

    [Theory]
    [InlineData("user(nul)")]
    [InlineData("user(half)")]
    [InlineData("user\u200b")]
    public async Task A_subject_that_could_pass_for_another_is_nobodys(string subject)
    {
        issuer.User["sub"] = subject;
        using var browser = new Browser(app.Address);

        Assert.Equal(HttpStatusCode.BadGateway, (await browser.SignInAsync("sso")).StatusCode);
    }

    [Theory]
    [InlineData("(huge)")]
    [InlineData("1.5")]
    public async Task GitHub_knows_people_by_whole_numbers(string id)
    {
        issuer.User = new JsonObject { ["id"] = id, ["login"] = "ada", ["emails"] = new JsonArray() };
        var text = issuer.Text;
        issuer.Text = json => text(json).Replace("\"1.5\"", "1.5");
        using var browser = new Browser(app.Address);

        Assert.Equal(HttpStatusCode.BadGateway, (await browser.SignInAsync("github")).StatusCode);
    }

    [Theory]
    [InlineData("\uff41da@example.com")]
    [InlineData("\u0430da@example.com")]
    [InlineData("ada\u200b@example.com")]
    public async Task A_look_alike_that_a_provider_has_verified_is_no_address(string email)
    {
        issuer.User["email"] = email;
        using var browser = new Browser(app.Address);
        var answer = await browser.SignInAsync("sso");

        var person = Person.With(app, null, (string)(await Person.ReadAsync(answer))["token"]!);
        Assert.Null((string?)(await Person.ReadAsync(await person.Client.GetAsync("/api/me")))["email"]);
    }

    [Fact]
    public async Task The_name_of_a_client_is_cut_between_characters()
    {
        using var handler = new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8 };
        using var client = new HttpClient(handler) { BaseAddress = app.Address };
        client.DefaultRequestHeaders.TryAddWithoutValidation("User-Agent", $"{new string('a', 254)}👍");

        var answer = await client.PostAsJsonAsync(
            "/api/auth/register", new { email = "agent@example.com", password = Person.Password });

        Assert.True(answer.StatusCode == HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
        Assert.Equal(254, await app.Database.ValueAsync<int>("select max(length(user_agent)) from ops.session"));
    }

    [Fact]
    public async Task Paths_and_names_of_files_in_addresses_and_forms_cause_no_fault()
    {
        var client = await app.ClientOfAsync(await app.Database.AddOrganizationAsync(), Role.Owner);
        // Its copy beside the idempotency key is cut in the middle of the last character.
        using var rendered = new HttpRequestMessage(
            HttpMethod.Post, $"/api/frameworks/{new string('a', 2047 - "/api/frameworks/".Length)}%F0%9F%91%8D/render")
        {
            Content = new StringContent("{}", Encoding.UTF8, "application/json"),
        };
        rendered.Headers.Add("Idempotency-Key", "a");
        var answer = await client.SendAsync(rendered);
        Assert.True((int)answer.StatusCode < 500, await answer.Content.ReadAsStringAsync());

        foreach (var name in new[]
            {
                "%EF%BF%BE.txt", "%EF%BF%BF.txt", "%E2%80%AEtxt.exe", "%00.txt", "a%0Ab.txt", "a.%20", ".", "%7F.txt",
                "%F0%9F%91%8D.txt", $"{new string('a', 798)}%F0%9F%91%8D", "%ED%A0%80.txt", "a%2F%2Fb", "%3F%23.txt",
            })
        {
            var sent = await client.PostAsync($"/api/documents?name={name}", new StringContent("A text."));
            var body = await sent.Content.ReadAsStringAsync();
            Assert.True((int)sent.StatusCode < 500, $"{name}: {(int)sent.StatusCode} {body}");
        }
    }

    [Theory]
    [InlineData("""{"alg":"ES256","typ":"JWT","kid":"\ud800"}""")]
    [InlineData("""{"alg":"ES256","typ":"JWT","kid":"\u0000"}""")]
    [InlineData("""{"\ud800":1,"\ud800":2}""")]
    public async Task A_token_of_what_is_no_text_is_not_valid(string header)
    {
        var token = $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header))}.e30.AAAA";
        var answer = await Person.With(app, null, token).Client.GetAsync("/api/me");

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }
}
