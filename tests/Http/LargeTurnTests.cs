using System.Net;
using System.Text;

namespace Assay;

public sealed class LargeTurnTests(LimitedApp limited) : IClassFixture<LimitedApp>
{
    private readonly AssayApp app = limited.App;

    [Fact]
    public async Task Requests_that_work_on_much_wait_for_their_turn_and_others_do_not()
    {
        var (organization, _) = await limited.NewOrganizationAsync();
        var client = await app.ClientOfAsync(organization, Role.Member);
        var turns = new[] { NewTurn(1), NewTurn(2) };
        foreach (var turn in turns)
            await turn.TakeAsync(CancellationToken.None);

        var large = client.PostAsync("/api/prompts", EntityClient.Json(
            new { title = "a", content = new { text = new string('a', LargeTurn.SizeMin) } }));
        var small = await client.PostAsync("/api/prompts", EntityClient.Json(
            new { title = "a", content = new { text = "a" } }));

        Assert.Equal(HttpStatusCode.Created, small.StatusCode);
        Assert.False(large.IsCompleted);
        foreach (var turn in turns)
            turn.Leave();
        Assert.Equal(HttpStatusCode.Created, (await large).StatusCode);
    }

    [Fact]
    public async Task Who_waits_for_a_turn_is_given_up_at_the_time_limit_and_takes_none()
    {
        var (organization, _) = await limited.NewOrganizationAsync((KnownSettings.RequestSeconds, "1"));
        var client = await app.ClientOfAsync(organization, Role.Member);
        var turns = new[] { NewTurn(1), NewTurn(2) };
        foreach (var turn in turns)
            await turn.TakeAsync(CancellationToken.None);

        var late = await client.PostAsync("/api/prompts", EntityClient.Json(
            new { title = "a", content = new { text = new string('a', LargeTurn.SizeMin) } }));
        Assert.Equal(HttpStatusCode.GatewayTimeout, late.StatusCode);

        foreach (var turn in turns)
            turn.Leave();
        foreach (var turn in turns)
            await turn.TakeAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(10));
        foreach (var turn in turns)
            turn.Leave();
    }

    [Fact]
    public async Task An_answer_that_was_waited_for_is_whole()
    {
        var (organization, _) = await limited.NewOrganizationAsync();
        var client = await app.ClientOfAsync(organization, Role.Member);
        var text = string.Concat(Enumerable.Repeat("ä\n\"", 200_000));

        var made = await client.PostAsync(
            "/api/prompts", EntityClient.Json(new { title = "a", content = new { text } }));

        var entity = await made.ReadAsync<Entity>(HttpStatusCode.Created);
        Assert.Equal(text, (string?)entity.Content["text"]);
        Assert.Equal("\"1\"", made.Headers.ETag!.Tag);
        Assert.EndsWith($"{entity.Id}", made.Headers.Location!.ToString());
        var broken = await client.PostAsync("/api/prompts", new StringContent(
            $"{{\"title\":\"{new string('a', LargeTurn.SizeMin)}\"}}", Encoding.UTF8, "application/json"));
        Assert.Contains("content", (await broken.ErrorsAsync(HttpStatusCode.BadRequest)).Keys);
    }

    // Organizations of their own, so that each takes one of the two that there are.
    private static LargeTurn NewTurn(int organization) => new(new()
    {
        Value = Caller.Anonymous with { OrganizationId = new Guid(organization, 0, 0, new byte[8]) },
    });
}
