using System.Net;
using System.Net.Http.Json;

namespace Assay;

/// <summary>The app killed while it sends messages to a webhook.</summary>
public sealed class DeliveryCrashTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private const int Messages = 20;

    [Fact]
    public async Task Killed_while_it_delivers_the_app_delivers_each_message_and_records_it_once()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var inbox = await InboxContainer.CreateAsync();
        var settings = AppSettings.For(database, inbox);
        settings["Assay__Outbound__AllowPrivateAddresses"] = "true";
        settings["Assay__Secrets__Keys__test"] = Convert.ToBase64String(new byte[SecretsOptions.KeyLength]);
        settings["Assay__Secrets__CurrentKey"] = "test";
        // Claims expire ten seconds behind it.
        settings["Assay__Webhooks__TimeoutSeconds"] = "1";
        var organization = await database.AddOrganizationAsync();
        var key = await database.AddKeyAsync(organization, await database.AddMemberAsync(organization, Role.Admin));

        var app = await AppProcess.StartAsync(settings);
        try
        {
            app.Client.DefaultRequestHeaders.Authorization = new("Bearer", key);
            var id = await AddWebhookAsync(app.Client, receiver.Url);
            // Its answers do not come through before it is killed.
            receiver.Delay = TimeSpan.FromMilliseconds(500);
            for (var message = 0; message < Messages; message++)
                (await app.Client.PostAsync($"/api/webhooks/{id}/ping", null)).EnsureSuccessStatusCode();
            await Eventually.TrueAsync(
                () => Task.FromResult(receiver.Messages.Count >= 3), null, () => "Nothing was sent.");
            await app.KillAsync();
            await app.DisposeAsync();
            var before = receiver.Messages.Select(message => message.Id).ToHashSet();
            receiver.Delay = TimeSpan.Zero;

            app = await AppProcess.StartAsync(settings);
            await Eventually.TrueAsync(
                async () => await database.ValueAsync<long>(
                    "select count(*) from ops.webhook_delivery where status = 'succeeded'") == Messages,
                TimeSpan.FromSeconds(60), () => $"Not every message arrived:\n{app.Output}");

            Assert.NotEmpty(before);
            Assert.Equal(Messages, receiver.Messages.Select(message => message.Id).Distinct().Count());
            Assert.Equal(0, await database.ValueAsync<long>(
                "select count(*) from ops.webhook_delivery where attempts <> 1 or claimed_until is not null"));
        }
        finally
        {
            await app.DisposeAsync();
        }
    }

    private static async Task<Guid> AddWebhookAsync(HttpClient client, string url) =>
        (Guid)(await OrganizationFixture.ReadAsync(
            await client.PostAsJsonAsync("/api/webhooks", new { url, eventTypes = new[] { "none.*" } }),
            HttpStatusCode.Created))["webhook"]!["id"]!;
}
