using System.Net;
using Microsoft.Extensions.DependencyInjection;

namespace Assay;

public sealed class CredentialApiTests : IAsyncLifetime
{
    private const string Secret = "sk-never-to-be-seen-0123456789";

    private readonly LogLines log = new();
    private FakeProvider provider = null!;
    private AssayApp app = null!;
    private Guid organization;
    private CredentialsApi admin = null!;
    private CredentialsApi member = null!;

    public async Task InitializeAsync()
    {
        provider = await FakeProvider.StartAsync();
        app = await AssayApp.StartAsync(
            settings: new Dictionary<string, string?> { ["Assay__Providers__ValidationTimeoutSeconds"] = "1" },
            log: log);
        organization = await app.Database.AddOrganizationAsync();
        admin = new(await app.ClientOfAsync(organization, Role.Admin));
        member = new(await app.ClientOfAsync(organization, Role.Member));
    }

    public async Task DisposeAsync()
    {
        await app.DisposeAsync();
        await provider.DisposeAsync();
    }

    [Fact]
    public async Task A_key_is_nowhere_to_be_seen_once_it_was_sent()
    {
        var id = await admin.AddedAsync(Secret, provider: "self-hosted", baseUrl: provider.BaseUrl);
        provider.Answer = context => throw new InvalidOperationException("The provider breaks.");
        await admin.ValidateAsync(id);
        await admin.ChangeAsync(id, new { secret = Secret }, 2);
        await admin.ChangeAsync(id, new { secret = $"{Secret} with spaces" }, 3);
        await admin.AddAsync($"{Secret} with spaces");
        await admin.AddAsync(Secret, provider: "anthropic");
        await admin.AddAsync(Secret, provider: "nobody");
        await admin.ListAsync();
        await admin.DeleteAsync(id, 3);
        await admin.AddedAsync(Secret);

        var stored = await app.Database.ValueAsync<string>(
            "select string_agg(schema_to_xml(name, true, false, '')::text, '') from unnest('{ops,core}'::text[]) name");
        Assert.Contains("provider_credential", stored);
        Assert.Contains("AddCredential", string.Concat(log.All));
        foreach (var place in new[] { admin.Answers, stored, string.Concat(log.All) })
        {
            Assert.DoesNotContain("never-to-be-seen", place);
            Assert.DoesNotContain(Convert.ToBase64String("never-to-be-seen"u8)[..16], place);
            Assert.DoesNotContain(Convert.ToHexStringLower("never-to-be-seen"u8), place);
        }
    }

    [Fact]
    public async Task The_organizations_key_is_seen_by_members_and_changed_by_admins()
    {
        var id = await admin.AddedAsync(Secret);
        var viewer = new CredentialsApi(await app.ClientOfAsync(organization, Role.Viewer));

        var (status, body) = await member.GetAsync(id);
        Assert.Equal((HttpStatusCode.OK, "6789"), (status, (string?)body!["lastFour"]));
        Assert.Null(body["userId"]);
        Assert.Equal([id], await member.ListAsync());
        Assert.Equal(HttpStatusCode.Forbidden, (await viewer.GetAsync(id)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await member.AddAsync(Secret)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await member.ChangeAsync(id, new { name = "Mine" }, 1)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await member.ValidateAsync(id)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await member.DeleteAsync(id, 1)).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await admin.DeleteAsync(id, 1)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await admin.GetAsync(id)).Status);
    }

    [Fact]
    public async Task A_personal_key_is_there_for_its_owner_alone()
    {
        var id = await member.AddedAsync(Secret, isPersonal: true);

        Assert.Equal(HttpStatusCode.OK, (await member.GetAsync(id)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await admin.GetAsync(id)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await admin.ChangeAsync(id, new { name = "Taken" }, 1)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await admin.DeleteAsync(id, 1)).Status);
        Assert.Empty(await admin.ListAsync());
        Assert.Equal(HttpStatusCode.OK, (await member.ChangeAsync(id, new { isActive = false }, 1)).Status);
    }

    [Fact]
    public async Task Another_organization_finds_none_of_them()
    {
        var id = await admin.AddedAsync(Secret);
        var owner = new CredentialsApi(
            await app.ClientOfAsync(await app.Database.AddOrganizationAsync(), Role.Owner));

        Assert.Empty(await owner.ListAsync());
        Assert.Equal(HttpStatusCode.NotFound, (await owner.GetAsync(id)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await owner.ChangeAsync(id, new { name = "Ours" }, 1)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await owner.ValidateAsync(id)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await owner.DeleteAsync(id, 1)).Status);
    }

    [Theory]
    [InlineData("openai", "pk-0123456789abcdefghij", null, "secret")]
    [InlineData("openai", "short", null, "secret")]
    [InlineData("openai", "sk-0123456789abcdefghij\r\nHost: evil", null, "secret")]
    [InlineData("self-hosted", "0123456789", "ftp://example.com", "baseUrl")]
    [InlineData("nobody", "sk-0123456789abcdefghij", null, "provider")]
    [InlineData("built-in", "sk-0123456789abcdefghij", null, "provider")]
    public async Task What_a_provider_would_not_take_is_refused_by_field(
        string name, string secret, string? baseUrl, string field)
    {
        var (status, body) = await admin.AddAsync(secret, provider: name, baseUrl: baseUrl);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.NotNull(body!["errors"]![field]);
    }

    [Fact]
    public async Task A_key_of_the_organization_itself_has_no_personal_credentials()
    {
        var client = new HttpClient { BaseAddress = app.Address };
        client.DefaultRequestHeaders.Authorization = new("Bearer", await app.Database.AddKeyAsync(organization, null));

        var (status, body) = await new CredentialsApi(client).AddAsync(Secret, isPersonal: true);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.NotNull(body!["errors"]!["isPersonal"]);
    }

    [Fact]
    public async Task A_change_names_the_version_that_it_changes()
    {
        var id = await admin.AddedAsync(Secret);

        Assert.Equal(428, (int)(await admin.ChangeAsync(id, new { name = "New" }, null)).Status);
        Assert.Equal(428, (int)(await admin.DeleteAsync(id, null)).Status);
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await admin.ChangeAsync(id, new { name = "New" }, 2)).Status);
        var (status, body) = await admin.ChangeAsync(id, new { name = "New", secret = "sk-0123456789abcdefwxyz" }, 1);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(("New", "wxyz", 2), ((string)body!["name"]!, (string)body["lastFour"]!, (int)body["version"]!));
        (status, _) = await admin.ChangeAsync(id, new { secret = "pk-0123456" }, 2);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
    }

    [Fact]
    public async Task A_name_twice_is_a_conflict()
    {
        await admin.AddAsync(Secret, name: "One");
        var id = await admin.AddedAsync(Secret);

        Assert.Equal(HttpStatusCode.Conflict, (await admin.AddAsync(Secret, name: "One")).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await admin.ChangeAsync(id, new { name = "One" }, 1)).Status);
    }

    [Fact]
    public async Task Lists_go_on_and_are_narrowed()
    {
        var first = await admin.AddedAsync(Secret);
        var second = await admin.AddedAsync("sk-ant-0123456789abcdefghij", provider: "anthropic");

        Assert.Equal([second, first], await admin.ListAsync());
        Assert.Equal([first], await admin.ListAsync("?provider=openai&isActive=true"));
        var (_, page) = await admin.SendAsync(HttpMethod.Get, "/api/credentials?limit=1");
        Assert.Equal([first], await admin.ListAsync($"?limit=1&after={page!["next"]}"));
    }

    [Fact]
    public async Task A_key_is_tried_on_its_provider_and_the_outcome_kept()
    {
        var good = await admin.AddedAsync(FakeProvider.Key, provider: "self-hosted", baseUrl: provider.BaseUrl);
        var bad = await admin.AddedAsync("sk-another-0123456789", provider: "self-hosted", baseUrl: provider.BaseUrl);

        var (_, body) = await admin.ValidateAsync(good);
        Assert.True((bool)body!["isValidated"]!);
        (_, body) = await admin.ValidateAsync(bad);
        Assert.False((bool)body!["isValidated"]!);
        Assert.Contains("status 401", (string)body["validationError"]!);

        provider.Answer = context => Task.Delay(Timeout.Infinite, context.RequestAborted);
        await admin.ValidateAsync(good);
        (_, body) = await member.GetAsync(good);
        Assert.Contains("within 1 s", (string)body!["validationError"]!);
        Assert.False((bool)body["isValidated"]!);
    }

    [Fact]
    public async Task A_key_does_not_follow_to_another_address_unless_it_is_sent_again()
    {
        var id = await admin.AddedAsync(FakeProvider.Key, provider: "self-hosted", baseUrl: "https://one.example.com");

        var (refused, body) = await admin.ChangeAsync(id, new { baseUrl = provider.BaseUrl }, 1);
        await admin.ValidateAsync(id);
        var (taken, _) = await admin.ChangeAsync(id, new { baseUrl = provider.BaseUrl, secret = FakeProvider.Key }, 2);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused);
        Assert.NotNull(body!["errors"]!["secret"]);
        Assert.Equal(HttpStatusCode.OK, taken);
        Assert.Empty(provider.Requests);
    }

    [Fact]
    public async Task Without_a_key_of_its_own_the_app_runs_and_keeps_no_secret()
    {
        // Nor with those of this clone, which ./dev puts into the environment.
        var keys = Environment.GetEnvironmentVariables().Keys.OfType<string>()
            .Where(name => name.StartsWith("Assay__Secrets__", StringComparison.Ordinal));
        string[] all = [.. keys, "Assay__Secrets__Keys__test", "Assay__Secrets__CurrentKey"];
        await using var bare = await AssayApp.StartAsync(
            app.Database, all.Distinct().ToDictionary(name => name, string? (_) => ""));
        var client = new CredentialsApi(await bare.ClientOfAsync(organization, Role.Admin));

        var (status, body) = await client.AddAsync(Secret);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("Assay__Secrets__CurrentKey", (string)body!["detail"]!);
        Assert.Empty(await client.ListAsync());
    }

    [Fact]
    public async Task A_stored_key_that_was_tampered_with_is_a_conflict_without_details()
    {
        var id = await admin.AddedAsync(Secret, provider: "self-hosted", baseUrl: provider.BaseUrl);
        await app.Database.ExecuteAsync("update ops.provider_credential set ciphertext = ciphertext || '\\x00'");

        var (status, body) = await admin.ValidateAsync(id);

        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Equal(new SecretUnreadableException().Message, (string)body!["detail"]!);
        Assert.Empty(provider.Requests);
    }
}
