using System.Net;

namespace Assay;

/// <summary>What a run works on says who sees the run, whatever they ask it by.</summary>
public sealed class PrivateRunTests(SharedApp shared) : IClassFixture<SharedApp>, IAsyncLifetime
{
    private const string Secret = "Never tell the visitors about the hidden cellar.";

    private readonly AssayApp app = shared.App;
    private Guid organization;
    private Guid colleague;
    private Dictionary<string, HttpClient> others = null!;
    private HttpClient owner = null!;
    private HttpClient holder = null!;

    public async Task InitializeAsync()
    {
        organization = await app.Database.AddOrganizationAsync();
        owner = await app.ClientOfAsync(organization, Role.Member);
        colleague = await app.Database.AddMemberAsync(organization, Role.Member);
        holder = Person.With(app, null, await app.Database.AddKeyAsync(organization, colleague)).Client;
        others = new()
        {
            ["member"] = await app.ClientOfAsync(organization, Role.Member),
            ["admin"] = await app.ClientOfAsync(organization, Role.Admin),
            ["organization's key"] = Person.With(app, null, await app.Database.AddKeyAsync(organization, null)).Client,
            ["other organization"] = await app.ClientOfAsync(await app.Database.AddOrganizationAsync(), Role.Owner),
        };
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task The_run_of_an_analysis_is_seen_by_whoever_sees_what_is_analyzed()
    {
        var hidden = await owner.AddAsync(
            "prompts", new { title = "Hidden", content = new { text = Secret }, visibility = "private" });
        var analyses = new AnalysisClient(owner);
        var run = await analyses.CreateAsync(new { entityId = hidden.Id });
        await analyses.FinishAsync(run);

        Assert.Equal(Seen, await AskAsync(owner, run));
        foreach (var (name, client) in others.Append(new("holder", holder)))
            Assert.Equal((name, Unseen), (name, await AskAsync(client, run)));

        var share = await (await owner.PostAsync(
            $"/api/prompts/{hidden.Id}/shares",
            EntityClient.Json(new { grantee = "user", userId = colleague, permission = "view" })))
            .ReadAsync<CreatedShare>(HttpStatusCode.Created);
        Assert.Equal(Seen, await AskAsync(holder, run));
        Assert.Equal(Unseen, await AskAsync(others["admin"], run));

        await owner.SendAsync(HttpMethod.Delete, $"/api/shares/{share.Share.Id}");
        Assert.Equal(Unseen, await AskAsync(holder, run));

        await owner.PatchAsync($"/api/prompts/{hidden.Id}", new { visibility = "organization" });
        Assert.Equal(Seen, await AskAsync(others["member"], run));

        await owner.PatchAsync($"/api/prompts/{hidden.Id}", new { visibility = "private" });
        await app.Database.ExecuteAsync($"delete from core.entity where id = '{hidden.Id}'");
        Assert.Equal(0L, await app.Database.ValueAsync<long>(
            $"select count(*) from ops.workflow_node where run_id = '{run}'"));
    }

    [Fact]
    public async Task The_run_of_an_import_is_seen_by_whoever_sent_the_bundle()
    {
        var run = Guid.CreateVersion7();
        await app.Database.ExecuteAsync(
            $"""
            insert into core.import (id, organization_id, user_id, actor_type, policy, bytes)
            values ('{run}', '{organization}', '{colleague}', 'user', 'skip', 1);
            insert into ops.workflow_run (id, organization_id, kind, subject_type, subject_id, status, finished_at)
            values ('{run}', '{organization}', 'import', 'import', '{run}', 'succeeded', now())
            """);

        Assert.Equal(Seen, await AskAsync(holder, run));
        foreach (var (name, client) in others.Append(new("another member", owner)))
            Assert.Equal((name, Unseen), (name, await AskAsync(client, run)));
    }

    [Theory]
    [InlineData(MartRefreshFunctions.RunKind)]
    [InlineData(SuggestionSearch.RunKind)]
    public async Task What_admins_start_only_admins_end(string kind)
    {
        var run = Guid.CreateVersion7();
        await app.Database.ExecuteAsync(
            $"""
            insert into ops.workflow_run (id, organization_id, kind, subject_type, subject_id, status, started_at)
            values ('{run}', '{organization}', '{kind}', 'organization', '{organization}', 'running', now())
            """);

        Assert.Equal(HttpStatusCode.Forbidden, (await owner.PostAsync($"/api/runs/{run}/cancel", null)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await others["admin"].PostAsync($"/api/runs/{run}/cancel", null)).StatusCode);
    }

    private static readonly (bool, HttpStatusCode, HttpStatusCode, HttpStatusCode) Seen =
        (true, HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.Conflict);

    private static readonly (bool, HttpStatusCode, HttpStatusCode, HttpStatusCode) Unseen =
        (false, HttpStatusCode.NotFound, HttpStatusCode.NotFound, HttpStatusCode.NotFound);

    // Whether it is listed, and how reading, following and cancelling it is answered.
    private static async Task<(bool, HttpStatusCode, HttpStatusCode, HttpStatusCode)> AskAsync(
        HttpClient client, Guid run)
    {
        var listed = await client.GetStringAsync("/api/runs");
        var isListed = listed.Contains($"{run}", StringComparison.Ordinal);
        var bySubject = await client.GetStringAsync($"/api/runs?subjectId={run}");
        Assert.Equal(isListed, bySubject.Contains($"{run}", StringComparison.Ordinal));
        return (
            isListed,
            (await client.GetAsync($"/api/runs/{run}")).StatusCode,
            (await client.GetAsync($"/api/runs/{run}/stream")).StatusCode,
            (await client.PostAsync($"/api/runs/{run}/cancel", null)).StatusCode);
    }
}
