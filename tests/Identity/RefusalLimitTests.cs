using System.Net;

namespace Assay;

/// <summary>Wrong credentials are counted by address.</summary>
public sealed class RefusalLimitTests : IAsyncLifetime
{
    private AssayApp app = null!;

    public async Task InitializeAsync() => app = await AssayApp.StartAsync(settings: new Dictionary<string, string?>
    {
        ["Assay__Settings__address-refusals-per-minute"] = "3",
    });

    public async Task DisposeAsync() => await app.DisposeAsync();

    [Fact]
    public async Task After_some_wrong_keys_and_tokens_an_address_is_told_to_wait_and_good_ones_go_on_from_there()
    {
        var good = await app.ClientOfAsync(await app.Database.AddOrganizationAsync(), Role.Viewer);
        foreach (var wrong in new[] { "ask_wrong", "no token", "ask_wrong" })
            Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(wrong)).StatusCode);

        foreach (var wrong in new[] { "ask_wrong", "ask_another", "no token" })
        {
            var refused = await SendAsync(wrong);
            Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
            Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 62);
        }

        Assert.Equal(HttpStatusCode.OK, (await good.GetAsync("/api/runs")).StatusCode);
        // Whoever sends none is counted as anybody is.
        Assert.Equal(HttpStatusCode.Unauthorized, (await app.Client.GetAsync("/api/runs")).StatusCode);
    }

    [Fact]
    public async Task Good_credentials_are_not_counted_at_all()
    {
        var good = await app.ClientOfAsync(await app.Database.AddOrganizationAsync(), Role.Viewer);
        var person = await Person.RegisterAsync(app);

        for (var n = 0; n < 5; n++)
        {
            Assert.Equal(HttpStatusCode.OK, (await good.GetAsync("/api/runs")).StatusCode);
            Assert.Equal(HttpStatusCode.Forbidden, (await good.GetAsync("/api/me")).StatusCode);
            Assert.True(await person.IsSignedInAsync());
        }

        Assert.Equal(0, await app.Database.ValueAsync<long>(
            "select count(*) from ops.rate_limit_window where subject like 'refusals:%'"));
    }

    private async Task<HttpResponseMessage> SendAsync(string credential)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/runs");
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {credential}");
        return await app.Client.SendAsync(request);
    }
}
