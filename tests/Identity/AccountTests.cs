using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace Assay;

public sealed class AccountTests : IAsyncLifetime
{
    private AssayApp app = null!;

    public async Task InitializeAsync() => app = await AssayApp.StartAsync();

    public async Task DisposeAsync() => await app.DisposeAsync();

    [Fact]
    public async Task A_person_reads_and_changes_their_own_account_by_its_version()
    {
        var person = await Person.RegisterAsync(app);
        var read = await person.Client.GetAsync("/api/me");
        var account = await Person.ReadAsync(read);
        Assert.Equal(person.Email, (string?)account["email"]);
        Assert.False((bool)account["emailVerified"]!);
        Assert.True((bool)account["hasPassword"]!);
        Assert.DoesNotContain("assword\":\"", account.ToJsonString());

        Assert.Equal(
            HttpStatusCode.PreconditionRequired, (await PatchAsync(person, null, """{"name": "Ada"}""")).StatusCode);
        var changed = await PatchAsync(
            person, read.Headers.ETag!.Tag, """{"name": "Ada", "username": "ada", "bio": "Counts."}""");
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.Equal(
            HttpStatusCode.PreconditionFailed,
            (await PatchAsync(person, read.Headers.ETag!.Tag, """{"name": "Byron"}""")).StatusCode);
        var cleared = await PatchAsync(person, changed.Headers.ETag!.Tag, """{"bio": null}""");
        Assert.Equal(("Ada", null), ((string?)(await Person.ReadAsync(cleared))["name"],
            (string?)(await Person.ReadAsync(await person.Client.GetAsync("/api/me")))["bio"]));
    }

    [Theory]
    [InlineData("""{"email": "other@example.com"}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"isAdmin": true}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"username": "a b"}""", HttpStatusCode.UnprocessableEntity)]
    [InlineData("""{"avatarUrl": "javascript:alert(1)"}""", HttpStatusCode.UnprocessableEntity)]
    public async Task What_cannot_be_changed_is_refused(string patch, HttpStatusCode status)
    {
        var person = await Person.RegisterAsync(app);

        Assert.Equal(status, (await PatchAsync(person, "*", patch)).StatusCode);
    }

    [Fact]
    public async Task A_user_name_belongs_to_one_person()
    {
        var (one, two) = (await Person.RegisterAsync(app), await Person.RegisterAsync(app));

        await PatchAsync(one, "*", """{"username": "ada"}""");

        Assert.Equal(HttpStatusCode.Conflict, (await PatchAsync(two, "*", """{"username": "ADA"}""")).StatusCode);
    }

    [Fact]
    public async Task An_account_is_deleted_unless_an_organization_would_have_no_owner()
    {
        var person = await Person.RegisterAsync(app);
        Assert.Equal(HttpStatusCode.PreconditionRequired, (await person.Client.DeleteAsync("/api/me")).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, await DeleteAsync(person));

        await app.Database.ExecuteAsync("update ops.organization set deleted_at = now()");

        Assert.Equal(HttpStatusCode.NoContent, await DeleteAsync(person));
        await person.SignedOutAsync();
        Assert.Equal(0, await app.Database.ValueAsync<long>("select count(*) from ops.user_account"));
    }

    [Fact]
    public async Task A_new_password_needs_the_old_one_and_ends_other_sessions()
    {
        var person = await Person.RegisterAsync(app);
        var elsewhere = await person.AgainAsync(app);
        const string next = "another staple 42 battery";

        Assert.Equal(
            HttpStatusCode.UnprocessableEntity, await ChangePasswordAsync(person, "not the password", next));
        Assert.Equal(
            HttpStatusCode.UnprocessableEntity, await ChangePasswordAsync(person, Person.Password, "short"));
        Assert.Equal(HttpStatusCode.NoContent, await ChangePasswordAsync(person, Person.Password, next));

        await elsewhere.SignedOutAsync();
        Assert.True(await person.IsSignedInAsync());
        Assert.True(await (await person.AgainAsync(app, next)).IsSignedInAsync());
        Assert.Equal(
            HttpStatusCode.Unauthorized, (await Person.LogInAsync(app, person.Email!, Person.Password)).StatusCode);
    }

    [Fact]
    public async Task Preferences_have_defaults_and_are_replaced_or_patched_by_their_version()
    {
        var person = await Person.RegisterAsync(app);
        var read = await person.Client.GetAsync("/api/me/preferences");
        var defaults = await Person.ReadAsync(read);
        Assert.Equal("roses", (string?)defaults["selectedFramework"]);
        Assert.Equal(30, (int)defaults["maxHistoryDays"]!);
        Assert.Equal("{}", defaults["preferences"]!.ToJsonString());

        var patched = await SendAsync(
            person, HttpMethod.Patch, read.Headers.ETag!.Tag,
            """{"theme": "light", "preferences": {"pane": {"left": 1, "right": 2}}}""");
        Assert.Equal(HttpStatusCode.OK, patched.StatusCode);
        Assert.Equal(
            HttpStatusCode.PreconditionFailed,
            (await SendAsync(person, HttpMethod.Patch, read.Headers.ETag!.Tag, """{"theme": "dark"}""")).StatusCode);
        var again = await SendAsync(
            person, HttpMethod.Patch, patched.Headers.ETag!.Tag, """{"preferences": {"pane": {"left": null}}}""");
        var after = await Person.ReadAsync(again);
        Assert.Equal("""{"pane":{"right":2}}""", after["preferences"]!.ToJsonString());
        Assert.Equal("light", (string?)after["theme"]);

        var replaced = await SendAsync(person, HttpMethod.Put, "*", """{"language": "pt-BR"}""");
        Assert.Equal("dark", (string?)(await Person.ReadAsync(replaced))["theme"]);
        var other = await Person.RegisterAsync(app);
        Assert.Equal(HttpStatusCode.OK, (await other.Client.GetAsync("/api/me/preferences")).StatusCode);
        Assert.Equal(1, await app.Database.ValueAsync<long>("select count(*) from ops.user_preference"));
    }

    [Theory]
    [InlineData("""{"theme": "pink"}""", "theme")]
    [InlineData("""{"selectedFramework": "nine"}""", "selectedFramework")]
    [InlineData("""{"maxHistoryDays": 0}""", "maxHistoryDays")]
    [InlineData("""{"language": "English"}""", "language")]
    public async Task Preferences_out_of_range_are_named(string body, string field)
    {
        var person = await Person.RegisterAsync(app);

        var refused = await SendAsync(person, HttpMethod.Put, "*", body);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        Assert.Equal([field], (await Person.ReadAsync(refused))["errors"]!.AsObject().Select(error => error.Key));
    }

    private static async Task<HttpStatusCode> ChangePasswordAsync(Person person, string current, string next) =>
        (await person.Client.PostAsJsonAsync(
            "/api/me/password", new { currentPassword = current, newPassword = next })).StatusCode;

    private static async Task<HttpStatusCode> DeleteAsync(Person person)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, "/api/me");
        request.Headers.TryAddWithoutValidation("If-Match", "*");
        return (await person.Client.SendAsync(request)).StatusCode;
    }

    private static Task<HttpResponseMessage> SendAsync(Person person, HttpMethod method, string version, string json) =>
        ChangeAsync(person, method, "/api/me/preferences", version, json);

    private static Task<HttpResponseMessage> PatchAsync(Person person, string? version, string json) =>
        ChangeAsync(person, HttpMethod.Patch, "/api/me", version, json);

    private static async Task<HttpResponseMessage> ChangeAsync(
        Person person, HttpMethod method, string path, string? version, string json)
    {
        using var request = new HttpRequestMessage(method, path)
        {
            Content = new StringContent(
                json, Encoding.UTF8, method == HttpMethod.Patch ? "application/merge-patch+json" : "application/json"),
        };
        if (version is not null)
            request.Headers.TryAddWithoutValidation("If-Match", version);
        return await person.Client.SendAsync(request);
    }
}
