using System.Net;

namespace Assay;

public sealed class FavoriteTests(SharedApp shared) : IClassFixture<SharedApp>, IAsyncLifetime
{
    private readonly AssayApp app = shared.App;
    private Guid organization;
    private HttpClient client = null!;

    public async Task InitializeAsync()
    {
        organization = await app.Database.AddOrganizationAsync();
        client = await app.ClientOfAsync(organization, Role.Viewer);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Favorites_are_listed_newest_first_page_by_page_and_are_ones_own()
    {
        var author = await app.ClientOfAsync(organization, Role.Member);
        var prompts = new List<Entity>();
        for (var n = 0; n < 3; n++)
            prompts.Add(await author.AddPromptAsync($"Number {n}"));
        foreach (var prompt in prompts.AsEnumerable().Reverse())
            await MarkAsync(client, HttpMethod.Put, prompt);
        await MarkAsync(client, HttpMethod.Put, prompts[2]);

        var first = await client.GetAsync<Page<Favorite>>("/api/favorites?limit=2");
        var last = await client.GetAsync<Page<Favorite>>($"/api/favorites?limit=2&after={first.Next}");
        Assert.Equal(prompts.Select(prompt => prompt.Id), [.. from page in new[] { first, last }
                                                              from favorite in page.Items select favorite.EntityId]);
        Assert.Equal(("prompt", "Number 0"), (first.Items[0].Type, first.Items[0].Title));
        Assert.Null(last.Next);
        Assert.Empty((await author.GetAsync<Page<Favorite>>("/api/favorites")).Items);

        await MarkAsync(client, HttpMethod.Delete, prompts[1]);
        await MarkAsync(client, HttpMethod.Delete, prompts[1]);
        var listed = (await client.GetAsync<Page<Entity>>("/api/prompts?favorite=true")).Items;
        Assert.Equal([prompts[2].Id, prompts[0].Id], listed.Select(prompt => prompt.Id));
        Assert.Equal(3, (await client.GetAsync<Page<Entity>>("/api/prompts?favorite=false")).Items.Count);
    }

    [Fact]
    public async Task What_is_deleted_or_made_private_by_others_is_not_listed()
    {
        var author = await app.ClientOfAsync(organization, Role.Member);
        var (deleted, hidden) = (await author.AddPromptAsync("Deleted"), await author.AddPromptAsync("Hidden"));
        await MarkAsync(client, HttpMethod.Put, deleted);
        await MarkAsync(client, HttpMethod.Put, hidden);
        await author.SendAsync(HttpMethod.Delete, $"/api/prompts/{deleted.Id}");
        await author.PatchAsync($"/api/prompts/{hidden.Id}", new { visibility = "private" });

        Assert.Empty((await client.GetAsync<Page<Favorite>>("/api/favorites")).Items);
        var refused = await client.SendAsync(HttpMethod.Put, $"/api/prompts/{hidden.Id}/favorite");
        Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
    }

    [Fact]
    public async Task A_program_has_no_favorites()
    {
        var program = new HttpClient { BaseAddress = app.Address };
        program.DefaultRequestHeaders.Authorization = new(
            "Bearer", await app.Database.AddKeyAsync(organization, user: null));
        var prompt = await program.AddPromptAsync("Hello");

        var refused = await program.SendAsync(HttpMethod.Put, $"/api/prompts/{prompt.Id}/favorite");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Empty((await program.GetAsync<Page<Favorite>>("/api/favorites")).Items);
    }

    private static async Task MarkAsync(HttpClient client, HttpMethod method, Entity prompt)
    {
        var answer = await client.SendAsync(method, $"/api/prompts/{prompt.Id}/favorite");
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
    }
}
