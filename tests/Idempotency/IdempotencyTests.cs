using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Assay;

public sealed class IdempotencyTests : IAsyncLifetime
{
    private AssayApp app = null!;
    private HttpClient client = null!;
    private Guid organization;
    private bool broken;

    public async Task InitializeAsync()
    {
        app = await AssayApp.StartAsync(overrides: services => services.AddScoped(provider => broken
            ? throw new InvalidOperationException("Broken for a test.")
            : ActivatorUtilities.CreateInstance<AnalysisStore>(provider)));
        organization = await app.Database.AddOrganizationAsync();
        client = await app.ClientOfAsync(organization, Role.Member);
    }

    public async Task DisposeAsync() => await app.DisposeAsync();

    [Fact]
    public async Task A_request_that_is_sent_again_is_answered_as_the_first_time_and_not_carried_out_again()
    {
        var first = await AnalyzeAsync("once");
        var second = await AnalyzeAsync("once");

        Assert.Equal(HttpStatusCode.Accepted, first.StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, second.StatusCode);
        Assert.Equal(await first.Content.ReadAsStringAsync(), await second.Content.ReadAsStringAsync());
        Assert.Equal(first.Headers.Location, second.Headers.Location);
        Assert.Equal(first.Content.Headers.ContentType, second.Content.Headers.ContentType);
        Assert.False(first.Headers.Contains("Idempotency-Replayed"));
        Assert.Equal("true", second.Headers.GetValues("Idempotency-Replayed").Single());
        Assert.Equal(1, await CountAsync());
    }

    [Fact]
    public async Task Of_many_at_a_time_one_is_carried_out()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => AnalyzeAsync("many")));

        Assert.All(answers, answer => Assert.True(
            answer.StatusCode is HttpStatusCode.Accepted or HttpStatusCode.Conflict, $"{answer.StatusCode}"));
        Assert.Equal(1, await CountAsync());
    }

    [Fact]
    public async Task A_key_is_for_one_request()
    {
        await AnalyzeAsync("key");

        var another = await AnalyzeAsync("key", "Another prompt.");
        var elsewhere = await SendAsync(
            client, "key", "/api/documents/search", JsonContent.Create(new { query = "a" }));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, another.StatusCode);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, elsewhere.StatusCode);
        Assert.NotNull(JsonNode.Parse(await another.Content.ReadAsStringAsync())!["errors"]!["Idempotency-Key"]);
        Assert.Equal(1, await CountAsync());
    }

    [Fact]
    public async Task Callers_do_not_meet_each_others_keys()
    {
        var colleague = await app.ClientOfAsync(organization, Role.Member);
        var stranger = await app.ClientOfAsync(await app.Database.AddOrganizationAsync(), Role.Member);

        foreach (var caller in new[] { client, colleague, stranger })
            Assert.False((await AnalyzeAsync("shared", caller: caller)).Headers.Contains("Idempotency-Replayed"));

        Assert.Equal(3, await CountAsync());
    }

    [Fact]
    public async Task While_it_is_under_way_others_wait_and_what_its_process_died_over_is_not_done_again()
    {
        await AnalyzeAsync("slow");
        await app.Database.ExecuteAsync("update ops.idempotency_key set status = null, headers = null, body = null");

        var early = await AnalyzeAsync("slow");
        await app.Database.ExecuteAsync("update ops.idempotency_key set locked_until = now()");
        var late = await AnalyzeAsync("slow");

        Assert.Equal(HttpStatusCode.Conflict, early.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), early.Headers.RetryAfter!.Delta);
        await AssertUnknownAsync(late);
        Assert.Equal(1, await CountAsync());
    }

    [Fact]
    public async Task Who_hangs_up_and_asks_again_finds_the_work_done_once()
    {
        using var impatient = new CancellationTokenSource();
        Task<HttpResponseMessage> keyed, bare;
        await using (await HoldAsync("core.analysis_result"))
        {
            keyed = AnalyzeAsync("hung-up", cancellation: impatient.Token);
            await WaitersAsync("core.analysis_result", 1);
            bare = AnalyzeAsync(null, cancellation: impatient.Token);
            await WaitersAsync("core.analysis_result", 2);

            await impatient.CancelAsync();

            // The request without a key ends with its client, which shows that the app has noticed.
            await WaitersAsync("core.analysis_result", 1);
        }
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => keyed);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bare);
        await Eventually.TrueAsync(
            () => app.Database.ValueAsync<bool>("select exists (select from ops.idempotency_key where status = 202)"),
            within: null, () => "The answer was not kept.");

        var again = await AnalyzeAsync("hung-up");

        Assert.Equal(HttpStatusCode.Accepted, again.StatusCode);
        Assert.Equal("true", again.Headers.GetValues("Idempotency-Replayed").Single());
        Assert.Equal(1, await CountAsync());
    }

    [Theory]
    [InlineData("core.judge_rubric", false)]
    [InlineData("core.analysis_result", false)]
    [InlineData("durable_task.instance", true)]
    public async Task What_timed_out_is_done_again_only_when_nothing_was_committed(string held, bool committed)
    {
        await app.Database.ExecuteAsync("insert into ops.setting (name, value) values ('request-seconds', '1')");
        var rubric = await app.Database.ValueAsync<Guid>("select id from core.judge_rubric limit 1");
        HttpResponseMessage late;
        await using (await HoldAsync(held))
            late = await AnalyzeAsync("late", rubric: rubric);

        var again = await AnalyzeAsync("late", rubric: rubric);

        Assert.Equal(HttpStatusCode.GatewayTimeout, late.StatusCode);
        if (committed)
            await AssertUnknownAsync(again);
        else
            Assert.Equal(HttpStatusCode.Accepted, again.StatusCode);
        Assert.Equal(1, await CountAsync());
    }

    [Fact]
    public async Task A_refusal_is_an_answer_and_a_fault_is_none()
    {
        var refused = await AnalyzeAsync("refused", "");
        var again = await AnalyzeAsync("refused", "");
        broken = true;
        var failed = await AnalyzeAsync("failed");
        broken = false;
        var repaired = await AnalyzeAsync("failed");

        Assert.Equal(
            (HttpStatusCode.UnprocessableEntity, HttpStatusCode.UnprocessableEntity),
            (refused.StatusCode, again.StatusCode));
        Assert.Equal("application/problem+json", again.Content.Headers.ContentType!.MediaType);
        Assert.True(again.Headers.Contains("Idempotency-Replayed"));
        Assert.Equal(
            (HttpStatusCode.InternalServerError, HttpStatusCode.Accepted), (failed.StatusCode, repaired.StatusCode));
    }

    [Fact]
    public async Task A_form_is_the_same_behind_another_boundary()
    {
        await app.Inbox.CreateIfNotExistsAsync();

        var first = await SendAsync(client, "form", "/api/documents", Form("text", "first"));
        var second = await SendAsync(client, "form", "/api/documents", Form("text", "second"));
        var other = await SendAsync(client, "form", "/api/documents", Form("other", "first"));

        Assert.Equal(HttpStatusCode.Accepted, first.StatusCode);
        Assert.True(second.Headers.Contains("Idempotency-Replayed"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, other.StatusCode);
    }

    [Fact]
    public async Task An_answer_that_was_not_kept_is_not_made_up()
    {
        var first = await AnalyzeAsync("long");
        await app.Database.ExecuteAsync("update ops.idempotency_key set body = null");

        var second = await AnalyzeAsync("long");

        Assert.Equal(HttpStatusCode.Conflict, second.StatusCode);
        Assert.Equal(first.Headers.Location, second.Headers.Location);
    }

    [Fact]
    public async Task A_secret_that_is_shown_once_is_not_kept()
    {
        var wanted = new { name = "key", scopes = new[] { Permissions.RunsRead } };

        var first = await SendAsync(client, "secret", "/api/keys", JsonContent.Create(wanted));
        var second = await SendAsync(client, "secret", "/api/keys", JsonContent.Create(wanted));

        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, second.StatusCode);
        Assert.Equal(first.Headers.Location, second.Headers.Location);
        Assert.Empty(await app.Database.As(organization).ListAsync<string>(
            "select path from ops.idempotency_key where body is not null", null, CancellationToken.None));
    }

    [Fact]
    public async Task A_key_that_is_none_is_refused()
    {
        foreach (var key in (string[])["", "a b", new('k', 256)])
            Assert.Equal(HttpStatusCode.BadRequest, (await AnalyzeAsync(key)).StatusCode);
    }

    [Fact]
    public async Task Expired_answers_are_forgotten_and_pruned()
    {
        await AnalyzeAsync("old");
        await AnalyzeAsync("new");
        await app.Database.ExecuteAsync(Expire);

        Assert.False((await AnalyzeAsync("old")).Headers.Contains("Idempotency-Replayed"));

        await app.Database.ExecuteAsync(Expire);
        await new IdempotencyFunctions(app.Database.Jobs).PruneIdempotencyKeys(new TimerInfo(), CancellationToken.None);
        Assert.Equal(1, await app.Database.Jobs.ValueAsync<int>(
            "select count(expires_at)::int from ops.idempotency_key", null, CancellationToken.None));
    }

    [Fact]
    public async Task A_person_without_an_organization_has_keys_too()
    {
        var (one, other) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var request = new IdempotentRequest(one, new byte[32], "POST", "/api/organizations", new byte[32]);

        var claimed = await StoreOf(one).ClaimAsync(request, CancellationToken.None);
        var again = await StoreOf(one).ClaimAsync(request, CancellationToken.None);
        var others = await StoreOf(other).ClaimAsync(request with { CallerId = other }, CancellationToken.None);

        Assert.NotNull(claimed.Claim);
        Assert.Null(again.Claim);
        Assert.NotNull(others.Claim);
    }

    // The oldest one.
    private const string Expire =
        """
        update ops.idempotency_key set expires_at = now()
        where id = (select id from ops.idempotency_key order by created_at limit 1)
        """;

    private IdempotencyStore StoreOf(Guid user)
    {
        var scope = new OrganizationScope();
        scope.Enter(null, new Actor(ActorKind.User, user, user));
        return new(new Database(app.Database.Pools, scope), scope);
    }

    private static MultipartFormDataContent Form(string text, string boundary) =>
        new(boundary) { { new StringContent(text), "file", "a.txt" } };

    private Task<HttpResponseMessage> AnalyzeAsync(
        string? key, string text = "Answer briefly.", HttpClient? caller = null, Guid? rubric = null,
        CancellationToken cancellation = default) =>
        SendAsync(
            caller ?? client, key, "/api/analyses", JsonContent.Create(new { text, rubricId = rubric }), cancellation);

    private static Task<HttpResponseMessage> SendAsync(
        HttpClient caller, string? key, string path, HttpContent content, CancellationToken cancellation = default)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        if (key is not null)
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        return caller.SendAsync(request, cancellation);
    }

    private static async Task AssertUnknownAsync(HttpResponseMessage answer)
    {
        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Null(answer.Headers.RetryAfter);
        Assert.Contains("may have been carried out", await answer.Content.ReadAsStringAsync());
    }

    // Whoever touches the table waits until this is disposed of.
    private async Task<NpgsqlConnection> HoldAsync(string table)
    {
        var connection = new NpgsqlConnection(app.Database.Administrator);
        await connection.OpenAsync();
        await TestServer.ExecuteAsync(connection, $"begin; lock table {table} in access exclusive mode");
        return connection;
    }

    private Task WaitersAsync(string table, int count) => Eventually.TrueAsync(
        async () => count == await app.Database.ValueAsync<long>(
            $"select count(*) from pg_locks where relation = '{table}'::regclass and not granted"),
        within: null, () => $"There are not {count} who wait for {table}.");

    private Task<int> CountAsync() => app.Database.Jobs.ValueAsync<int>(
        "select count(*)::int from ops.workflow_run", null, CancellationToken.None);
}
