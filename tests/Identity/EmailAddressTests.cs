using System.Net;
using System.Net.Http.Json;

namespace Assay;

public sealed class EmailAddressTests(SharedApp shared) : IClassFixture<SharedApp>
{
    [Theory]
    [InlineData("ada@example.com", "ada@example.com")]
    [InlineData("Ada.Lovelace+lists@Example.COM", "Ada.Lovelace+lists@example.com")]
    [InlineData("o'brien_1=x@sub.example.co.uk", "o'brien_1=x@sub.example.co.uk")]
    [InlineData("ada@MÜNCHEN.example", "ada@xn--mnchen-3ya.example")]
    [InlineData("ada@mu\u0308nchen.example", "ada@xn--mnchen-3ya.example")]
    [InlineData("ada@XN--MNCHEN-3YA.example", "ada@xn--mnchen-3ya.example")]
    [InlineData("jose\u0301@example.com", "jos\u00e9@example.com")]
    [InlineData("JOSÉ@example.com", "josé@example.com")]
    [InlineData("иван@пример.испытание", "иван@xn--e1afmkfd.xn--80akhbyknj4f")]
    [InlineData("ivan@пример.com", "ivan@xn--e1afmkfd.com")]
    [InlineData("用户@例え.テスト", "用户@xn--r8jz45g.xn--zckzah")]
    [InlineData("東京tower@example.com", "東京tower@example.com")]
    [InlineData("संपर्क@डाटामेल.भारत", "संपर्क@xn--c2bd4bq1db8d.xn--h2brj9c")]
    public void A_mailbox_has_one_spelling(string typed, string kept)
    {
        Assert.Equal(kept, EmailAddress.Normalize(typed));
        Assert.Equal(kept, EmailAddress.Normalize(kept));
    }

    public static TheoryData<string> LookAlikes =>
    [
        "\u0430da@example.com", "ada@ex\u0430mple.com", "ad\u03b1@example.com", "ada@xn--exmple-4nf.com",
        "ada\u200b@example.com", "a\u00adda@example.com", "a\u202eda@example.com", "ada@exam\u200dple.com",
        "ada\ufe0f@example.com", "a\u034fda@example.com", "ada@ex\u2060ample.com", "\u115fada@example.com",
        "\uff41da@example.com", "ada@\uff45xample.com", "ada\uff20example.com", "ada@example\uff0ecom",
        "ada@example\u3002com", "\U0001d41ada@example.com", "a\u0332da@example.com", "ﬁona@example.com",
        "\u0561da@example.com", "ad\u13aa@example.com", "ada@example.com.", "\u0301ada@example.com", "ada☺@example.com",
        "ada@\u0501xample.com", "\ud800da@example.com", "ada\ufffd@example.com", "a\u0251da@example.com",
    ];

    [Theory]
    [MemberData(nameof(LookAlikes))]
    public void What_only_looks_like_an_address_is_none(string typed) => Assert.Null(EmailAddress.Normalize(typed));

    [Theory]
    [InlineData("")]
    [InlineData("ada")]
    [InlineData("@example.com")]
    [InlineData("ada@")]
    [InlineData("Ada <ada@example.com>")]
    [InlineData("ada@example.com,bob@example.com")]
    [InlineData("ada@example.com\r\nBcc: bob@example.com")]
    [InlineData("ada @example.com")]
    public void What_is_no_address_alone_is_none(string typed) => Assert.Null(EmailAddress.Normalize(typed));

    [Fact]
    public async Task Nobody_registers_claims_invites_or_moves_to_a_look_alike()
    {
        const string Email = "victim@ex\u0430mple.com";
        var person = await Person.RegisterAsync(shared.App);
        var anonymous = await shared.App.Client.PostAsJsonAsync("/api/auth/register", new { });
        var nameless = Person.With(shared.App, null, (string)(await Person.ReadAsync(anonymous))["token"]!);

        foreach (var (client, path, body) in new (HttpClient, string, object)[]
            {
                (shared.App.Client, "auth/register", new { email = Email, password = Person.Password }),
                (nameless.Client, "auth/claim", new { email = Email, password = Person.Password }),
                (person.Client, "invitations", new { email = Email, role = "member" }),
                (person.Client, "me/email", new { email = Email, currentPassword = Person.Password }),
                (shared.App.Client, "auth/password-reset", new { email = Email }),
            })
        {
            var refused = await client.PostAsJsonAsync($"/api/{path}", body);
            var text = await refused.Content.ReadAsStringAsync();
            Assert.True(refused.StatusCode == HttpStatusCode.UnprocessableEntity, $"{path}: {text}");
            Assert.Contains("\"email\"", text);
        }
        Assert.Equal(
            HttpStatusCode.Unauthorized, (await Person.LogInAsync(shared.App, Email, Person.Password)).StatusCode);
    }

    [Theory]
    [InlineData("auth/login")]
    [InlineData("auth/password-reset")]
    public async Task An_address_is_required_where_there_must_be_one(string path)
    {
        foreach (var body in new object[] { new { password = Person.Password }, new { email = (string?)null } })
        {
            var refused = await shared.App.Client.PostAsJsonAsync($"/api/{path}", body);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
            Assert.Contains("\"email\"", await refused.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task Spellings_of_one_mailbox_are_one_account()
    {
        var local = $"ren\u00e9-{Guid.NewGuid():n}";
        var person = await Person.RegisterAsync(shared.App, $"{local}@b\u00fccher.example");
        var other = $"{local.ToUpperInvariant().Replace("\u00c9", "E\u0301")}@XN--BCHER-KVA.example";

        var again = await shared.App.Client.PostAsJsonAsync(
            "/api/auth/register", new { email = other, password = Person.Password });

        Assert.Equal(HttpStatusCode.Conflict, again.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await Person.LogInAsync(shared.App, other, Person.Password)).StatusCode);
        var me = await Person.ReadAsync(await person.Client.GetAsync("/api/me"));
        Assert.Equal($"{local}@xn--bcher-kva.example", (string?)me["email"]);
    }

    [Fact]
    public async Task An_account_of_before_whose_domain_is_kept_as_people_read_it_signs_in()
    {
        var email = $"{Guid.NewGuid():n}@bücher.example";
        var person = await Person.RegisterAsync(shared.App, email);
        var id = (Guid)(await Person.ReadAsync(await person.Client.GetAsync("/api/me")))["id"]!;
        await shared.App.Database.ExecuteAsync($"update ops.user_account set email = '{email}' where id = '{id}'");

        Assert.Equal(HttpStatusCode.OK, (await Person.LogInAsync(shared.App, email, Person.Password)).StatusCode);
    }

    [Theory]
    [InlineData("pay\u200bments")]
    [InlineData("turned \u202egnp.exe")]
    [InlineData("two\nlines")]
    public async Task Names_of_people_organizations_and_keys_hide_nothing(string name)
    {
        var person = await Person.RegisterAsync(shared.App);
        var registered = await shared.App.Client.PostAsJsonAsync(
            "/api/auth/register",
            new { email = $"{Guid.NewGuid():n}@example.com", password = Person.Password, name });
        var organization = await person.Client.PostAsJsonAsync("/api/organizations", new { name });
        var key = await person.Client.PostAsJsonAsync("/api/keys", new { name, scopes = new[] { "runs:read" } });
        var changed = await OrganizationFixture.ChangeAsync(person.Client, HttpMethod.Patch, "/api/me", new { name });
        var renamed = await OrganizationFixture.ChangeAsync(
            person.Client, HttpMethod.Patch, "/api/organization", new { name });

        foreach (var refused in new[] { registered, organization, key, changed, renamed })
        {
            var body = await Person.ReadAsync(refused);
            Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
            Assert.Contains("control and format characters", $"{body["errors"]!["name"]}");
        }
    }
}
