using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;

namespace Assay;

/// <summary>What one test does with an app is not there for the next that is given it.</summary>
public sealed class AppPoolTests
{
    [Fact]
    public async Task An_app_that_is_handed_on_knows_nothing_of_before()
    {
        var shared = await IdleApp.StartAsync();
        await using var app = shared.App;
        var person = await Person.RegisterAsync(app);
        var keys = app.Services.GetRequiredService<SigningKeys>();
        var before = (await keys.SignerAsync(default)).Id;

        Assert.True(await shared.TryForgetAsync());

        Assert.False(await person.IsSignedInAsync());
        Assert.Equal(0, await app.Database.ValueAsync<long>("select count(*) from ops.user_account"));
        Assert.NotEqual(before, (await keys.SignerAsync(default)).Id);
        await Person.RegisterAsync(app, person.Email);
    }

    [Fact]
    public async Task An_app_with_documents_in_its_inbox_is_not_handed_on()
    {
        var shared = await IdleApp.StartAsync();
        await using var app = shared.App;
        await app.Inbox.CreateIfNotExistsAsync();
        await app.Inbox.UploadBlobAsync("elsewhere/a.txt", BinaryData.FromString("Text."));

        Assert.False(await shared.TryForgetAsync());
    }

    [Fact]
    public async Task An_app_that_orchestrates_is_not_handed_on()
    {
        var shared = await IdleApp.StartAsync();
        await using var app = shared.App;
        var client = await app.ClientOfAsync(await app.Database.AddOrganizationAsync(), Role.Member);
        var prompt = await client.AddPromptAsync("A list", "Write a list.");
        var begun = await client.PostAsJsonAsync("/api/analyses", new { entityId = prompt.Id });
        Assert.Equal(HttpStatusCode.Accepted, begun.StatusCode);

        Assert.False(await shared.TryForgetAsync());
    }
}
