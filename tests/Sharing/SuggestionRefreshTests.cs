using System.Globalization;
using System.Net;
using Microsoft.Extensions.DependencyInjection;

namespace Assay;

/// <summary>Nights, one after the other, by vectors of a real index and by words.</summary>
public sealed class SuggestionRefreshTests(SharedApp fixture) : IClassFixture<SharedApp>
{
    private const string Text =
        "Answer the customer's question in two sentences, in a friendly tone, and never promise a refund before you "
        + "have looked at the order; where the order is unknown, ask for its number first and for nothing else.";

    [Fact]
    public async Task What_is_similar_is_told_by_vectors_and_by_words_while_one_has_none()
    {
        var (organization, client) = await fixture.NewOrganizationAsync();
        var one = await client.AddPromptAsync("One", "Grind the beans finely.");
        var near = await client.AddPromptAsync("Near", "Coffee wants to be milled.");
        var far = await client.AddPromptAsync("Far", Text);
        var waiting = await client.AddPromptAsync("Waiting", Text.Replace("two sentences", "five lines"));
        await SetVectorAsync(one, 1);
        await SetVectorAsync(near, 0.9);
        await SetVectorAsync(far, 0.2);
        await SetVectorAsync(waiting, null);

        Assert.Equal(2, await NightAsync(organization));
        var found = (await client.GetAsync<Page<Suggestion>>("/api/suggestions?kind=similar")).Items;
        var byVector = Assert.Single(found, each => Ends(each).SetEquals([one.Id, near.Id]));
        Assert.Equal(0.9, byVector.Score);
        Assert.Matches("^Their vectors, by .+, have a cosine of 0.90.$", byVector.Reason);
        Assert.Matches(
            "^[0-9]+ % of the sequences of three words",
            Assert.Single(found, each => Ends(each).SetEquals([far.Id, waiting.Id])).Reason);

        // Its vector says otherwise, and says it as soon as it is there.
        await SetVectorAsync(waiting, -0.5);
        await NightAsync(organization);
        Assert.Equal([byVector.Id], (await ListAsync(client)).Select(each => each.Id));
    }

    [Fact]
    public async Task Another_night_looks_only_at_what_changed_and_at_what_hangs_on_it()
    {
        var (organization, client) = await fixture.NewOrganizationAsync();
        var one = await client.AddPromptAsync("One", Text);
        await client.AddPromptAsync("Other", Text);
        await fixture.EmbedAsync(organization);
        Assert.Equal(1, await NightAsync(organization));
        Assert.Equal(0, await WaitingAsync(organization));
        Assert.Equal(0, await NightAsync(organization));

        // Were all looked at again, what is lost here would be found again.
        await fixture.App.Database.ExecuteAsync(
            $"delete from core.suggestion where organization_id = '{organization}'");
        await client.AddPromptAsync("Elsewhere", "Translate the following paragraph into French.");
        await fixture.EmbedAsync(organization);
        Assert.Equal(0, await NightAsync(organization));

        await client.PatchAsync($"/api/prompts/{one.Id}", new { content = new { text = Text + " Always." } });
        Assert.Equal(1, await NightAsync(organization));
        Assert.Equal(SuggestionKind.Duplicate, Assert.Single(await ListAsync(client)).Kind);
    }

    [Fact]
    public async Task What_was_dismissed_does_not_come_back_as_a_likeness_of_another_kind()
    {
        var (organization, client) = await fixture.NewOrganizationAsync();
        var one = await client.AddPromptAsync("One", "Grind the beans finely.");
        var other = await client.AddPromptAsync("Other", "Coffee wants to be milled.");
        await SetVectorAsync(one, 1);
        await SetVectorAsync(other, 0.95);
        await NightAsync(organization);
        var similar = Assert.Single(await ListAsync(client));
        var dismissed = await client.PostAsync($"/api/suggestions/{similar.Id}/dismiss", null);
        Assert.Equal(HttpStatusCode.OK, dismissed.StatusCode);

        await client.PatchAsync(
            $"/api/prompts/{one.Id}", new { content = new { text = "Coffee wants to be milled." } });
        await NightAsync(organization);

        Assert.Empty(await ListAsync(client));
    }

    [Fact]
    public async Task A_new_title_is_found_in_texts_that_nobody_changed()
    {
        var (organization, client) = await fixture.NewOrganizationAsync();
        var mentioning = new[]
        {
            await client.AddPromptAsync("Said", "Write it in our House Style, always."),
            await client.AddPromptAsync("Placed", "{{house_style}} Write."),
            await client.AddPromptAsync("Dotted", "Before that, {{ house.style }} and after."),
        };
        Assert.Equal(0, await NightAsync(organization));

        var style = await client.AddPromptAsync("House style", "Short words.");
        Assert.Equal(3, await NightAsync(organization));
        var found = await ListAsync(client);
        Assert.All(found, each => Assert.Equal(style.Id, each.TargetId));
        Assert.Equal(
            mentioning.Select(each => each.Id).Order(), found.Select(each => each.SourceId).Order());

        await client.PatchAsync($"/api/prompts/{style.Id}", new { title = "Tone of voice" });
        await NightAsync(organization);
        Assert.Empty(await ListAsync(client));
    }

    [Fact]
    public async Task A_relationship_that_is_made_or_removed_is_looked_at_without_a_change_of_its_ends()
    {
        var (organization, client) = await fixture.NewOrganizationAsync();
        var basis = await client.AddPromptAsync("Basis", "Something else entirely, of a few words.");
        var (one, other) = (await client.AddPromptAsync("One", Text), await client.AddPromptAsync("Other", Text));
        Assert.Equal(1, await NightAsync(organization));

        await client.PostAsync("/api/relationships", EntityClient.Json(
            new { sourceId = one.Id, targetId = basis.Id, type = RelationshipType.DependsOn }));
        await NightAsync(organization);
        var missing = Assert.Single(
            await ListAsync(client), each => each.Kind == SuggestionKind.MissingRelation);
        Assert.Equal((other.Id, basis.Id), (missing.SourceId, missing.TargetId));
        Assert.Equal("“One”, which is alike (100 %), depends on it.", missing.Reason);
    }

    [Fact]
    public async Task A_night_goes_through_all_that_waits_a_few_at_a_time()
    {
        var (organization, client) = await fixture.NewOrganizationAsync();
        await fixture.App.Database.ExecuteAsync(
            $$"""
            insert into core.entity (organization_id, type, title, content)
            select '{{organization}}', 'prompt', 'Number ' || n, jsonb_build_object('text', format(
                'word%1$s term%1$s thing%1$s place%1$s', n % 35))
            from generate_series(1, 70) n
            """);

        Assert.Equal(0, await fixture.App.Database.ValueAsync<int>(
            "select count(*)::int from core.suggestion_subject where bands is not null and entity_id in "
            + $"(select id from core.entity where organization_id = '{organization}')"));
        await fixture.EmbedAsync(organization);
        await NightAsync(organization);
        Assert.Equal(35, (await ListAsync(client)).Count(each => each.Kind == SuggestionKind.Duplicate));
        Assert.Equal(0, await WaitingAsync(organization));
    }

    private static HashSet<Guid> Ends(Suggestion suggestion) => [suggestion.SourceId, suggestion.TargetId];

    private static async Task<IReadOnlyList<Suggestion>> ListAsync(HttpClient client) =>
        (await client.GetAsync<Page<Suggestion>>("/api/suggestions?limit=200")).Items;

    private Task<int> WaitingAsync(Guid organization) => fixture.App.Database.ValueAsync<int>(
        "select count(*)::int from core.suggestion_subject "
        + $"where organization_id = '{organization}' and due_at is not null");

    // A vector with this cosine to that of 1; null is none, which will not come either.
    private Task SetVectorAsync(Entity entity, double? cosine) => fixture.App.Database.ExecuteAsync(string.Create(
        CultureInfo.InvariantCulture,
        $"""
        update core.embedding
        set status = '{(cosine is null ? "failed" : "completed")}', updated_at = clock_timestamp(),
            error = {(cosine is null ? "'It was refused.'" : "null")},
            vector = {(cosine is { } x
                ? $"(array[{x}, {Math.Sqrt(1 - x * x)}]::real[] || array_fill(0::real, array[382]))::halfvec"
                : "null")}
        where entity_id = '{entity.Id}'
        """));

    private async Task<int> NightAsync(Guid organization)
    {
        await using var scope = fixture.App.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<OrganizationScope>().Enter(organization);
        return await scope.ServiceProvider.GetRequiredService<SuggestionRefresh>().RefreshAsync(default);
    }
}
