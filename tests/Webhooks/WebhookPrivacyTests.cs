using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Assay;

/// <summary>Messages say what every member may see, and of what is private that it changed.</summary>
public sealed class WebhookPrivacyTests : IAsyncLifetime
{
    private const string Secret = "the hidden cellar";

    private AssayApp app = null!;
    private WebhookReceiver receiver = null!;
    private HttpClient admin = null!;
    private HttpClient member = null!;
    private Guid webhook;

    public async Task InitializeAsync()
    {
        receiver = await WebhookReceiver.StartAsync();
        app = await AssayApp.StartAsync();
        var organization = await app.Database.AddOrganizationAsync();
        admin = await app.ClientOfAsync(organization, Role.Admin);
        member = await app.ClientOfAsync(organization, Role.Member);
        var created = await (await admin.PostAsJsonAsync("/api/webhooks", new { url = receiver.Url }))
            .ReadAsync<JsonObject>(HttpStatusCode.Created);
        webhook = (Guid)created["webhook"]!["id"]!;
    }

    public async Task DisposeAsync()
    {
        await app.DisposeAsync();
        await receiver.DisposeAsync();
    }

    [Fact]
    public async Task What_is_private_is_told_without_what_it_says()
    {
        var hidden = await AddAsync(Secret, "private");
        var open = await AddAsync("For everybody", "organization");
        await SayAllAsync(hidden.Id, open.Id);
        await DeliverAsync();

        var told = (await ToldAsync()).Where(message => IsOf(message, "entity", "comment", "analysis_result",
            "relationship", "entity_label", "share")).ToList();
        Assert.Equal(
            [
                "analysis_result.created", "comment.created", "comment.deleted", "entity.created", "entity.created",
                "entity.updated", "entity_label.created", "relationship.created", "share.created",
            ],
            told.Select(message => (string)message["type"]!).Order(StringComparer.Ordinal));
        foreach (var message in told.Select(message => message["data"]!))
            Assert.Equal(
                (Guid)message["entityId"]! == open.Id ? "For everybody" : null,
                (string?)message["after"]?["title"]);
        await AssertUntoldAsync();

        // Gone for good, it is still nobody else's business.
        await app.Database.ExecuteAsync($"delete from core.entity where id = '{hidden.Id}'");
        await DeliverAsync();
        Assert.Contains(await ToldAsync(), message => (string)message["type"]! == "entity.deleted");
        await AssertUntoldAsync();
    }

    [Fact]
    public async Task What_becomes_private_before_it_is_delivered_is_not_told_and_not_repeated()
    {
        var prompt = await AddAsync(Secret, "organization");
        await SayAllAsync(prompt.Id, (await AddAsync("For everybody", "organization")).Id);
        Assert.Contains(Secret, await ListAsync(), StringComparison.Ordinal);

        await member.PatchAsync($"/api/prompts/{prompt.Id}", new { visibility = "private" });
        receiver.Messages.Clear();
        await DeliverAsync();
        await AssertUntoldAsync();

        foreach (var message in JsonNode.Parse(await ListAsync())!["items"]!.AsArray())
            await admin.PostAsync($"/api/webhooks/{webhook}/messages/{message!["id"]}/repeat", null);
        await DeliverAsync();
        await AssertUntoldAsync();
    }

    [Fact]
    public async Task A_personal_credential_is_told_without_its_name()
    {
        await member.PostAsync("/api/credentials", EntityClient.Json(new
        {
            provider = "openai", name = Secret, secret = $"sk-{Guid.NewGuid():n}{Guid.NewGuid():n}", isPersonal = true,
        }));
        await DeliverAsync();

        Assert.Contains(await ToldAsync(), message => (string)message["type"]! == "provider_credential.created");
        await AssertUntoldAsync();
    }

    [Fact]
    public async Task Messages_from_before_are_cleaned()
    {
        await using var scratch = new ScratchDatabase();
        await scratch.PrepareAsync();
        var all = MigrationFile.Embedded;
        var cleaning = all.Single(migration => migration.Name == "webhook_privacy");
        var migrator = scratch.NewMigrator(all);
        await migrator.MoveToAsync(cleaning.Version - 1, CancellationToken.None);
        await scratch.ListAsync(
            """
            insert into ops.organization (id, name, slug) values
                ('00000000-0000-0000-0000-000000000001', 'A', 'a');
            insert into ops.webhook (organization_id, url, ciphertext, encryption_key_id)
            select id, 'https://example.com', '', 'a' from ops.organization;
            insert into core.entity (organization_id, type, title, content, visibility)
            select id, 'prompt', 'the hidden cellar', '{}', 'private' from ops.organization;
            insert into core.entity (organization_id, type, title, content)
            select id, 'prompt', 'For everybody', '{}' from ops.organization;
            select 'done'
            """);
        Assert.Equal(["For everybody", Secret], await TitlesAsync(scratch));

        await migrator.MigrateAsync(CancellationToken.None);

        Assert.Equal(["", "For everybody"], await TitlesAsync(scratch));
    }

    private static Task<IReadOnlyList<string>> TitlesAsync(ScratchDatabase scratch) => scratch.ListAsync(
        """
        select coalesce(payload -> 'data' -> 'after' ->> 'title', '') from ops.webhook_delivery
        where event_type = 'entity.created' order by 1
        """);

    private Task<Entity> AddAsync(string title, string visibility) => member.AddAsync(
        "prompts", new { title, content = new { text = $"Say {title}." }, visibility });

    // Everything that events tell of an entity.
    private async Task SayAllAsync(Guid id, Guid other)
    {
        var path = $"/api/prompts/{id}";
        await member.PatchAsync(path, new { description = Secret });
        var comment = await (await member.PostAsync($"{path}/comments", EntityClient.Json(new { text = Secret })))
            .ReadAsync<Comment>(HttpStatusCode.Created);
        await member.SendAsync(HttpMethod.Delete, $"/api/comments/{comment.Id}");
        await member.PutAsync($"{path}/labels/cellar", EntityClient.Json(new { version = 1 }));
        await (await member.PostAsync("/api/relationships", EntityClient.Json(
            new { sourceId = other, targetId = id, type = "depends_on", description = Secret })))
            .ReadAsync<JsonObject>(HttpStatusCode.Created);
        await (await member.PostAsync($"{path}/shares", EntityClient.Json(new { grantee = "link" })))
            .ReadAsync<JsonObject>(HttpStatusCode.Created);
        await new AnalysisClient(member).CreateAsync(new { entityId = id });
    }

    // Until nothing waits, whatever comes meanwhile.
    private Task DeliverAsync() => Eventually.TrueAsync(
        async () =>
        {
            await app.Client.RunNowAsync(nameof(WebhookDelivery.DeliverWebhooks));
            return 0 == await app.Database.ValueAsync<long>(
                "select count(*) from ops.webhook_delivery where status = 'pending'");
        },
        TimeSpan.FromSeconds(60), () => "Not all was delivered.");

    private async Task<IReadOnlyList<JsonNode>> ToldAsync()
    {
        await DeliverAsync();
        return [.. receiver.Messages.Select(message => JsonNode.Parse(message.Body)!)];
    }

    private static bool IsOf(JsonNode message, params string[] types) =>
        types.Contains((string)message["data"]!["entityType"]!)
        // The analysis ends when it ends.
        && ((string)message["data"]!["entityType"]! != "analysis_result"
            || (string)message["data"]!["action"]! == "created");

    private Task<string> ListAsync() => admin.GetStringAsync($"/api/webhooks/{webhook}/messages?limit=200");

    private async Task AssertUntoldAsync()
    {
        foreach (var message in receiver.Messages)
            Assert.DoesNotContain(Secret, message.Body, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, await ListAsync(), StringComparison.Ordinal);
    }
}
