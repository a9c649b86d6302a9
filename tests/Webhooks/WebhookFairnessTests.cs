using System.Net;
using System.Net.Http.Json;

namespace Assay;

/// <summary>One organization's receivers that hang, beside another organization's work.</summary>
public sealed class WebhookFairnessTests : IAsyncLifetime
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(12);

    private readonly SilentReceiver silent = new();
    private WebhookReceiver receiver = null!;
    private AssayApp app = null!;

    public async Task InitializeAsync()
    {
        receiver = await WebhookReceiver.StartAsync();
        app = await AssayApp.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await app.DisposeAsync();
        await receiver.DisposeAsync();
        silent.Dispose();
    }

    [Fact]
    public async Task Receivers_that_hang_hold_up_neither_the_pings_nor_the_analyses_of_another_organization()
    {
        var noisy = await app.ClientOfAsync(await app.Database.AddOrganizationAsync(), Role.Admin);
        var hanging = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => AddWebhookAsync(noisy, silent.Url)));
        for (var round = 0; round < 6; round++)
            await Task.WhenAll(hanging.Select(id => PingAsync(noisy, id)));
        await DeliverAsync();
        await Eventually.TrueAsync(
            async () => await app.Database.ValueAsync<long>(
                "select count(*) from ops.webhook_delivery where attempts > 0 or claimed_until is not null") >= 4,
            null, () => "Nothing is sent to the receivers that hang.");

        var quiet = await app.ClientOfAsync(await app.Database.AddOrganizationAsync(), Role.Admin);
        var analysis = (await quiet.PostAsJsonAsync("/api/analyses", new { text = SampleWork.Prompt(1) }))
            .Headers.Location!;
        await PingAsync(quiet, await AddWebhookAsync(quiet, receiver.Url));
        await DeliverAsync();

        await Eventually.TrueAsync(
            () => Task.FromResult(receiver.Messages.Any(message => message.Body.Contains("webhook.ping"))), Bound,
            () => "The ping did not arrive.");
        await Eventually.TrueAsync(
            async () => (string?)(await SampleWork.GetAsync(quiet, $"{analysis}"))["status"] == "succeeded", Bound,
            () => "The analysis did not end.");
    }

    private static async Task<Guid> AddWebhookAsync(HttpClient client, string url) =>
        (Guid)(await OrganizationFixture.ReadAsync(
            await client.PostAsJsonAsync("/api/webhooks", new { url, eventTypes = new[] { "none.*" } }),
            HttpStatusCode.Created))["webhook"]!["id"]!;

    private static async Task PingAsync(HttpClient client, Guid id) => Assert.Equal(
        HttpStatusCode.Accepted, (await client.PostAsync($"/api/webhooks/{id}/ping", null)).StatusCode);

    // Instead of waiting for the timer.
    private Task DeliverAsync() => app.Client.RunNowAsync(nameof(WebhookDelivery.DeliverWebhooks));
}
