using System.Net;
using System.Text;

namespace Assay;

public sealed class TechniqueFunctionsTests(SharedApp shared) : IClassFixture<SharedApp>, IAsyncLifetime
{
    private readonly AssayApp app = shared.App;
    private HttpClient client = null!;

    public async Task InitializeAsync()
    {
        client = await app.ClientOfAsync(await app.Database.AddOrganizationAsync(), Role.Member);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Techniques_intents_and_frameworks_name_only_what_there_is()
    {
        var techniques = (await client.GetAsync<Page<Technique>>("/api/techniques")).Items;
        var intents = (await client.GetAsync<Page<Intent>>("/api/intents")).Items;
        var frameworks = (await client.GetAsync<Page<Framework>>("/api/frameworks")).Items;

        Assert.True(techniques.Count >= 10 && intents.Count >= 12);
        Assert.All(techniques, technique =>
        {
            Assert.NotEmpty(technique.Intents);
            Assert.InRange(technique.Reference.Year, 2018, 2026);
            Assert.True(Uri.TryCreate(technique.Reference.Url, UriKind.Absolute, out _));
        });
        var (keys, known) = (techniques.Select(one => one.Key), intents.Select(one => one.Key));
        Assert.Empty(intents.SelectMany(intent => intent.Techniques).Except(keys));
        Assert.Empty(keys.Except(intents.SelectMany(intent => intent.Techniques)));
        Assert.Empty(frameworks.SelectMany(framework => framework.Intents).Except(known));
        Assert.Empty(known.Except(frameworks.SelectMany(framework => framework.Intents)));
        Assert.Equal(known.Order(), LabelledInput.Half(true).Select(input => input.Intent).Distinct().Order());
    }

    [Fact]
    public async Task Techniques_and_intents_are_paged_in_their_order()
    {
        await AssertPagedAsync<Technique>("techniques", technique => technique.Key);
        await AssertPagedAsync<Intent>("intents", intent => intent.Key);
    }

    [Fact]
    public async Task A_request_is_classified_with_what_suits_it()
    {
        var answer = await client.PostAsync("/api/intents/classify", EntityClient.Json(
            new { text = "tl;dr of this thread please, five bullets" }));

        var classification = await answer.ReadAsync<Classification>(HttpStatusCode.OK);
        Assert.Equal("summarize", classification.Intents[0].Intent);
        Assert.InRange(classification.Intents[0].Confidence, 0.5, 1);
        Assert.Contains("tl;dr", classification.Intents[0].Because);
        Assert.Equal("chain-of-density", classification.Techniques[0]);
        Assert.Contains("summarize", classification.Framework.Reason);
    }

    [Theory]
    [InlineData("""{"text":" "}""", HttpStatusCode.UnprocessableEntity)]
    [InlineData("{}", HttpStatusCode.BadRequest)]
    public async Task A_text_is_required(string body, HttpStatusCode status)
    {
        foreach (var path in new[] { "intents/classify", "frameworks/suggest" })
        {
            var answer = await client.PostAsync(
                $"/api/{path}", new StringContent(body, Encoding.UTF8, "application/json"));
            Assert.Contains("text", (await answer.ErrorsAsync(status)).Keys);
        }
    }

    private async Task AssertPagedAsync<T>(string list, Func<T, string> key)
    {
        var all = await client.GetAsync<Page<T>>($"/api/{list}");
        var first = await client.GetAsync<Page<T>>($"/api/{list}?limit=5");
        var rest = await client.GetAsync<Page<T>>($"/api/{list}?limit=200&after={first.Next}");
        Assert.Equal(all.Items.Select(key), first.Items.Concat(rest.Items).Select(key));
        Assert.Equal((5, null), (first.Items.Count, rest.Next));
    }
}
