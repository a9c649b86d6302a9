using System.Net;

namespace Assay;

public sealed class SimilarEntityTests(SharedApp fixture) : IClassFixture<SharedApp>
{
    [Fact]
    public async Task Similar_entities_come_nearest_first_without_the_entity_itself()
    {
        var (organization, client) = await fixture.NewOrganizationAsync();
        var coffee = await client.AddPromptAsync("Coffee", "Grind the beans finely and pour hot water over them.");
        var brew = await client.AddPromptAsync("Brew", "Grind the beans and pour water.");
        var context = await client.AddAsync(
            "contexts", new { title = "Water", content = new { text = "Hot water is poured over leaves." } });
        await fixture.EmbedAsync(organization);

        var near = await client.GetAsync<SimilarAnswer>($"/api/prompts/{coffee.Id}/similar");

        Assert.Equal(EmbeddingStatus.Completed, near.Status);
        Assert.Equal([brew.Id, context.Id], near.Items.Select(item => item.Id));
        Assert.True(near.Items[0].Similarity > near.Items[1].Similarity);
        Assert.Equal([context.Id], (await client.GetAsync<SimilarAnswer>(
            $"/api/entities/{coffee.Id}/similar?type=context&limit=1")).Items.Select(item => item.Id));
        Assert.Equal(
            HttpStatusCode.NotFound, (await client.GetAsync($"/api/contexts/{coffee.Id}/similar")).StatusCode);
        Assert.Equal("Brew,Water", await fixture.App.Database.As(organization).ValueAsync<string>(
            "select string_agg(title, ',') from core.search_similar_entities(@id)", new { id = coffee.Id }, default));
    }

    [Fact]
    public async Task What_others_keep_private_is_similar_to_nothing()
    {
        var (organization, client) = await fixture.NewOrganizationAsync();
        var colleague = await fixture.App.ClientOfAsync(organization, Role.Owner);
        var shown = await client.AddPromptAsync("Shown", "Grind the beans.");
        var hidden = await client.AddTextAsync("Hidden", "Grind the beans.", "private");
        await fixture.EmbedAsync(organization);

        Assert.Equal(
            "Hidden", (await client.GetAsync<SimilarAnswer>($"/api/prompts/{shown.Id}/similar")).Items.Single().Title);
        Assert.Empty((await colleague.GetAsync<SimilarAnswer>($"/api/prompts/{shown.Id}/similar")).Items);
        foreach (var path in new[] { "similar", "embedding" })
            Assert.Equal(
                HttpStatusCode.NotFound, (await colleague.GetAsync($"/api/prompts/{hidden.Id}/{path}")).StatusCode);
    }
}
