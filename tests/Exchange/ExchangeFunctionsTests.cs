using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Assay;

public sealed class ExchangeFunctionsTests(SharedApp shared) : IClassFixture<SharedApp>, IAsyncLifetime
{
    private readonly AssayApp app = shared.App;
    private Guid organization;
    private HttpClient client = null!;

    public async Task InitializeAsync()
    {
        organization = await app.Database.AddOrganizationAsync();
        client = await app.ClientOfAsync(organization, Role.Member);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task An_export_is_what_its_reader_sees_and_asks_for()
    {
        var tagged = await client.AddAsync("prompts", new
        {
            title = "Tagged", content = new { text = "a" }, tags = new[] { "x", "y" },
        });
        var context = await client.AddAsync("contexts", new { title = "Context", content = new { text = "a" } });
        var hidden = await client.AddAsync("prompts", new
        {
            title = "Hidden", content = new { text = "a" }, visibility = "private",
        });
        var other = await app.ClientOfAsync(organization, Role.Viewer);

        Assert.Equal([tagged.Id, context.Id, hidden.Id], Ids(await client.ExportAsync()));
        Assert.Equal([tagged.Id, context.Id], Ids(await other.ExportAsync()));
        Assert.Equal([context.Id], Ids(await client.ExportAsync("?type=context")));
        Assert.Equal([tagged.Id], Ids(await client.ExportAsync("?tags=x,y")));
        Assert.Equal([context.Id, hidden.Id], Ids(await client.ExportAsync($"?ids={hidden.Id},{context.Id}")));
        Assert.Equal(
            ["ids"],
            (await (await client.GetAsync("/api/export?ids=x")).ErrorsAsync(HttpStatusCode.UnprocessableEntity)).Keys);
    }

    [Fact]
    public async Task An_export_ends_with_its_callers_right()
    {
        const int bytes = 300 * 200_000;
        await app.Database.ExecuteAsync(
            $$"""
            insert into core.entity (organization_id, type, title, content)
            select '{{organization}}', 'prompt', n, jsonb_build_object('text', repeat('a', {{bytes}} / 300))
            from generate_series(1, 300) n
            """);
        var user = await app.Database.AddMemberAsync(organization, Role.Member);
        var key = await app.Database.AddKeyAsync(organization, user);
        using var answer = await Person.With(app, null, key).Client.GetAsync(
            "/api/export", HttpCompletionOption.ResponseHeadersRead);
        await using var lines = await answer.Content.ReadAsStreamAsync();
        // What is not read is not sent: the export waits, within its transaction.
        Task<bool> WaitsAsync() => app.Database.ValueAsync<bool>(
            """
            select exists (
                select from pg_stat_activity
                where datname = current_database() and usename = 'assay_app' and xact_start < now() - interval '0.3 s')
            """);
        await Eventually.TrueAsync(WaitsAsync, TimeSpan.FromSeconds(20), () => "The export does not wait.");

        await app.Database.ExecuteAsync($"update ops.api_key set revoked_at = now() where user_id = '{user}'");

        await Eventually.TrueAsync(
            async () => !await WaitsAsync(), TimeSpan.FromSeconds(5), () => "The export goes on for a key that ended.");
        var read = 0L;
        try
        {
            for (var buffer = new byte[1 << 20]; await lines.ReadAsync(buffer) is > 0 and var more;)
                read += more;
        }
        catch (IOException)
        {
            // Cut off, so that nobody takes a part for the whole.
        }
        Assert.InRange(read, 1, bytes - 1);
    }

    [Fact]
    public async Task The_least_that_a_line_needs_is_enough()
    {
        var id = Guid.NewGuid();

        var imported = await client.ImportAsync([ExchangeClient.Header, "", Prompt(id, "A prompt"), "  "]);

        Assert.Equal((1, 0), (imported.Created, imported.Failed));
        var entity = await client.GetAsync<Entity>($"/api/prompts/{id}");
        Assert.Equal(("A prompt", "draft", 1), (entity.Title, entity.Status, entity.Version));
        Assert.NotNull(entity.OwnerId);
    }

    [Fact]
    public async Task A_dry_run_says_what_would_come_of_it_and_changes_nothing()
    {
        var (a, b) = (Guid.NewGuid(), Guid.NewGuid());
        string[] lines =
        [
            ExchangeClient.Header, Prompt(a, "A"), Prompt(b, "B"), Relation(a, b), Relation(b, a),
            $$"""{"kind":"label","entityId":"{{a}}","name":"production","version":1}""",
        ];

        var tried = await client.ImportAsync(lines, "?dryRun=true");
        Assert.Equal((4, 1), (tried.Created, tried.Failed));
        Assert.Equal([ExchangeClient.Header], await client.ExportAsync());
        var done = await client.ImportAsync(lines);
        Assert.Equivalent(tried, done);
        Assert.Equal(new(5, "targetId", "expected no cycle: the target has a way to the source by this type already"),
            Assert.Single(done.Errors));
    }

    [Fact]
    public async Task What_is_here_already_is_skipped_replaced_or_given_a_new_version()
    {
        var prompt = await client.AddPromptAsync("Mine");
        await client.PatchAsync($"/api/prompts/{prompt.Id}", new { title = "Mine still" });
        string[] lines = [ExchangeClient.Header, Prompt(prompt.Id, "Theirs")];

        Assert.Equal(1, (await client.ImportAsync(lines)).Skipped);
        Assert.Equal("Mine still", (await client.GetAsync<Entity>($"/api/prompts/{prompt.Id}")).Title);

        Assert.Equal(1, (await client.ImportAsync(lines, "?onConflict=newVersion")).Changed);
        var newer = await client.GetAsync<Entity>($"/api/prompts/{prompt.Id}");
        Assert.Equal(("Theirs", 3), (newer.Title, newer.Version));
        Assert.Equal(1, (await client.ImportAsync(lines, "?onConflict=newVersion")).Skipped);

        Assert.Equal(1, (await client.ImportAsync(lines, "?onConflict=replace")).Changed);
        var replaced = await client.GetAsync<Entity>($"/api/prompts/{prompt.Id}");
        Assert.Equal(("Theirs", 1, prompt.OwnerId), (replaced.Title, replaced.Version, replaced.OwnerId));
        Assert.Single((await client.GetAsync<Page<Entity>>($"/api/prompts/{prompt.Id}/versions")).Items);
    }

    [Fact]
    public async Task Every_line_that_does_not_fit_is_named_with_what_was_expected()
    {
        var (good, bad, gap) = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
        string[] lines =
        [
            ExchangeClient.Header,
            Prompt(good, "Good"),
            "not JSON",
            """{"kind":"nonsense"}""",
            $$$"""{"kind":"entity","id":"{{{bad}}}","type":"prompt","title":"","content":{"text":"a"}}""",
            $$$"""{"kind":"entity","id":"{{{Guid.NewGuid()}}}","type":"prompt","title":"a","content":{"words":"a"}}""",
            Prompt(gap, "a").Replace("\"title\"", "\"version\":2,\"validFrom\":\"2026-01-01T00:00:00Z\",\"title\""),
            Relation(good, bad),
            $$"""{"kind":"label","entityId":"{{good}}","name":"production","version":7}""",
            Prompt(Guid.NewGuid(), "a").Replace(
                "\"title\"",
                "\"validFrom\":\"2026-01-01T00:00:00Z\",\"createdAt\":\"2026-02-01T00:00:00Z\",\"title\""),
        ];

        var imported = await client.ImportAsync(lines);

        Assert.Equal((1, 8), (imported.Created, imported.Failed));
        Assert.Equal(
            [
                (3, "line"), (4, "kind"), (5, "title"), (6, "content.words"), (6, "content.text"), (7, "validFrom"),
                (8, "targetId"), (9, "version"), (10, "createdAt"),
            ],
            imported.Errors.Select(error => (error.Line, error.Field)));
    }

    [Fact]
    public async Task What_others_keep_private_is_neither_changed_nor_told_of()
    {
        var other = await app.ClientOfAsync(organization, Role.Member);
        var hidden = await other.AddAsync("prompts", new
        {
            title = "Hidden", content = new { text = "a" }, visibility = "private",
        });

        var imported = await client.ImportAsync(
            [ExchangeClient.Header, Prompt(hidden.Id, "Taken")], "?onConflict=replace");

        Assert.Equal(1, imported.Created);
        Assert.Equal("Hidden", (await other.GetAsync<Entity>($"/api/prompts/{hidden.Id}")).Title);
        Assert.DoesNotContain(hidden.Id, Ids(await client.ExportAsync()));
        var program = new HttpClient { BaseAddress = app.Address };
        program.DefaultRequestHeaders.Authorization = new(
            "Bearer", await app.Database.AddKeyAsync(organization, null, "entities:write", "runs:read"));
        var refused = await program.ImportAsync(
            [
                ExchangeClient.Header,
                Prompt(Guid.NewGuid(), "Own").Replace("\"title\"", "\"visibility\":\"private\",\"title\""),
            ]);
        Assert.Equal((2, "visibility"), (refused.Errors[0].Line, refused.Errors[0].Field));
    }

    [Fact]
    public async Task What_is_shared_only_to_view_is_neither_changed_nor_labeled()
    {
        var other = await app.ClientOfAsync(organization, Role.Admin);
        var shared = await other.AddAsync("prompts", new
        {
            title = "Shared", content = new { text = "a" }, visibility = "private",
        });
        await other.PostAsync($"/api/prompts/{shared.Id}/shares", EntityClient.Json(
            new { grantee = "organization", permission = "view" }));
        var label = $$"""{"kind":"label","entityId":"{{shared.Id}}","name":"production","version":1}""";

        foreach (var policy in new[] { "replace", "newVersion" })
        {
            var imported = await client.ImportAsync(
                [ExchangeClient.Header, Prompt(shared.Id, "Taken"), Prompt(Guid.NewGuid(), "Other"), label],
                $"?onConflict={policy}");
            Assert.Equal((1, 2), (imported.Created, imported.Failed));
            Assert.Equal(
                [(2, "id"), (4, "entityId")], imported.Errors.Select(error => (error.Line, error.Field)));
        }
        Assert.Equal(1, (await client.ImportAsync([ExchangeClient.Header, Prompt(shared.Id, "Taken")])).Skipped);
        Assert.Equal(0, (await client.ImportAsync(await client.ExportAsync(), "?onConflict=replace")).Failed);

        var kept = await other.GetAsync<Entity>($"/api/prompts/{shared.Id}");
        Assert.Equal(("Shared", "private", 1), (kept.Title, kept.Visibility, kept.Version));
        Assert.Empty((await other.GetAsync<Page<EntityLabel>>($"/api/prompts/{shared.Id}/labels")).Items);
    }

    [Fact]
    public async Task Two_imports_at_once_bring_what_each_of_them_would_and_nothing_twice()
    {
        var ids = Enumerable.Range(0, 800).Select(_ => Guid.NewGuid()).ToArray();
        string[] Lines(IEnumerable<Guid> some, string title) =>
            [ExchangeClient.Header, .. some.Select(id => Prompt(id, title))];

        var same = Lines(ids[..400], "Same");
        var both = await Task.WhenAll(client.ImportAsync(same), client.ImportAsync(same));
        Assert.Equal((400, 400, 0), (
            both.Sum(one => one.Created), both.Sum(one => one.Skipped), both.Sum(one => one.Failed)));

        // Half of it is in both, and the one goes the other way round.
        var (forth, back) = (Lines(ids[400..700], "Forth"), Lines(ids[500..].Reverse(), "Back"));
        both = await Task.WhenAll(
            client.ImportAsync(forth, "?onConflict=newVersion"), client.ImportAsync(back, "?onConflict=newVersion"));
        Assert.Equal((400, 200, 0), (
            both.Sum(one => one.Created), both.Sum(one => one.Changed), both.Sum(one => one.Failed)));

        Assert.Equal("800 0 200", await app.Database.ValueAsync<string>(
            $"""
            select concat_ws(' ', count(*), count(*) filter (where version > 2), (
                select count(*) from core.entity_version v where v.organization_id = '{organization}'))
            from core.entity where organization_id = '{organization}'
            """));
    }

    [Fact]
    public async Task Versions_began_in_the_past_by_the_clock_of_the_app()
    {
        var now = new ManualTime().GetUtcNow();
        var line = Prompt(Guid.NewGuid(), "a").Replace("\"title\"", "\"validFrom\":\"2026-01-31T12:06:00Z\",\"title\"");

        Assert.Equal("validFrom", Assert.Single(await ErrorsAsync(line, now)).Field);
        Assert.Empty(await ErrorsAsync(line, now.AddMinutes(2)));
    }

    [Fact]
    public async Task Versions_that_need_more_room_than_there_is_are_refused_together_and_the_next_thing_comes()
    {
        var (huge, id) = (Guid.NewGuid(), Guid.NewGuid());
        var version = Prompt(huge, "a").Replace("\"a\"}", $"\"{new string('a', 1_000_000)}\"}}");
        var lines = Enumerable.Repeat(version, BatchReader.HistoryBytesMax / 1_000_000 + 1);

        var reader = Reader([ExchangeClient.Header, .. lines, Prompt(id, "Next")], DateTimeOffset.UtcNow);

        var refused = (await reader.ReadAsync(default))!;
        Assert.Equal((1, "line", 0), (refused.Failed, Assert.Single(refused.Errors).Field, refused.Items.Count));
        var next = Assert.Single((await reader.ReadAsync(default))!.Items);
        Assert.Equal((id, refused.LastLine + 1), (next.Id, next.Line));
    }

    [Fact]
    public async Task A_bundle_that_says_that_it_is_too_large_is_refused_before_it_comes()
    {
        using var connection = new TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, app.Address.Port);
        await using var stream = connection.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /api/import HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            + $"Authorization: {client.DefaultRequestHeaders.Authorization}\r\n"
            + $"Content-Type: application/jsonl\r\nContent-Length: {ImportFiles.BytesMax + 1}\r\n\r\n"));

        using var reader = new StreamReader(stream);
        var answer = await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(25));

        Assert.StartsWith("HTTP/1.1 413", answer);
        Assert.Contains("104,857,600", answer);
    }

    [Fact]
    public async Task What_is_no_bundle_is_refused_at_once()
    {
        var answer = await client.SendBundleAsync(["""{"format":"other","version":1}"""]);
        Assert.Equal(["body"], (await answer.ErrorsAsync(HttpStatusCode.UnprocessableEntity)).Keys);
        var json = await client.PostAsync("/api/import", EntityClient.Json(new { }));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, json.StatusCode);
    }

    private static async Task<IReadOnlyList<ImportError>> ErrorsAsync(string line, DateTimeOffset now) =>
        (await Reader([ExchangeClient.Header, line], now).ReadAsync(default))!.Errors;

    private static BatchReader Reader(IEnumerable<string> lines, DateTimeOffset now)
    {
        var bytes = Encoding.UTF8.GetBytes(string.Join('\n', lines));
        var import = new Import(
            Guid.NewGuid(), "user", null, null, "skip", false, bytes.Length, 0, 0, null, 0, 0, 0, 0, []);
        return new(new MemoryStream(bytes), import, now);
    }

    private static string Prompt(Guid id, string title) =>
        $$$"""{"kind":"entity","id":"{{{id}}}","type":"prompt","title":"{{{title}}}","content":{"text":"a"}}""";

    private static string Relation(Guid source, Guid target) =>
        $$"""{"kind":"relationship","id":"{{Guid.NewGuid()}}","sourceId":"{{source}}","""
        + $$"""
        "targetId":"{{target}}","type":"depends_on"}
        """;

    private static IEnumerable<Guid> Ids(IEnumerable<string> lines) => lines.Skip(1)
        .Select(line => JsonNode.Parse(line)!).Where(line => (string?)line["kind"] == "entity")
        .Select(line => (Guid)line["id"]!);
}
