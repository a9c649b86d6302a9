using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;

namespace Assay;

public sealed class BoundedCompositionTests(SharedApp shared) : IClassFixture<SharedApp>, IAsyncLifetime
{
    private readonly AssayApp app = shared.App;
    private HttpClient client = null!;

    public async Task InitializeAsync() =>
        client = await app.ClientOfAsync(await app.Database.AddOrganizationAsync(), Role.Member);

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_variable_in_very_many_places_is_named_with_the_size_before_anything_is_built()
    {
        var prompt = await client.AddTextAsync("Bomb", Repeat("{{a}}", 200_000), status: "active");
        var watch = Stopwatch.StartNew();

        var errors = await (await ComposeAsync(prompt.Id, new string('x', 1_000)))
            .ErrorsAsync(HttpStatusCode.UnprocessableEntity);

        Assert.Equal(
            "expected a shorter value: in its 200,000 places it takes 200,000,000 bytes, and the text would have "
            + "200,000,002 of at most 4,194,304",
            errors["variables.a"]);
        Assert.Equal(
            "expected at most 50,000 places of variables; this one has 200,000",
            (await (await ComposeAsync(prompt.Id, "x")).ErrorsAsync(HttpStatusCode.UnprocessableEntity))
                ["variables.a"]);
        // It took a minute where nothing else ran, and grows with the value.
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(50));

        var message = await (await client.PostAsync("/api/mcp", EntityClient.Json(new
        {
            jsonrpc = "2.0",
            id = 1,
            method = "tools/call",
            @params = new
            {
                name = "compose_prompt",
                arguments = new { id = prompt.Id, variables = new { a = new string('x', 1_000) } },
            },
        }))).Content.ReadAsStringAsync();
        Assert.Contains("expected a shorter value", message);
    }

    [Fact]
    public async Task How_much_is_composed_is_a_setting_and_what_is_within_it_is_answered()
    {
        var prompt = await client.AddPromptAsync("Long", Repeat("{{a}}", 400));

        var composed = await (await ComposeAsync(prompt.Id, Repeat("some word ", 1_000)))
            .ReadAsync<Composition>(HttpStatusCode.OK);
        Assert.Equal(4_000_000, composed.Text.Length);
        Assert.Equal(400, composed.Spans.Count);

        await (await client.PostAsync($"/api/prompts/{prompt.Id}/compose", EntityClient.Json(
            new { variables = new { a = new string('x', 11_000) } }))).ErrorsAsync(HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task More_than_may_be_composed_is_not_even_read()
    {
        var prompt = await client.AddPromptAsync("Root", "Say hello.");
        var text = Repeat("long ", 200_000);
        foreach (var number in Enumerable.Range(0, 6))
        {
            var context = await client.AddAsync("contexts", new { title = $"{number}", content = new { text } });
            await (await client.PostAsync("/api/relationships", EntityClient.Json(
                new { sourceId = prompt.Id, targetId = context.Id, type = "depends_on" })))
                .ReadAsync<Relationship>(HttpStatusCode.Created);
        }

        var answer = await (await client.PostAsync($"/api/prompts/{prompt.Id}/compose", EntityClient.Json(new { })))
            .ReadAsync<JsonObject>(HttpStatusCode.Conflict);

        Assert.Equal("The contents that it is made of have more than 4,194,304 bytes.", (string?)answer["detail"]);
    }

    [Fact]
    public void Composing_ends_with_whom_it_is_for()
    {
        using var gone = new CancellationTokenSource();
        gone.Cancel();
        var part = new CompositionPart(Guid.NewGuid(), "prompt", "a", 1, null, "text", [], null, null);

        Assert.Throws<OperationCanceledException>(() => Composer.Compose(
            part.Id, [part], [], new Dictionary<string, JsonNode>(), new(null, 1000), TokenEncoding.O200k, gone.Token));
    }

    private Task<HttpResponseMessage> ComposeAsync(Guid id, string a) => client.PostAsync(
        $"/api/prompts/{id}/compose", EntityClient.Json(new { variables = new { a } }));

    private static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));
}
