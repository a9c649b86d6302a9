using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>How many there may be of what costs others something, and what anonymous accounts may do.</summary>
public sealed class CapsTests : IAsyncLifetime
{
    private AssayApp app = null!;

    public async Task InitializeAsync() => app = await AssayApp.StartAsync(settings: new Dictionary<string, string?>
    {
        ["Assay__Settings__webhooks"] = "3",
        ["Assay__Settings__keys-per-user"] = "2",
        ["Assay__Settings__open-invitations"] = "2",
        ["Assay__Settings__organizations-per-account"] = "3",
        ["Assay__Settings__unclaimed-entities"] = "2",
        ["Assay__Settings__unclaimed-documents"] = "1",
        ["Assay__Settings__unclaimed-document-bytes"] = "100",
    });

    public async Task DisposeAsync() => await app.DisposeAsync();

    [Fact]
    public async Task Of_webhooks_that_are_made_at_the_same_time_as_many_are_kept_as_there_may_be()
    {
        var admin = await app.ClientOfAsync(await app.Database.AddOrganizationAsync(), Role.Admin);

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => AddWebhookAsync(admin)));

        Assert.Equal(3, answers.Count(answer => answer.StatusCode == HttpStatusCode.Created));
        foreach (var refused in answers.Where(answer => answer.StatusCode != HttpStatusCode.Created))
            await RefusedAsync(refused, "3 webhooks already", "the setting webhooks");
        var listed = await admin.GetFromJsonAsync<JsonNode>("/api/webhooks");
        Assert.Equal(3, listed!["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task Keys_invitations_and_organizations_are_as_many_as_there_may_be_and_others_have_their_own()
    {
        var (owner, _) = await RegisterAsync("owner@example.com");
        for (var key = 0; key < 2; key++)
            (await AddKeyAsync(owner)).EnsureSuccessStatusCode();
        await RefusedAsync(await AddKeyAsync(owner), "2 active API keys", "keys-per-user");

        for (var number = 0; number < 2; number++)
            (await InviteAsync(owner)).EnsureSuccessStatusCode();
        await RefusedAsync(await InviteAsync(owner), "2 open invitations", "open-invitations");

        for (var number = 0; number < 2; number++)
            (await owner.PostAsJsonAsync("/api/organizations", new { name = "One more" })).EnsureSuccessStatusCode();
        await RefusedAsync(
            await owner.PostAsJsonAsync("/api/organizations", new { name = "Too many" }), "3 organizations",
            "organizations-per-account");

        var (other, _) = await RegisterAsync("other@example.com");
        (await AddKeyAsync(other)).EnsureSuccessStatusCode();
        (await InviteAsync(other)).EnsureSuccessStatusCode();
    }

    [Fact]
    public async Task An_anonymous_account_reaches_nobody_keeps_little_and_may_more_once_it_is_claimed()
    {
        var (anonymous, organization) = await RegisterAsync(null);
        Func<Task<HttpResponseMessage>>[] refused =
        [
            () => AddWebhookAsync(anonymous), () => AddKeyAsync(anonymous), () => InviteAsync(anonymous),
            () => anonymous.PostAsJsonAsync("/api/organizations", new { name = "One more" }),
        ];
        foreach (var send in refused)
        {
            var answer = await send();
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
            Assert.Contains("/api/auth/claim", await answer.Content.ReadAsStringAsync());
        }

        (await AddPromptAsync(anonymous)).EnsureSuccessStatusCode();
        (await AddPromptAsync(anonymous)).EnsureSuccessStatusCode();
        await RefusedAsync(await AddPromptAsync(anonymous), "2 entities", "unclaimed-entities");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await UploadAsync(anonymous, "large", 101)).StatusCode);
        (await UploadAsync(anonymous, "first", 100)).EnsureSuccessStatusCode();
        (await UploadAsync(anonymous, "first", 99)).EnsureSuccessStatusCode();
        await RefusedAsync(await UploadAsync(anonymous, "second", 100), "1 documents", "unclaimed-documents");
        Assert.Equal(2, await app.Database.ValueAsync<long>(
            $"select count(*) from core.entity where organization_id = '{organization}'"));

        (await anonymous.PostAsJsonAsync(
            "/api/auth/claim", new { email = "claimed@example.com", password = Person.Password }))
            .EnsureSuccessStatusCode();
        await Eventually.TrueAsync(
            async () => (await AddWebhookAsync(anonymous)).StatusCode == HttpStatusCode.Created, null,
            () => "A claimed account may make no webhook.");
        (await AddPromptAsync(anonymous)).EnsureSuccessStatusCode();
        (await UploadAsync(anonymous, "large", 101)).EnsureSuccessStatusCode();
    }

    private async Task<(HttpClient Client, Guid Organization)> RegisterAsync(string? email)
    {
        var answer = await app.Client.PostAsJsonAsync(
            "/api/auth/register", email is null ? (object)new { } : new { email, password = Person.Password });
        var session = (await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonNode>())!;
        var client = new HttpClient { BaseAddress = app.Address };
        client.DefaultRequestHeaders.Authorization = new("Bearer", (string)session["token"]!);
        return (client, (Guid)(await client.GetFromJsonAsync<JsonNode>("/api/organization"))!["id"]!);
    }

    private static Task<HttpResponseMessage> AddWebhookAsync(HttpClient client) =>
        client.PostAsJsonAsync("/api/webhooks", new { url = "https://example.com/hook" });

    private static Task<HttpResponseMessage> AddKeyAsync(HttpClient client) =>
        client.PostAsJsonAsync("/api/keys", new { name = "A key", scopes = new[] { "entities:read" } });

    private static Task<HttpResponseMessage> InviteAsync(HttpClient client) =>
        client.PostAsJsonAsync("/api/invitations", new { role = "member" });

    private static Task<HttpResponseMessage> AddPromptAsync(HttpClient client) => client.PostAsJsonAsync(
        "/api/prompts", new { title = "A prompt", content = new { text = "Answer briefly." } });

    private static Task<HttpResponseMessage> UploadAsync(HttpClient client, string name, int bytes) =>
        client.PostAsync($"/api/documents?name={name}.txt", new StringContent(new string('a', bytes)));

    private static async Task RefusedAsync(HttpResponseMessage answer, params string[] says)
    {
        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        var detail = (string)(await answer.Content.ReadFromJsonAsync<JsonNode>())!["detail"]!;
        Assert.All(says, part => Assert.Contains(part, detail));
    }
}
