using System.Text.RegularExpressions;

namespace Assay;

/// <summary>What is carried from one place to another, and back, is what it was.</summary>
public sealed partial class RoundTripTests : IAsyncLifetime
{
    private AssayApp app = null!;

    public async Task InitializeAsync() => app = await AssayApp.StartAsync();

    public async Task DisposeAsync() => await app.DisposeAsync();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Any_bundle_comes_out_as_it_went_in(int seed)
    {
        var lines = new BundleSamples(seed).Lines();
        var (_, here) = await AddOrganizationAsync();

        var first = await here.ImportAsync(lines);
        Assert.Empty(first.Errors);
        Assert.Equal(lines, await here.ExportAsync());

        var (there, elsewhere) = await AddOrganizationAsync();
        var second = await elsewhere.ImportAsync(await here.ExportAsync());
        Assert.Equal(first.Created, second.Created);
        var arrived = await elsewhere.ExportAsync();
        Assert.Equal(await MappedAsync(lines, there), arrived.Order(StringComparer.Ordinal));

        // As what has mapped ids, and as what is mapped again.
        foreach (var same in new[] { arrived, lines })
            Assert.Equal((0, 0, first.Created, 0), Counts(await elsewhere.ImportAsync(same, "?onConflict=replace")));
        Assert.Equal(arrived, await elsewhere.ExportAsync());
        Assert.Equal(lines, await here.ExportAsync());
    }

    [Fact]
    public async Task History_that_was_made_by_hand_arrives_whole()
    {
        var (_, here) = await AddOrganizationAsync();
        var tone = await here.AddAsync("contexts", new { title = "Tone", content = new { text = "Be brief." } });
        var prompt = await here.AddPromptAsync("Ask", "Answer {{question}}");
        await here.PatchAsync($"/api/prompts/{prompt.Id}", new { title = "Ask again", note = "Clearer" });
        var relationship = await (await here.PostAsync("/api/relationships", EntityClient.Json(
            new { sourceId = prompt.Id, targetId = tone.Id, type = "depends_on" })))
            .ReadAsync<Relationship>(System.Net.HttpStatusCode.Created);
        await here.PatchAsync($"/api/relationships/{relationship.Id}", new { strength = 0.5 });
        await here.SendAsync(HttpMethod.Delete, $"/api/relationships/{relationship.Id}");
        await here.SendAsync(HttpMethod.Delete, $"/api/contexts/{tone.Id}");

        var lines = await here.ExportAsync();
        Assert.Equal(1 + 2 + 2 + 2, lines.Length);
        var (there, elsewhere) = await AddOrganizationAsync();
        Assert.Equal((3, 0, 0, 0), Counts(await elsewhere.ImportAsync(lines)));
        Assert.Equal(
            await MappedAsync(lines, there), (await elsewhere.ExportAsync()).Order(StringComparer.Ordinal));
    }

    private static (int, int, int, int) Counts(Imported imported) =>
        (imported.Created, imported.Changed, imported.Skipped, imported.Failed);

    private async Task<(Guid Id, HttpClient Client)> AddOrganizationAsync()
    {
        var id = await app.Database.AddOrganizationAsync();
        return (id, await app.ClientOfAsync(id, Role.Member));
    }

    // Every id as documented, in whatever order.
    private async Task<IEnumerable<string>> MappedAsync(IEnumerable<string> lines, Guid organization)
    {
        var text = string.Join('\n', lines);
        foreach (var id in Id().Matches(text).Select(match => match.Value).Distinct().ToList())
            text = text.Replace(id, $"{await app.Database.ValueAsync<Guid>(
                $"select core.mapped_id('{organization}', '{id}')")}");
        return text.Split('\n').Order(StringComparer.Ordinal);
    }

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}")]
    private static partial Regex Id();
}
