using System.Net;

namespace Assay;

public sealed class SuggestionTests(SharedApp shared) : IClassFixture<SharedApp>, IAsyncLifetime
{
    private readonly AssayApp app = shared.App;
    private Guid organization;
    private HttpClient member = null!;
    private HttpClient admin = null!;

    public async Task InitializeAsync()
    {
        organization = await app.Database.AddOrganizationAsync();
        member = await app.ClientOfAsync(organization, Role.Member);
        admin = await app.ClientOfAsync(organization, Role.Admin);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task What_was_dismissed_is_not_suggested_again_by_another_night()
    {
        await AddPairAsync();
        await NightAsync();
        var suggestion = Assert.Single(await ListAsync());
        Assert.Equal((SuggestionKind.Duplicate, 1.0), (suggestion.Kind, suggestion.Score));
        Assert.Equal(HttpStatusCode.OK, await DecideAsync(suggestion, "dismiss"));

        await NightAsync();
        Assert.Empty(await ListAsync());
        var dismissed = Assert.Single(await ListAsync("?status=dismissed"));
        Assert.Equal(suggestion.Id, dismissed.Id);
        Assert.NotNull(dismissed.DecidedBy);
        Assert.Equal(HttpStatusCode.Conflict, await DecideAsync(suggestion, "accept"));
    }

    [Fact]
    public async Task Accepting_makes_the_relationship_that_is_suggested()
    {
        var style = await member.AddPromptAsync("House style", "Short words.");
        var prompt = await member.AddPromptAsync("Reply", "Follow the house style.");
        await RunAsync();

        var suggestion = Assert.Single(await ListAsync($"?kind=missing_relation&entityId={style.Id}&scoreFrom=0.7"));
        Assert.Equal("It mentions “House style”.", suggestion.Reason);
        Assert.Empty(await ListAsync("?scoreFrom=0.8"));
        Assert.Equal(HttpStatusCode.OK, await DecideAsync(suggestion, "accept"));
        var made = Assert.Single((await member.GetAsync<Page<Relationship>>(
            $"/api/prompts/{prompt.Id}/relationships")).Items);
        Assert.Equal((prompt.Id, style.Id, "depends_on"), (made.SourceId, made.TargetId, made.Type));
        Assert.Equal(HttpStatusCode.Conflict, await DecideAsync(suggestion, "accept"));
    }

    [Fact]
    public async Task What_would_close_a_cycle_stays_open()
    {
        var style = await member.AddPromptAsync("House style", "Short words.");
        var middle = await member.AddPromptAsync("Middle", "Nothing of it.");
        var prompt = await member.AddPromptAsync("Reply", "Follow the house style.");
        await RunAsync();
        foreach (var (source, target) in new[] { (style.Id, middle.Id), (middle.Id, prompt.Id) })
            await member.PostAsync("/api/relationships", EntityClient.Json(
                new { sourceId = source, targetId = target, type = "depends_on" }));

        var suggestion = Assert.Single(await ListAsync());
        Assert.Equal(HttpStatusCode.Conflict, await DecideAsync(suggestion, "accept"));
        Assert.Equal(HttpStatusCode.OK, await DecideAsync(suggestion, "dismiss"));
    }

    [Fact]
    public async Task What_no_longer_holds_goes_and_what_is_private_takes_no_part()
    {
        var (one, _) = await AddPairAsync();
        await RunAsync();
        var first = Assert.Single(await ListAsync());
        await RunAsync();
        Assert.Equal(first.Id, Assert.Single(await ListAsync()).Id);

        await member.PatchAsync($"/api/prompts/{one.Id}", new { visibility = "private" });
        Assert.Empty((await admin.GetAsync<Page<Suggestion>>("/api/suggestions")).Items);
        await member.PatchAsync($"/api/prompts/{one.Id}", new
        {
            visibility = "organization", content = new { text = "Now it says something else." },
        });
        await RunAsync();
        Assert.Empty(await ListAsync());
    }

    [Fact]
    public async Task Admins_ask_for_a_search_and_see_what_it_came_to()
    {
        await AddPairAsync();
        var refused = await member.PostAsync("/api/suggestions/find", null);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);

        var run = await RunAsync();
        var node = await app.Database.ValueAsync<string>(
            $"select details ->> 'found' from ops.workflow_node where run_id = '{run}'");
        Assert.Equal("1", node);
    }

    private async Task<(Entity One, Entity Other)> AddPairAsync() => (
        await member.AddPromptAsync("First", "Answer the customer in two friendly sentences."),
        await member.AddPromptAsync("Second", "Answer the customer, in two friendly sentences!"));

    private async Task<IReadOnlyList<Suggestion>> ListAsync(string query = "") =>
        (await member.GetAsync<Page<Suggestion>>($"/api/suggestions{query}")).Items;

    private async Task<HttpStatusCode> DecideAsync(Suggestion suggestion, string how) =>
        (await member.PostAsync($"/api/suggestions/{suggestion.Id}/{how}", null)).StatusCode;

    private async Task NightAsync()
    {
        var nights = await CountNightsAsync();
        await app.Client.RunNowAsync(nameof(SuggestionSearch.FindSuggestionsNightly));
        await Eventually.TrueAsync(
            async () => await CountNightsAsync() > nights, TimeSpan.FromSeconds(60), () => "The night did not end.");
    }

    private Task<long> CountNightsAsync() => app.Database.ValueAsync<long>(
        $"""
        select count(*) from durable_task.instance
        where name = '{nameof(SuggestionSearch.FindSuggestionsEverywhere)}' and status = 'completed'
        """);

    private async Task<Guid> RunAsync()
    {
        var accepted = await (await admin.PostAsync("/api/suggestions/find", null))
            .ReadAsync<System.Text.Json.Nodes.JsonObject>(HttpStatusCode.Accepted);
        var run = (Guid)accepted["runId"]!;
        await Eventually.TrueAsync(
            async () => await app.Database.ValueAsync<bool>(
                $"select status = 'succeeded' from ops.workflow_run where id = '{run}'"),
            TimeSpan.FromSeconds(60), () => "The search did not end.");
        return run;
    }
}
