using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Npgsql;

namespace Assay;

/// <summary>Imports that end before their bundle does.</summary>
public sealed class RunningImportTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private static readonly string Prompt =
        $$$"""{"kind":"entity","id":"{{{Guid.NewGuid()}}}","type":"prompt","title":"a","content":{"text":"a"}}""";

    private readonly AssayApp app = shared.App;

    [Theory]
    [InlineData("update ops.organization_user set status = 'removed' where user_id = '{0}'")]
    [InlineData("update ops.organization_user set role = 'viewer' where user_id = '{0}'")]
    [InlineData("update ops.api_key set revoked_at = now() where user_id = '{0}'")]
    [InlineData("update ops.api_key set scopes = '[\"entities:read\"]' where user_id = '{0}'")]
    public async Task An_import_ends_when_who_began_it_may_not_import_any_more(string loss)
    {
        var organization = await app.Database.AddOrganizationAsync();
        var user = await app.Database.AddMemberAsync(organization, Role.Member);
        var client = new HttpClient { BaseAddress = app.Address };
        client.DefaultRequestHeaders.Authorization = new(
            "Bearer", await app.Database.AddKeyAsync(organization, user, "entities:write"));
        var lines = Enumerable.Range(0, 600).Select(_ => Prompt.Replace(
            $"{JsonNode.Parse(Prompt)!["id"]}", $"{Guid.NewGuid()}"));

        // The first batch waits, as it would for another import.
        await using var other = new NpgsqlConnection(app.Database.Administrator);
        await other.OpenAsync();
        await ExecuteAsync(other, $"select pg_advisory_lock(hashtextextended('core.import:{organization}', 0))");
        var run = await (await client.SendBundleAsync([ExchangeClient.Header, .. lines]))
            .ReadAsync<AcceptedRun>(HttpStatusCode.Accepted);
        await Eventually.TrueAsync(
            () => app.Database.ValueAsync<bool>(
                $"""
                select exists (
                    select from pg_locks
                    where locktype = 'advisory' and not granted
                        and classid::bigint << 32 | objid::bigint = hashtextextended('core.import:{organization}', 0))
                """),
            TimeSpan.FromSeconds(30), () => "The import did not begin.");
        await app.Database.ExecuteAsync(string.Format(null, loss, user));
        await ExecuteAsync(other, $"select pg_advisory_unlock(hashtextextended('core.import:{organization}', 0))");

        // Nobody who could ask for it is left.
        var ofRun = $"from ops.workflow_run where id = '{run.RunId}'";
        await Eventually.TrueAsync(
            () => app.Database.ValueAsync<bool>($"select finished_at is not null {ofRun}"), TimeSpan.FromSeconds(60),
            () => "The import did not end.");
        Assert.StartsWith(
            "failed: Who began it may not change entities any more",
            await app.Database.ValueAsync<string>($"select status || ': ' || error {ofRun}"));
        Assert.Equal(500L, await app.Database.ValueAsync<long>(
            $"select count(*) from core.entity where organization_id = '{organization}'"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("?dryRun=true")]
    public async Task A_bundle_of_nothing_that_can_be_brought_is_given_up(string query)
    {
        var (_, client) = await shared.NewOrganizationAsync();
        var lines = Enumerable.Repeat("x", Import.FailedMax + 2_000).Prepend(ExchangeClient.Header);

        var run = await (await client.SendBundleAsync(lines, query)).ReadAsync<AcceptedRun>(HttpStatusCode.Accepted);

        var ended = await EndedAsync(client, run.RunId);
        Assert.Equal("failed", (string?)ended["status"]);
        Assert.StartsWith("More than 10,000", (string?)ended["error"]);
        var metrics = ended["metrics"]!.AsArray().ToDictionary(metric => (string)metric!["name"]!);
        Assert.InRange((double)metrics["failed"]!["number"]!, Import.FailedMax, Import.FailedMax + 1_000);
        Assert.Equal(ImportError.Max, metrics["errors"]!["json"]!.AsArray().Count);
    }

    [Fact]
    public async Task Blank_lines_behind_the_header_are_refused_when_there_are_many()
    {
        var (_, client) = await shared.NewOrganizationAsync();
        var few = await client.ImportAsync([ExchangeClient.Header, .. Enumerable.Repeat("", 1000)]);
        Assert.Equal((0, 0), (few.Created, few.Failed));

        var refused = await client.SendBundleAsync([ExchangeClient.Header, new string('\n', 70_000)]);
        Assert.Equal(
            "expected at most 65,536 bytes of blank lines behind the header",
            (await refused.ErrorsAsync(HttpStatusCode.UnprocessableEntity))["body"]);
    }

    [Fact]
    public async Task Blank_lines_cost_next_to_nothing_and_are_counted()
    {
        var bytes = new byte[(int)ImportFiles.BytesMax];
        bytes.AsSpan().Fill((byte)'\n');
        Encoding.UTF8.GetBytes(ExchangeClient.Header, bytes);
        Encoding.UTF8.GetBytes($"  {Prompt}", bytes.AsSpan(bytes.Length - Prompt.Length - 2));
        var import = new Import(
            Guid.NewGuid(), "user", null, null, "skip", false, bytes.Length, 0, 0, null, 0, 0, 0, 0, []);

        var reader = new BatchReader(new MemoryStream(bytes), import, DateTimeOffset.UtcNow);
        var began = Environment.CpuUsage.TotalTime;
        var batches = new List<ImportBatch>();
        await foreach (var batch in reader.ReadAllAsync(default))
            batches.Add(batch);

        Assert.InRange(Environment.CpuUsage.TotalTime - began, TimeSpan.Zero, TimeSpan.FromSeconds(3));
        var line = bytes.Length - ExchangeClient.Header.Length - Prompt.Length - 2 + 1;
        Assert.Equal(line, Assert.Single(batches.SelectMany(batch => batch.Items)).Line);
        Assert.Equal((bytes.Length, line), (batches[^1].End, batches[^1].LastLine));
    }

    [Fact]
    public async Task More_versions_of_one_thing_than_there_is_room_for_are_refused_together()
    {
        var bytes = Encoding.UTF8.GetBytes(string.Join(
            '\n', [ExchangeClient.Header, .. Enumerable.Repeat(Prompt, BatchReader.VersionsMax + 5)]));
        var import = new Import(
            Guid.NewGuid(), "user", null, null, "skip", false, bytes.Length, 0, 0, null, 0, 0, 0, 0, []);

        var batch = (await new BatchReader(new MemoryStream(bytes), import, DateTimeOffset.UtcNow).ReadAsync(default))!;

        Assert.Equal((1, 0), (batch.Failed, batch.Items.Count));
        Assert.Equal("expected at most 10,000 versions of one thing", Assert.Single(batch.Errors).Expected);
    }

    private static async Task<JsonObject> EndedAsync(HttpClient client, Guid run)
    {
        JsonObject detail = [];
        await Eventually.TrueAsync(
            async () => (detail = await client.GetAsync<JsonObject>($"/api/runs/{run}"))["finishedAt"] is not null,
            TimeSpan.FromSeconds(60), () => $"The import did not end: {detail}");
        return detail;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string statement)
    {
        await using var command = new NpgsqlCommand(statement, connection);
        await command.ExecuteNonQueryAsync();
    }
}
