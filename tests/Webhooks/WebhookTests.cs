using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Assay;

public sealed class WebhookTests : IAsyncLifetime
{
    private AssayApp app = null!;
    private WebhookReceiver receiver = null!;
    private HttpClient admin = null!;
    private Guid organization;

    public async Task InitializeAsync()
    {
        receiver = await WebhookReceiver.StartAsync();
        app = await StartAsync(allowPrivate: true);
        organization = await app.Database.AddOrganizationAsync();
        admin = await app.ClientOfAsync(organization, Role.Admin);
    }

    public async Task DisposeAsync()
    {
        await app.DisposeAsync();
        await receiver.DisposeAsync();
    }

    [Fact]
    public async Task A_change_is_told_to_who_asked_for_it_signed_and_once()
    {
        var (_, secret) = await CreateAsync(new { url = receiver.Url, eventTypes = new[] { "api_key.*" } });
        var other = await app.Database.AddOrganizationAsync();
        await app.Database.AddKeyAsync(other, null);
        await app.Database.ExecuteAsync(
            $"update ops.organization set name = 'Not asked for' where id = '{organization}'");
        await app.Database.AddKeyAsync(organization, null);

        await DeliverAsync(() => !receiver.Messages.IsEmpty);
        await DeliverAsync();

        var message = Assert.Single(receiver.Messages);
        Assert.True(WebhookReceiver.IsSigned(message, secret));
        var body = JsonNode.Parse(message.Body)!;
        Assert.Equal("api_key.created", (string)body["type"]!);
        Assert.Equal("Test key", (string)body["data"]!["after"]!["name"]!);
        Assert.DoesNotContain("hash", message.Body);
    }

    [Theory]
    [InlineData("https://example.com/hooks\r\n")]
    [InlineData("https://example.com/\r\nX-Evil: 1")]
    [InlineData("https://example.com/ hooks")]
    [InlineData("https://ex\u0430mple.com/hooks")]
    public async Task An_address_holds_nothing_but_an_address(string url)
    {
        var refused = await admin.PostAsJsonAsync("/api/webhooks", new { url });

        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        Assert.Contains("\"url\"", await refused.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Who_may_not_read_the_audit_log_has_no_events_sent_anywhere()
    {
        var narrow = await app.ClientOfAsync(organization, Role.Owner, "webhooks:write");
        var (id, _) = await CreateAsync(new { url = receiver.Url, status = "paused" });

        var refused = await narrow.PostAsJsonAsync("/api/webhooks", new { url = receiver.Url });
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains("audit:read", await refused.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.Forbidden, (await narrow.PatchAsync(
            $"/api/webhooks/{id}", new { status = "active" })).StatusCode);
        Assert.Equal(
            HttpStatusCode.Forbidden, (await narrow.PostAsync($"/api/webhooks/{id}/secret", null)).StatusCode);
    }

    [Fact]
    public async Task A_receiver_that_fails_is_tried_again_under_the_same_id()
    {
        receiver.Answer = before => before < 2 ? 503 : 200;
        var (id, _) = await CreateAsync(new { url = receiver.Url });
        var ping = await PingAsync(id);

        await DeliverAsync(() => receiver.Messages.Count == 3);

        Assert.Single(receiver.Messages.Select(message => message.Id).Distinct());
        await Eventually.TrueAsync(
            async () => (string)(await MessageAsync(id, ping))["status"]! == "succeeded", null,
            () => "The message did not succeed.");
        Assert.Equal(3, (int)(await MessageAsync(id, ping))["attempts"]!);
    }

    [Fact]
    public async Task One_that_never_takes_a_message_is_disabled_with_the_reason_and_can_be_made_active_again()
    {
        receiver.Answer = _ => 500;
        var (id, _) = await CreateAsync(new { url = receiver.Url, eventTypes = new[] { "document.*" } });
        await PingAsync(id);
        await PingAsync(id);

        await DeliverAsync();
        await Eventually.TrueAsync(
            async () => (string)(await WebhookAsync(id))["status"]! == "disabled", null, () => "It is not disabled.");

        Assert.Contains("answered 500", (string)(await WebhookAsync(id))["disabledReason"]!);
        var refused = await admin.PostAsync($"/api/webhooks/{id}/ping", null);
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        receiver.Answer = _ => 200;
        var changed = await OrganizationFixture.ChangeAsync(
            admin, HttpMethod.Patch, $"/api/webhooks/{id}", new { status = "active" });
        Assert.Equal(
            ("active", 0, null),
            await OrganizationFixture.ReadAsync(changed, HttpStatusCode.OK) is var now
                ? ((string)now["status"]!, (int)now["failures"]!, (string?)now["disabledReason"]) : default);
        var ping = await PingAsync(id);
        await DeliverAsync();
        await Eventually.TrueAsync(
            async () => (string)(await MessageAsync(id, ping))["status"]! == "succeeded", null,
            () => "The message did not succeed.");
    }

    [Fact]
    public async Task A_rotated_secret_signs_beside_the_old_one()
    {
        var (id, old) = await CreateAsync(new { url = receiver.Url });
        var rotated = await OrganizationFixture.ReadAsync(
            await admin.PostAsync($"/api/webhooks/{id}/secret", null), HttpStatusCode.OK);
        await PingAsync(id);

        await DeliverAsync(() => !receiver.Messages.IsEmpty);

        Assert.True(receiver.Messages.TryPeek(out var message));
        Assert.True(WebhookReceiver.IsSigned(message, (string)rotated["secret"]!));
        Assert.True(WebhookReceiver.IsSigned(message, old));
    }

    [Fact]
    public async Task Private_addresses_get_nothing_unless_they_are_allowed()
    {
        await using var strict = await StartAsync(allowPrivate: false);
        var id = await strict.Database.AddOrganizationAsync();
        admin = await strict.ClientOfAsync(id, Role.Admin);
        var (webhook, _) = await CreateAsync(new { url = receiver.Url });
        var ping = await PingAsync(webhook);

        await Eventually.TrueAsync(
            async () =>
            {
                await DeliverAsync(strict);
                return (string)(await MessageAsync(webhook, ping))["status"]! == "failed";
            },
            null, () => "The message did not fail.");

        Assert.Equal("The host has no public address.", (string)(await MessageAsync(webhook, ping))["error"]!);
        Assert.Empty(receiver.Messages);
    }

    [Fact]
    public async Task A_message_is_repeated_as_a_new_one_and_a_paused_webhook_gets_none()
    {
        var (id, _) = await CreateAsync(new { url = receiver.Url });
        var ping = await PingAsync(id);
        await DeliverAsync(() => !receiver.Messages.IsEmpty);
        await OrganizationFixture.ReadAsync(
            await admin.PostAsync($"/api/webhooks/{id}/messages/{ping}/repeat", null), HttpStatusCode.Accepted);
        await DeliverAsync(() => receiver.Messages.Count == 2);
        Assert.Equal(2, receiver.Messages.Select(message => message.Id).Distinct().Count());

        await OrganizationFixture.ChangeAsync(
            admin, HttpMethod.Patch, $"/api/webhooks/{id}", new { status = "paused" });
        await app.Database.AddKeyAsync(organization, null);
        Assert.Equal(0L, await app.Database.ValueAsync<long>(
            $"select count(*) from ops.webhook_delivery where webhook_id = '{id}' and event_type like 'api_key.%'"));
    }

    [Theory]
    [InlineData("""{"url":"ftp://example.com"}""", "url")]
    [InlineData("""{"url":"https://me:secret@example.com"}""", "url")]
    [InlineData("""{"url":"https://example.com","eventTypes":["everything"]}""", "eventTypes[0]")]
    [InlineData("""{"url":"https://example.com","status":"disabled"}""", "status")]
    public async Task Wrong_members_are_named(string body, string member)
    {
        var problem = await OrganizationFixture.ReadAsync(
            await admin.PostAsync("/api/webhooks", new StringContent(body, Encoding.UTF8, "application/json")),
            HttpStatusCode.UnprocessableEntity);

        Assert.NotNull(problem["errors"]![member]);
    }

    private static Task<AssayApp> StartAsync(bool allowPrivate) => AssayApp.StartAsync(
        settings: new Dictionary<string, string?>
        {
            ["Assay__Secrets__Keys__test"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
            ["Assay__Secrets__CurrentKey"] = "test",
            ["Assay__Outbound__AllowPrivateAddresses"] = $"{allowPrivate}",
            ["Assay__Webhooks__RetryDelays"] = "0 0",
            ["Assay__Webhooks__FailuresMax"] = "2",
        });

    private async Task<(Guid Id, string Secret)> CreateAsync(object webhook)
    {
        var created = await OrganizationFixture.ReadAsync(
            await admin.PostAsJsonAsync("/api/webhooks", webhook), HttpStatusCode.Created);
        return ((Guid)created["webhook"]!["id"]!, (string)created["secret"]!);
    }

    private async Task<Guid> PingAsync(Guid id) => (Guid)(await OrganizationFixture.ReadAsync(
        await admin.PostAsync($"/api/webhooks/{id}/ping", null), HttpStatusCode.Accepted))["id"]!;

    private async Task<JsonNode> WebhookAsync(Guid id) =>
        await OrganizationFixture.ReadAsync(await admin.GetAsync($"/api/webhooks/{id}"), HttpStatusCode.OK);

    private async Task<JsonNode> MessageAsync(Guid id, Guid message) =>
        (await OrganizationFixture.ReadAsync(
            await admin.GetAsync($"/api/webhooks/{id}/messages"), HttpStatusCode.OK))["items"]!.AsArray()
        .Single(one => (Guid)one!["id"]! == message)!;

    // Instead of waiting for the timer.
    private Task DeliverAsync() => DeliverAsync(app);

    private async Task DeliverAsync(Func<bool> until)
    {
        await DeliverAsync();
        await Eventually.TrueAsync(
            () => Task.FromResult(until()), null, () => $"{receiver.Messages.Count} messages came.");
    }

    private static Task DeliverAsync(AssayApp app) =>
        app.Client.RunNowAsync(nameof(WebhookDelivery.DeliverWebhooks));
}
